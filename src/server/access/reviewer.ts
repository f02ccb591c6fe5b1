/**
 * Sends reviews to the cluster: TokenReview and SubjectAccessReview. A review that fails for a reason that passes is repeated after a
 * delay. All attempts together take 10 s at most (conformance 7.3, 7.4).
 * @module
 */
import { LinkedAbort, unlessAborted } from '../../abort.ts';
import { type Clock, delay } from '../../clock.ts';
import type { UpstreamResource, UpstreamReviewer, UpstreamReviewResult } from '../../informers/collection/upstream.ts';
import { isEcho } from './review-echo.ts';

/** The time for all attempts of a review, in milliseconds. */
export const REVIEW_TIMEOUT_MS = 10_000;
/** The maximum number of attempts. */
const ATTEMPTS = 5;
/** The delay before the second attempt, in milliseconds. */
const FIRST_DELAY_MS = 500;
/** Each delay is the one before, multiplied by this factor. */
const DELAY_FACTOR = 1.5;
/** Each delay is extended at random, by this share of it at most. */
const JITTER = 0.2;
/** The codes of responses after which another attempt can succeed. A response with `Retry-After` is a further one. */
const TRANSIENT: ReadonlySet<number> = new Set([429, 500, 504]);

/** A kind of review. */
export interface ReviewKind extends UpstreamResource {
  readonly kind: string;
}

/** A review was not evaluated: the cluster cannot be reached, refuses the review, or sends a malformed response. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError';
}

/**
 * Is called after each request for a review. It must not throw.
 * @param status the HTTP status of the response; undefined if there was none
 */
export type ReviewObserver = (kind: ReviewKind, status: number | undefined, seconds: number) => void;

/** The parts of a server that reviews need. */
export interface ReviewerOptions {
  readonly upstream: UpstreamReviewer;
  readonly clock: Clock;
  readonly random: () => number;
  /** Ends all reviews when it is aborted. */
  readonly signal: AbortSignal;
  readonly onRequest?: ReviewObserver | undefined;
}

/** Sends the reviews of one server. */
export class Reviewer {
  readonly #options: ReviewerOptions;

  constructor(options: ReviewerOptions) {
    this.#options = options;
  }

  /**
   * Sends a review and returns its status.
   * @throws ReviewError if the review was not evaluated
   */
  async review(kind: ReviewKind, spec: object): Promise<Readonly<Record<string, unknown>>> {
    const { clock, signal } = this.#options;
    const timeout = new ReviewError(`the ${kind.kind} was not evaluated within ${REVIEW_TIMEOUT_MS / 1000} s`);
    const lifetime = new LinkedAbort(signal);
    const due = clock.now() + REVIEW_TIMEOUT_MS;
    const cancel = clock.schedule(REVIEW_TIMEOUT_MS, () => lifetime.abort(timeout));
    try {
      return statusOf(kind, spec, await this.#attempts(kind, spec, due, lifetime.signal));
    } catch (error) {
      if (error instanceof ReviewError) throw error;
      throw new ReviewError(`the ${kind.kind} was not evaluated`, { cause: error });
    } finally {
      cancel();
      lifetime.unlink();
    }
  }

  async #attempts(kind: ReviewKind, spec: object, due: number, signal: AbortSignal): Promise<unknown> {
    const { clock, random } = this.#options;
    const { group, version } = kind;
    for (let attempt = 1, base = FIRST_DELAY_MS; ; attempt += 1, base *= DELAY_FACTOR) {
      signal.throwIfAborted();
      const result = await this.#send(kind, { apiVersion: `${group}/${version}`, kind: kind.kind, spec }, signal);
      if (result.type === 'done') return result.object;
      const wait = Math.max(base * (1 + JITTER * random()), retryAfterMs(result));
      if (attempt === ATTEMPTS || !isTransient(result) || clock.now() + wait >= due) throw failureOf(kind, result);
      await delay(clock, wait, signal);
    }
  }

  async #send(kind: ReviewKind, review: object, signal: AbortSignal): Promise<UpstreamReviewResult> {
    const { upstream, clock, onRequest } = this.#options;
    const { group, version, resource } = kind;
    const sentAt = clock.now();
    let status: number | undefined;
    try {
      // The signal also ends the wait for an upstream that ignores it.
      const result = await unlessAborted(upstream.review({ group, version, resource }, review, signal), signal);
      status = statusCodeOf(result);
      return result;
    } finally {
      onRequest?.(kind, status, (clock.now() - sentAt) / 1000);
    }
  }
}

/** The status of a review that was created. */
const CREATED = 201;

type Failure = Exclude<UpstreamReviewResult, { readonly type: 'done' }>;

function statusCodeOf(result: UpstreamReviewResult): number | undefined {
  if (result.type === 'done') return CREATED;
  return result.type === 'refused' ? result.code : undefined;
}

/**
 * A request whose connection broke is repeated: a review changes nothing. One whose response cannot be decoded is not, as in the webhooks of a
 * kube-apiserver: the next response would be the same.
 */
function isTransient(result: Failure): boolean {
  if (result.type !== 'refused') return result.type === 'unknown';
  return TRANSIENT.has(result.code) || result.retryAfterSeconds !== undefined;
}

function retryAfterMs(result: Failure): number {
  return result.type === 'refused' ? (result.retryAfterSeconds ?? 0) * 1000 : 0;
}

function failureOf({ kind }: ReviewKind, result: Failure): ReviewError {
  if (result.type === 'refused') {
    return new ReviewError(
      `the cluster refused the ${kind} with ${result.code}: ${result.status.message ?? 'no message'}`,
    );
  }
  if (result.type === 'unreadable') {
    return new ReviewError(`the response to the ${kind} cannot be decoded`, { cause: result.cause });
  }
  return new ReviewError(`the ${kind} did not reach the cluster`, { cause: result.cause });
}

/** @throws ReviewError if the object is not a review of the kind and the spec, with a status */
function statusOf(
  { group, version, kind }: ReviewKind,
  spec: object,
  object: unknown,
): Readonly<Record<string, unknown>> {
  const review = isRecord(object) ? object : {};
  const { status } = review;
  if (review['kind'] !== kind || review['apiVersion'] !== `${group}/${version}` || !isRecord(status)) {
    throw new ReviewError(`the response to the ${kind} is not a ${kind} with a status`);
  }
  if (!isEcho(spec, review['spec'])) throw new ReviewError(`the response to the ${kind} is about another spec`);
  return status;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
