/**
 * The authorization of a server: by the cluster, by a function, or by identity alone. Access is denied unless a rule below allows it.
 *
 * ```
 *   request ──► open path: allowed ──► unknown method: denied ──► system:masters: allowed ──► authorizer: allowed, denied, or failed
 * ```
 * (Members of system:masters may use unknown methods: the routes refuse them with 405.)
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { UpstreamResource, UpstreamReviewer } from '../../informers/collection/upstream.ts';
import { afterwards, catching } from '../../step.ts';
import type { User } from '../define/request-context.ts';
import { ServerDefinitionError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { Access } from '../wire/access-denied.ts';
import type { SelectorLimits } from '../wire/limits.ts';
import type { RequestInfo } from '../wire/request-info.ts';
import { serviceUnavailable } from '../wire/status.ts';
import { type AccessReviewSpec, accessReviewSpec } from './access-review-spec.ts';
import {
  type AccessDecision,
  anyAuthenticatedAuthorizer,
  type Authorizer,
  delegatedAuthorizer,
  freshAuthorizer,
  type KeyedAuthorizer,
} from './authorizer.ts';
import type { CacheObserver } from './review-cache.ts';
import { Reviewer, type ReviewObserver } from './reviewer.ts';
import { WatchReviews } from './watch-reviews.ts';

/** How a server authorizes its callers. */
export type AuthorizationOption =
  /** By the cluster: each request is reviewed with a SubjectAccessReview. Needs `informers`. */
  | 'delegated'
  /**
   * By identity alone: every authenticated user may do everything. Only for tests, and for servers that no client can reach except through
   * a kube-apiserver.
   */
  | 'any-authenticated'
  /** By a function. */
  | Authorizer;

/** The parts of the server that authorization uses. */
export interface AuthorizationContext {
  /** Undefined without informers, or with informers that cannot send reviews. */
  readonly upstream: UpstreamReviewer | undefined;
  /** Whether every caller is a member of system:masters, so that no review is ever needed. */
  readonly isInsecure: boolean;
  /** The time between two reviews of an open watch, in milliseconds. */
  readonly watchReviewInterval: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** Aborted when the server has ended. */
  readonly signal: AbortSignal;
  readonly onReview?: ReviewObserver | undefined;
  readonly onCache?: CacheObserver | undefined;
}

/** Counts of the authorization of a server. */
export interface AuthorizationCounts {
  /** The number of requests that were refused with 403. */
  readonly deniedRequests: number;
  /** The number of requests that were refused with 503, because the decision about them was not known. */
  readonly undecidedRequests: number;
}

/** The default of the time between two reviews of an open watch, in milliseconds. */
export const DEFAULT_WATCH_REVIEW_MS = 30_000;
/** The paths that are open to all clients. The paths below them are not (conformance 7.4). */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);
/** The HTTP methods of non-resource paths that are reviewed. Others are denied. */
const METHODS: ReadonlySet<string> = new Set(['get', 'head', 'post', 'put', 'patch', 'delete']);
/** The group whose members may do everything, as in every cluster. */
const MASTERS = 'system:masters';
const ALLOWED: AccessDecision = { allowed: true };
const DENIED: AccessDecision = { allowed: false };
const NO_QUERY = new URLSearchParams();
/** The minimum time between two lines in the log about failing reviews, in milliseconds. */
const LOG_INTERVAL_MS = 60_000;

/** The input of a decision. */
export interface AccessRequest {
  readonly user: User;
  readonly info: Access;
  readonly query: URLSearchParams;
  readonly limits: SelectorLimits;
}

/** An object of the cluster. */
export interface ClusterObject extends UpstreamResource {
  readonly namespace: string;
  readonly name: string;
}

