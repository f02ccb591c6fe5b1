/**
 * Authorizers: functions that decide whether a user may do what a request asks for. `delegatedAuthorizer` sends the question to the cluster
 * as a SubjectAccessReview (conformance 7.4).
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { AccessReviewSpec } from './access-review-spec.ts';
import { type CacheObserver, ReviewCache } from './review-cache.ts';
import { type Reviewer, ReviewError, type ReviewKind } from './reviewer.ts';

/** The decision about a request. */
export interface AccessDecision {
  readonly allowed: boolean;
  /** The reason, which the 403 of a denied request contains. */
  readonly reason?: string | undefined;
}

/**
 * Decides about a request. If it throws, the server does not know the decision: it serves nothing and responds with 503. It is also called
 * again every 30 s for the watches that it has allowed.
 */
export type Authorizer = (spec: AccessReviewSpec) => AccessDecision | Promise<AccessDecision>;

/** An authorizer of the server itself. `key` is the spec as JSON. */
export type KeyedAuthorizer = (spec: AccessReviewSpec, key: string) => AccessDecision | Promise<AccessDecision>;

/** The time for which a decision is kept, in milliseconds. It begins when the review is sent, because that is the state that it shows. */
export const DECISION_TTL_MS = 10_000;
/** The maximum size of a key, in characters. Decisions with a larger one are not kept. */
const MAX_KEY = 10_000;
const SUBJECT_ACCESS_REVIEW: ReviewKind = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
};

const AUTHENTICATED_GROUP = 'system:authenticated';

interface KeptDecision extends AccessDecision {
  readonly key: string;
  readonly sentAt: number;
}

/** Returns an authorizer that sends SubjectAccessReviews and keeps their results for ten seconds. It throws if there is no result. */
export function delegatedAuthorizer(
  reviewer: Pick<Reviewer, 'review'>,
  clock: Clock,
  onCache?: CacheObserver,
): KeyedAuthorizer {
  const decisions = new ReviewCache<KeptDecision>({
    clock,
    ttl: ({ key, sentAt }) => (key.length > MAX_KEY ? 0 : sentAt + DECISION_TTL_MS - clock.now()),
  });
  onCache?.(SUBJECT_ACCESS_REVIEW.kind, decisions);
  const review = freshAuthorizer(reviewer);
  return (spec, key) =>
    decisions.kept(key) ??
    decisions.get(key, async () => {
      const sentAt = clock.now();
      return { ...(await review(spec)), key, sentAt };
    });
}

/** Returns an authorizer that sends a SubjectAccessReview each time. It throws if there is no result. */
export function freshAuthorizer(
  reviewer: Pick<Reviewer, 'review'>,
): (spec: AccessReviewSpec) => Promise<AccessDecision> {
  return async (spec) => decisionOf(await reviewer.review(SUBJECT_ACCESS_REVIEW, spec));
}

/** Allows everything to every user that is authenticated. */
export function anyAuthenticatedAuthorizer({ groups = [] }: AccessReviewSpec): AccessDecision {
  return { allowed: groups.includes(AUTHENTICATED_GROUP) };
}

/** @throws ReviewError unless the status is complete and not contradictory. Only a boolean `allowed: true` allows a request. */
function decisionOf({ allowed, denied, reason }: Readonly<Record<string, unknown>>): AccessDecision {
  const isDenied = denied === true;
  const isComplete =
    typeof allowed === 'boolean' && (denied === undefined || typeof denied === 'boolean') && !(allowed && isDenied);
  if (!isComplete || (reason !== undefined && typeof reason !== 'string')) {
    throw new ReviewError('the status of the SubjectAccessReview is malformed');
  }
  return { allowed, reason };
}
