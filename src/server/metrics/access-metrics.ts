/**
 * The metrics of authentication and authorization, with the names and buckets of a kube-apiserver (conformance 9.3): how long decisions
 * take, and the reviews that the server sends to the cluster for them.
 * @module
 */
import { Counter, exponentialBuckets, Histogram, type Registry } from 'prom-client';
import type { ReviewKind } from '../access/reviewer.ts';

/** The result of the authentication of a request: a user, also the anonymous one; a 401; or no decision. */
export type AuthenticationResult = 'success' | 'failure' | 'error';

/** The result of the authorization of a request. */
export type AuthorizationResult = 'allowed' | 'denied' | 'error';

/** The buckets of a kube-apiserver, in seconds. */
const DECISION_BUCKETS = exponentialBuckets(0.001, 2, 15);
/** The buckets of delegated requests, in seconds. */
const REVIEW_BUCKETS = [0.25, 0.5, 0.7, 1, 1.5, 3, 5, 10];
/** The label of a request without a response. */
const NO_RESPONSE = '<error>';

/** The metrics of one kind of review. */
interface ReviewMetrics {
  readonly requests: Counter;
  readonly durations: Histogram;
}

/** Counts the decisions and reviews of one server. */
export class AccessMetrics {
  readonly #authentication: Histogram;
  readonly #authorization: Histogram;
  readonly #attempts: Counter;
  readonly #reviews: Readonly<Record<string, ReviewMetrics>>;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['result'];
    this.#authentication = new Histogram({
      name: 'authentication_duration_seconds',
      help: 'Time of the authentication of a request, by result: success, failure (401) or error.',
      labelNames,
      buckets: DECISION_BUCKETS,
      registers,
    });
    this.#authorization = new Histogram({
      name: 'authorization_duration_seconds',
      help: 'Time of the authorization of a request, by result: allowed, denied (403) or error (503).',
      labelNames,
      buckets: DECISION_BUCKETS,
      registers,
    });
    this.#attempts = new Counter({
      name: 'authorization_attempts_total',
      help: 'Authorized requests, by result: allowed, denied (403) or error (503).',
      labelNames,
      registers,
    });
    this.#reviews = {
      tokenreviews: reviewMetrics(registry, 'authn', 'TokenReviews'),
      subjectaccessreviews: reviewMetrics(registry, 'authz', 'SubjectAccessReviews'),
    };
  }

  /** Records the authentication of a request. */
  authenticated(result: AuthenticationResult, seconds: number): void {
    this.#authentication.observe({ result }, seconds);
  }

  /** Records the authorization of a request. */
  authorized(result: AuthorizationResult, seconds: number): void {
    this.#attempts.inc({ result });
    this.#authorization.observe({ result }, seconds);
  }

  /** Records a request of a review. @param status the HTTP status of the response; undefined if there was none */
  reviewed({ resource }: ReviewKind, status: number | undefined, seconds: number): void {
    const labels = { code: status === undefined ? NO_RESPONSE : String(status) };
    this.#reviews[resource]?.requests.inc(labels);
    this.#reviews[resource]?.durations.observe(labels, seconds);
  }
}

function reviewMetrics(registry: Registry, name: string, reviews: string): ReviewMetrics {
  const common = { labelNames: ['code'], registers: [registry] };
  return {
    requests: new Counter({
      name: `apiserver_delegated_${name}_request_total`,
      help: `${reviews} that were sent to the cluster, by the status of the response. Kept results send none.`,
      ...common,
    }),
    durations: new Histogram({
      name: `apiserver_delegated_${name}_request_duration_seconds`,
      help: `Time of the requests for ${reviews}.`,
      buckets: REVIEW_BUCKETS,
      ...common,
    }),
  };
}
