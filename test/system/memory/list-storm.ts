/** Users that ask for whole lists, all at once and again and again. Half of their clients never read the response. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Connections, connectionsTo } from '../convergence/connection.ts';

/** A user with a client certificate. */
export interface StormUser {
  readonly cert: string;
  readonly key: string;
}

export interface ListStormOptions {
  readonly port: number;
  readonly ca: string;
  readonly users: readonly StormUser[];
  /** The number of requests that a user has in progress. */
  readonly inFlight: number;
}

/** The status of a response, or why there is none. Clients send a refused request again, on another connection (RFC 9113, 8.7). */
export type StormOutcome = number | 'timed out' | 'refused after GOAWAY' | `cut: ${string}`;

/** The outcomes of a server that keeps its memory within the limit. */
const EXPECTED: ReadonlySet<StormOutcome> = new Set([200, 429, 503, 'timed out', 'refused after GOAWAY']);

/** A client that has received the head of a response, and reads nothing more until it ends. */
interface StalledRequest {
  /** Resolves after the first bytes, or when the server has ended the response. */
  readonly begun: Promise<void>;
  cancel(): void;
}

const ROWS = '/apis/example.com/v1/rows';
const JSON_TYPE = 'application/json';
const INITIAL = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const INITIAL_END = 'k8s.io/initial-events-end';
/** The lists that cost the most memory, by path and Accept. */
const REQUESTS: readonly (readonly [string, string])[] = [
  [ROWS, JSON_TYPE],
  [ROWS, 'application/json;as=Table;g=meta.k8s.io;v=v1'],
  [`${ROWS}?${INITIAL}`, JSON_TYPE],
  [ROWS, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'],
  [`${ROWS}?labelSelector=none!%3Dsuch`, JSON_TYPE],
  [`${ROWS}?pretty=true`, JSON_TYPE],
  [ROWS, 'application/yaml'],
  [`${ROWS}?includeObject=Object`, 'application/json;as=Table;g=meta.k8s.io;v=v1'],
];
/** The stream window of clients that read, which is that of Go's clients. */
const WINDOW = 4 * 2 ** 20;
/** The time after which the server cuts a response, as kube-apiserver does. */
const REQUEST_TIMEOUT_MS = 60_000;
/** The timeout of the probes in the manifests. */
const PROBE_TIMEOUT_MS = 5000;
/** The time that a client waits after a refusal. It is shorter than `Retry-After`: this is a storm. */
const RETRY_MS = 20;

export class ListStorm {
  /** The number of responses of each outcome to clients that read. */
  readonly outcomes = new Map<StormOutcome, number>();
  /** The slowest response to the probe of the kubelet, in milliseconds. */
  slowestProbe = 0;
  /** The largest number of probes in succession for which the kubelet would not have waited. */
  failedProbes = 0;
  readonly #options: ListStormOptions;
  readonly #readers: readonly Connections[];
  readonly #stalled: readonly Connections[];
  #next = 0;

  constructor(options: ListStormOptions) {
    this.#options = options;
    const { port, ca, users } = options;
    const headers = (index: number) => (index % 2 === 0 ? { 'accept-encoding': 'gzip' } : {});
    this.#readers = users.map((client, index) =>
      connectionsTo(port, ca, { client, window: WINDOW, headers: headers(index) }),
    );
    this.#stalled = users.map((client, index) =>
      connectionsTo(port, ca, { client, window: 65_535, headers: headers(index) }),
    );
  }

  /** Each reading client sends this number of requests, while the other ones do not read theirs. */
  async round(requests: number): Promise<void> {
    const half = Math.ceil(this.#options.inFlight / 2);
    const each = <T>(clients: readonly Connections[], action: (client: Connections, index: number) => T): T[] =>
      clients.flatMap((client, index) => Array.from({ length: half }, () => action(client, index)));
    const stalled = each(this.#stalled, (client, index) => this.#stall(client, index));
    await Promise.all(stalled.map(({ begun }) => begun));
    const probing = new AbortController();
    const probes = this.#probe(probing.signal);
    await Promise.all(each(this.#readers, (client, index) => this.#read(client, index, requests)));
    for (const { cancel } of stalled) cancel();
    probing.abort();
    await probes;
  }

  /** Returns the outcomes that a client of Kubernetes would report as an error. */
  unexpected(): readonly StormOutcome[] {
    return [...this.outcomes.keys()].filter((outcome) => !EXPECTED.has(outcome));
  }

  /** Sends one more list of all rows. */
  async list(): Promise<StormOutcome> {
    const [client] = this.#readers;
    return client === undefined ? 0 : this.#request(client, 0, [ROWS, JSON_TYPE]);
  }

  close(): void {
    for (const client of [...this.#readers, ...this.#stalled]) client.cut();
  }

  async #read(client: Connections, index: number, requests: number): Promise<void> {
    for (let sent = 0; sent < requests; sent++) {
      const outcome = await this.#request(client, index);
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== 200) await pause(RETRY_MS);
    }
  }

  #request(client: Connections, index: number, target = this.#target()): Promise<StormOutcome> {
    const { promise, resolve } = Promise.withResolvers<StormOutcome>();
    const begin = performance.now();
    let status = 0;
    let tail = '';
    const exchange = client.get(index % 4 < 2 ? 'h2' : 'h1', ...target, {
      head: (code) => (status = code),
      // The client of a watch has read what it needs.
      data: (chunk) => {
        const text = tail + chunk.toString('latin1');
        tail = text.slice(-INITIAL_END.length);
        if (!text.includes(INITIAL_END)) return;
        resolve(status);
        exchange.cancel();
      },
      end: (complete, error) => resolve(complete ? status : cutAfter(performance.now() - begin, error)),
    });
    return promise;
  }

  #stall(client: Connections, index: number): StalledRequest {
    const begun = Promise.withResolvers<void>();
    const exchange = client.get(index % 4 < 2 ? 'h2' : 'h1', ...this.#target(), {
      head: () => begun.resolve(),
      data: () => exchange.pause(),
      end: () => begun.resolve(),
    });
    return { begun: begun.promise, cancel: () => exchange.cancel() };
  }

  #target(): readonly [string, string] {
    this.#next += 1;
    return REQUESTS[this.#next % REQUESTS.length] ?? [ROWS, JSON_TYPE];
  }

  async #probe(signal: AbortSignal): Promise<void> {
    let failed = 0;
    while (!signal.aborted) {
      // The kubelet opens a connection for each probe, too.
      const client = connectionsTo(this.#options.port, this.#options.ca);
      const begin = performance.now();
      const outcome = await this.#request(client, 2, ['/livez', JSON_TYPE]);
      if (outcome !== 200) this.outcomes.set(`cut: /livez ${outcome}`, 1);
      const elapsed = performance.now() - begin;
      this.slowestProbe = Math.max(this.slowestProbe, elapsed);
      failed = elapsed > PROBE_TIMEOUT_MS ? failed + 1 : 0;
      this.failedProbes = Math.max(this.failedProbes, failed);
      client.cut();
      await pause(RETRY_MS);
    }
  }
}

function cutAfter(milliseconds: number, error: Error | undefined): StormOutcome {
  if (error?.message.includes('NGHTTP2_REFUSED_STREAM')) return 'refused after GOAWAY';
  return milliseconds >= REQUEST_TIMEOUT_MS ? 'timed out' : `cut: ${error?.message ?? 'no error'}`;
}
