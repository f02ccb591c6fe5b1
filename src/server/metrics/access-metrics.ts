/**
 * The metrics of authentication and authorization, with the names and buckets of a kube-apiserver (conformance 9.3): how long decisions
 * take, and the reviews that the server sends to the cluster for them.
 * @module
 */
import { Counter, exponentialBuckets, Histogram, type Registry } from 'prom-client';
import type { ReviewKind } from '../access/reviewer.ts';
import { type CounterSeries, type HistogramSeries, SeriesCounter, SeriesHistogram } from './series.ts';

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

/** The series of one result of authorization. */
interface AuthorizationSeries {
  readonly attempts: CounterSeries;
  readonly durations: HistogramSeries;
}

/** Counts the decisions and reviews of one server. */
export class AccessMetrics {
  readonly #authentication: SeriesHistogram;
  readonly #authorization: SeriesHistogram;
  readonly #attempts: SeriesCounter;
  readonly #authenticated = new Map<AuthenticationResult, HistogramSeries>();
  readonly #authorized = new Map<AuthorizationResult, AuthorizationSeries>();
  readonly #reviews: Readonly<Record<string, ReviewMetrics>>;

  constructor(registry: Registry) {
    const labelNames = ['result'];
    this.#authentication = new SeriesHistogram(registry, {
      name: 'authentication_duration_seconds',
      help: 'Time of the authentication of a request, by result: success, failure (401) or error.',
      labelNames,
      buckets: DECISION_BUCKETS,
    });
    this.#authorization = new SeriesHistogram(registry, {
      name: 'authorization_duration_seconds',
      help: 'Time of the authorization of a request, by result: allowed, denied (403) or error (503).',
      labelNames,
      buckets: DECISION_BUCKETS,
    });
    this.#attempts = new SeriesCounter(
      registry,
      'authorization_attempts_total',
      'Authorized requests, by result: allowed, denied (403) or error (503).',
      labelNames,
    );
    this.#reviews = {
      tokenreviews: reviewMetrics(registry, 'authn', 'TokenReviews'),
      subjectaccessreviews: reviewMetrics(registry, 'authz', 'SubjectAccessReviews'),
    };
  }

  /** Records the authentication of a request. */
  authenticated(result: AuthenticationResult, seconds: number): void {
    let series = this.#authenticated.get(result);
    if (series === undefined) {
      series = this.#authentication.add({ result });
      this.#authenticated.set(result, series);
    }
    series.observe(seconds);
  }

  /** Records the authorization of a request. */
  authorized(result: AuthorizationResult, seconds: number): void {
    let series = this.#authorized.get(result);
    if (series === undefined) {
      series = { attempts: this.#attempts.add({ result }), durations: this.#authorization.add({ result }) };
      this.#authorized.set(result, series);
    }
    series.attempts.value += 1;
    series.durations.observe(seconds);
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