/** A decision, with the function that reviews it again while a watch is open. */
export interface ReviewedDecision extends AccessDecision {
  /**
   * Reviews the decision again until the returned function is called. Undefined if the decision cannot change.
   * @param end is called once if it changes: with the denial, or with undefined if it was not known for too long
   */
  readonly follow?: ((end: (decision: AccessDecision | undefined) => void) => () => void) | undefined;
}

/** A question to an authorizer. `key` is the spec as JSON. */
interface Question {
  readonly spec: AccessReviewSpec;
  readonly key: string;
}

/** The authorization of one server. */
export class ServerAuthorization {
  readonly #authorizer: KeyedAuthorizer;
  /** Decides without kept decisions. */
  readonly #fresh: KeyedAuthorizer;
  readonly #watches: WatchReviews | undefined;
  readonly #questions = new WeakMap<User, WeakMap<Access, Question>>();
  readonly #clock: Clock;
  readonly #log: Logger;
  #denied = 0;
  #undecided = 0;
  #loggedAt: number | undefined;

  /** @throws ServerDefinitionError if the option needs informers that are missing, or if the interval is invalid */
  constructor(option: AuthorizationOption, context: AuthorizationContext) {
    const { clock, log, watchReviewInterval: interval } = context;
    if (!Number.isFinite(interval) || interval <= 0) {
      throw new ServerDefinitionError('watchReviewInterval must be a positive number of milliseconds');
    }
    this.#clock = clock;
    this.#log = log;
    [this.#authorizer, this.#fresh] = authorizersOf(option, context);
    if (option === 'any-authenticated') return;
    this.#watches = new WatchReviews({ clock, interval, decide: (spec, key) => this.#decide(spec, key) });
  }

  counts(): AuthorizationCounts {
    return { deniedRequests: this.#denied, undecidedRequests: this.#undecided };
  }

  /** Whether a request needs no identity. */
  isOpen(info: RequestInfo): boolean {
    return info.type === 'nonResource' && OPEN_PATHS.has(info.path);
  }

  /**
   * Decides about a request of a user. Returns no promise if the decision is known at once.
   * @throws ApiError 503 with `Retry-After` if the decision is not known
   */
  decide({ user, info, query, limits }: AccessRequest): ReviewedDecision | Promise<ReviewedDecision> {
    if (user.groups.includes(MASTERS)) return ALLOWED;
    if (info.type === 'resource' ? info.verb === '' : !METHODS.has(info.verb)) {
      this.#denied += 1;
      return DENIED;
    }
    const { spec, key } = this.#questionOf({ user, info, query, limits });
    return afterwards(this.#known(spec, key), (decision) => this.#reviewed(spec, key, decision));
  }

  /** Requests share users and parsed paths, so most questions were asked before. Those with selectors depend on the query. */
  #questionOf({ user, info, query, limits }: AccessRequest): Question {
    if (query.has('fieldSelector') || query.has('labelSelector')) {
      const spec = accessReviewSpec(user, info, query, limits);
      return { spec, key: JSON.stringify(spec) };
    }
    let ofUser = this.#questions.get(user);
    if (ofUser === undefined) {
      ofUser = new WeakMap();
      this.#questions.set(user, ofUser);
    }
    let question = ofUser.get(info);
    if (question === undefined) {
      const spec = accessReviewSpec(user, info, query, limits);
      question = { spec, key: JSON.stringify(spec) };
      ofUser.set(info, question);
    }
    return question;
  }

  #reviewed(spec: AccessReviewSpec, key: string, decision: AccessDecision): ReviewedDecision {
    const watches = this.#watches;
    watches?.decided(key, decision);
    if (!decision.allowed) this.#denied += 1;
    return {
      allowed: decision.allowed,
      reason: decision.reason,
      follow: watches === undefined ? undefined : (end) => watches.follow(spec, key, end),
    };
  }

  /**
   * Decides whether the response to a user may show an object of the cluster. An empty name stands for all objects of the namespace.
   * @throws ApiError 503 with `Retry-After` if the decision is not known
   */
  async mayGet({ user, limits }: Pick<AccessRequest, 'user' | 'limits'>, object: ClusterObject): Promise<boolean> {
    if (user.groups.includes(MASTERS)) return true;
    const access = { type: 'resource', verb: 'get', subresource: '', ...object } as const;
    const spec = accessReviewSpec(user, access, NO_QUERY, limits);
    return (await this.#known(spec, JSON.stringify(spec))).allowed;
  }

  #known(spec: AccessReviewSpec, key: string): AccessDecision | Promise<AccessDecision> {
    const unknown = (): never => {
      this.#undecided += 1;
      throw serviceUnavailable('the server cannot authorize requests at this time', 1);
    };
    return catching(() => this.#decide(spec, key), unknown);
  }

  /**
   * Returns whether a user may do something, as the authorizer decides now. No kept decision is used, and the decision is not kept.
   * @throws the error of the authorizer
   */
  async review(user: User, access: Access, limits: SelectorLimits): Promise<boolean> {
    if (user.groups.includes(MASTERS)) return true;
    const spec = accessReviewSpec(user, access, NO_QUERY, limits);
    return (await this.#decide(spec, JSON.stringify(spec), this.#fresh)).allowed;
  }

  /** Logs the failures of the authorizer. @throws the error of the authorizer */
  #decide(
    spec: AccessReviewSpec,
    key: string,
    authorizer = this.#authorizer,
  ): AccessDecision | Promise<AccessDecision> {
    const checked = (decision: unknown): AccessDecision => this.#checked(decision);
    const failed = (error: unknown): never => this.#failed(error);
    return catching(() => {
      const decision = authorizer(spec, key);
      // A function of the user may return an object with `then` that is no promise.
      return isThenable(decision) ? Promise.resolve(decision).then(checked) : checked(decision);
    }, failed);
  }

  #checked(decision: unknown): AccessDecision {
    if (!isDecision(decision)) throw new TypeError('the authorizer must return { allowed: boolean, reason?: string }');
    if (this.#loggedAt !== undefined) this.#log.info('requests can be authorized again');
    this.#loggedAt = undefined;
    return decision;
  }

  #failed(error: unknown): never {
    const now = this.#clock.now();
    if (this.#loggedAt === undefined || now - this.#loggedAt >= LOG_INTERVAL_MS) {
      this.#loggedAt = now;
      this.#log.warn(
        'requests cannot be authorized: clients receive 503, unless a decision about them is known',
        error,
      );
    }
    throw error;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}

function isDecision(value: unknown): value is AccessDecision {
  const { allowed, reason } = (value ?? {}) as Partial<AccessDecision>;
  return typeof allowed === 'boolean' && (reason === undefined || typeof reason === 'string');
}

/** Returns two authorizers: one that keeps decisions for a short time, and one that does not. */
function authorizersOf(
  option: AuthorizationOption,
  { upstream, isInsecure, clock, random, signal, onReview, onCache }: AuthorizationContext,
): readonly [kept: KeyedAuthorizer, fresh: KeyedAuthorizer] {
  if (option === 'any-authenticated') return [anyAuthenticatedAuthorizer, anyAuthenticatedAuthorizer];
  if (typeof option === 'function') return [(spec) => option(spec), (spec) => option(spec)];
  if (option !== 'delegated') {
    throw new ServerDefinitionError("authorization must be 'delegated', 'any-authenticated' or a function");
  }
  if (upstream !== undefined) {
    const reviewer = new Reviewer({ upstream, clock, random, signal, onRequest: onReview });
    return [delegatedAuthorizer(reviewer, clock, onCache), freshAuthorizer(reviewer)];
  }
  if (isInsecure) return [() => DENIED, () => DENIED];
  throw new ServerDefinitionError(
    "authorization: 'delegated' needs informers, to send SubjectAccessReviews to the cluster; see docs/security.md",
  );
}
