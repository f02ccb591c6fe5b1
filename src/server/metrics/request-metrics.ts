/**
 * The metrics of requests, with the names and buckets of a kube-apiserver (conformance 9.3). A request is counted when its response has
 * ended, also a watch. The cost of a request is a few lookups of its labels.
 * @module
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RequestLabels } from './request-labels.ts';
import {
  type CounterSeries,
  type HistogramSeries,
  SeriesCounter,
  SeriesHistogram,
  type SeriesLabels,
} from './series.ts';

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

/** The series of the requests with the same labels. */
interface RequestSeries {
  readonly byCode: Map<number, CounterSeries>;
  readonly durations: HistogramSeries;
  /** Undefined for dry runs. */
  readonly sliDurations: HistogramSeries | undefined;
  /** Undefined before the first response with a length. */
  sizes: HistogramSeries | undefined;
}

/** The metrics of the requests of one server. */
export class RequestMetrics {
  readonly #requests: SeriesCounter;
  readonly #durations: SeriesHistogram;
  readonly #sliDurations: SeriesHistogram;
  readonly #sizes: SeriesHistogram;
  readonly #longRunning: Gauge;
  readonly #terminations: Counter;
  readonly #aborts: Counter;
  readonly #watchLists: Histogram;
  readonly #attempts: SeriesCounter;
  readonly #users: SeriesCounter;
  /** By all labels as text. Their number is bounded by that of the labels. */
  readonly #series = new Map<string, RequestSeries>();
  /** The same, without dry runs, for labels that are used again. */
  readonly #known = new WeakMap<RequestLabels, RequestSeries>();
  readonly #byResult = new Map<string, CounterSeries>();
  readonly #byUser = new Map<string, CounterSeries>();

  constructor(registry: Registry) {
    const registers = [registry];
    const [prefix, labelNames] = ['apiserver_request', [...LABELS]];
    this.#requests = new SeriesCounter(
      registry,
      `${prefix}_total`,
      'Requests whose response has ended, by verb, resource and HTTP status.',
      [...LABELS, 'dry_run', 'code'],
    );
    this.#durations = new SeriesHistogram(registry, {
      name: `${prefix}_duration_seconds`,
      help: 'Time from a request to the end of its response.',
      labelNames: [...LABELS, 'dry_run'],
      buckets: DURATION_BUCKETS,
    });
    this.#sliDurations = new SeriesHistogram(registry, {
      name: `${prefix}_sli_duration_seconds`,
      help: 'The same time, without dry runs. There are no webhooks and queues whose time could be subtracted.',
      labelNames,
      buckets: DURATION_BUCKETS,
    });
    this.#sizes = new SeriesHistogram(registry, {
      name: 'apiserver_response_sizes',
      help: 'Bytes of the responses to GET and LIST, compressed if they were sent so.',
      labelNames,
      buckets: SIZE_BUCKETS,
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
    this.#attempts = new SeriesCounter(
      registry,
      'authentication_attempts',
      'Authenticated requests, by result: success, failure (401) or error (the server cannot authenticate).',
      ['result'],
    );
    this.#users = new SeriesCounter(
      registry,
      'authenticated_user_requests',
      'Authenticated requests by kind of user, as a kube-apiserver groups them.',
      ['username'],
    );
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

  /** Records a request whose response has ended. Requests with the same labels should have the same object of labels. */
  ended({ labels, dryRun, code, seconds, size, isAborted, authentication, user }: EndedRequest): void {
    const series = this.#seriesOf(labels, dryRun);
    let requests = series.byCode.get(code);
    if (requests === undefined) {
      requests = this.#requests.add({ ...labelsIn(labels), dry_run: dryRun, code: String(code) });
      series.byCode.set(code, requests);
    }
    requests.value += 1;
    series.durations.observe(seconds);
    series.sliDurations?.observe(seconds);
    if (size !== undefined && (labels.verb === 'GET' || labels.verb === 'LIST')) {
      series.sizes ??= this.#sizes.add(labelsIn(labels));
      series.sizes.observe(size);
    }
    if (TERMINATIONS.has(code)) this.#terminations.inc({ ...labels, code: String(code) });
    if (isAborted && labels.verb !== 'WATCH') this.#aborts.inc(withoutComponent(labels));
    if (authentication !== undefined) count(this.#attempts, this.#byResult, 'result', authentication);
    if (user !== undefined) count(this.#users, this.#byUser, 'username', kindOfUser(user));
  }

  #seriesOf(labels: RequestLabels, dryRun: string): RequestSeries {
    const known = dryRun === '' ? this.#known.get(labels) : undefined;
    if (known !== undefined) return known;
    const key = JSON.stringify([LABELS.map((name) => labels[name]), dryRun]);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = {
        byCode: new Map(),
        durations: this.#durations.add({ ...labelsIn(labels), dry_run: dryRun }),
        sliDurations: dryRun === '' ? this.#sliDurations.add(labelsIn(labels)) : undefined,
        sizes: undefined,
      };
      this.#series.set(key, series);
    }
    if (dryRun === '') this.#known.set(labels, series);
    return series;
  }
}

function count(counter: SeriesCounter, known: Map<string, CounterSeries>, label: string, value: string): void {
  let series = known.get(value);
  if (series === undefined) {
    series = counter.add({ [label]: value });
    known.set(value, series);
  }
  series.value += 1;
}

/** Returns the labels in the order of all series. */
function labelsIn(labels: RequestLabels): SeriesLabels {
  return { ...withoutComponent(labels), component: labels.component };
}

function withoutComponent({
  verb,
  group,
  version,
  resource,
  subresource,
  scope,
}: RequestLabels): Record<string, string> {
  return { verb, group, version, resource, subresource, scope };
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
