/**
 * The metrics of requests, with the names and buckets of a kube-apiserver (conformance 9.3). A request is counted when its response has
 * ended, also a watch. The cost of a request is a few lookups of its labels.
 * @module
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestLabels } from './request-labels.ts';

/** The buckets of a kube-apiserver, in seconds. */
const DURATION_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
/** In bytes. */
const SIZE_BUCKETS = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const WATCH_LIST_BUCKETS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];

const LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;
/** The codes with which the server protects itself. */
const TERMINATIONS: ReadonlySet<number> = new Set([429, 504]);

/** The end of a request. */
export interface EndedRequest {
  readonly labels: RequestLabels;
  /** The label `dry_run`. */
  readonly dryRun: string;
  /** The HTTP status; 0 if the client has disconnected before the response has begun. */
  readonly code: number;
  readonly seconds: number;
  /** The size of the response in bytes; undefined if it was sent without a length. */
  readonly size: number | undefined;
  /** Whether the client has disconnected before the end of the response. */
  readonly isAborted: boolean;
  /** Whether the server knows a user; undefined if the path is open to all clients. */
  readonly authentication: 'success' | 'failure' | 'error' | undefined;
  /** The name of the user; undefined if it is not known. */
  readonly user: string | undefined;
}

/** The metrics of the requests of one server. */
export class RequestMetrics {
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #sliDurations: Histogram;
  readonly #sizes: Histogram;
  readonly #longRunning: Gauge;
  readonly #terminations: Counter;
  readonly #aborts: Counter;
  readonly #watchLists: Histogram;
  readonly #attempts: Counter;
  readonly #users: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const [prefix, labelNames] = ['apiserver_request', [...LABELS]];
    this.#requests = new Counter({
      name: `${prefix}_total`,
      help: 'Requests whose response has ended, by verb, resource and HTTP status.',
      labelNames: [...LABELS, 'dry_run', 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: `${prefix}_duration_seconds`,
      help: 'Time from a request to the end of its response.',
      labelNames: [...LABELS, 'dry_run'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#sliDurations = new Histogram({
      name: `${prefix}_sli_duration_seconds`,
      help: 'The same time, without dry runs. There are no webhooks and queues whose time could be subtracted.',
      labelNames,
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#sizes = new Histogram({
      name: 'apiserver_response_sizes',
      help: 'Bytes of the responses to GET and LIST, compressed if they were sent so.',
      labelNames,
      buckets: SIZE_BUCKETS,
      registers,
    });
    this.#longRunning = new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Open watches and other requests without a timeout.',
      labelNames,
      registers,
    });
    this.#terminations = new Counter({
      name: `${prefix}_terminations_total`,
      help: 'Requests that the server has ended to protect itself: with 429 or 504.',
      labelNames: [...LABELS, 'code'],
      registers,
    });
    this.#aborts = new Counter({
      name: `${prefix}_aborts_total`,
      help: 'Requests, except long-running ones, whose client has disconnected before the end of the response.',
      labelNames: LABELS.filter((name) => name !== 'component'),
      registers,
    });
    this.#watchLists = new Histogram({
      name: 'apiserver_watch_list_duration_seconds',
      help: 'Time until a watch has sent its initial events.',
      labelNames: ['group', 'version', 'resource', 'scope'],
      buckets: WATCH_LIST_BUCKETS,
      registers,
    });
    this.#attempts = new Counter({
      name: 'authentication_attempts',
      help: 'Authenticated requests, by result: success, failure (401) or error (the server cannot authenticate).',
      labelNames: ['result'],
      registers,
    });
    this.#users = new Counter({
      name: 'authenticated_user_requests',
      help: 'Authenticated requests by kind of user, as a kube-apiserver groups them.',
      labelNames: ['username'],
      registers,
    });
  }

  /** Counts an open long-running request. @returns a function to call when it has ended */
  opened({ ...labels }: RequestLabels): () => void {
    this.#longRunning.inc(labels);
    return () => this.#longRunning.dec(labels);
  }

  /** Records the time in which a watch has sent its initial events. */
  watchListSent({ group, version, resource, scope }: RequestLabels, seconds: number): void {
    this.#watchLists.observe({ group, version, resource, scope }, seconds);
  }

  /** Records a request whose response has ended. */
  ended({ labels: all, dryRun, code, seconds, size, isAborted, authentication, user }: EndedRequest): void {
    const { component, ...withoutComponent } = all;
    const labels = { ...withoutComponent, component };
    this.#requests.inc({ ...labels, dry_run: dryRun, code: String(code) });
    this.#durations.observe({ ...labels, dry_run: dryRun }, seconds);
    if (dryRun === '') this.#sliDurations.observe(labels, seconds);
    if (size !== undefined && (labels.verb === 'GET' || labels.verb === 'LIST')) this.#sizes.observe(labels, size);
    if (TERMINATIONS.has(code)) this.#terminations.inc({ ...labels, code: String(code) });
    if (isAborted && labels.verb !== 'WATCH') this.#aborts.inc(withoutComponent);
    if (authentication !== undefined) this.#attempts.inc({ result: authentication });
    if (user !== undefined) this.#users.inc({ username: kindOfUser(user) });
  }
}

/** The names that a kube-apiserver counts separately. */
const KNOWN_USERS: ReadonlySet<string> = new Set([
  'admin',
  'client',
  'kube_proxy',
  'kubelet',
  'system:serviceaccount:kube-system:default',
]);

/** Returns the label for a user, like `compressUsername` of a kube-apiserver: names of users must not become series. */
function kindOfUser(name: string): string {
  if (KNOWN_USERS.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}
