/** A fake etcd: a test sets the keys that lists return, and sends each response of a watch. */
import type { EtcdReader } from '../../../src/stores/etcd/etcd-client.ts';
import type {
  KeyValue,
  RangeRequest,
  RangeResponse,
  WatchCreateRequest,
  EtcdEvent,
  EtcdWatchResponse,
} from '../../../src/stores/etcd/etcd-messages.ts';
import type { OpenWatch } from '../../../src/stores/etcd/etcd-watch.ts';

export const PREFIX = '/test/example.com/tasks/';

export function kv(key: string, modRevision: number, value: string): KeyValue {
  return { key: Buffer.from(PREFIX + key), modRevision, value: Buffer.from(value) };
}

export const put = (key: string, revision: number, value: string): EtcdEvent => ({
  type: 0,
  kv: kv(key, revision, value),
});
export const del = (key: string, revision: number): EtcdEvent => ({ type: 1, kv: kv(key, revision, '') });

export class FakeWatch implements OpenWatch {
  readonly request: WatchCreateRequest;
  progressOnRequest = true;
  progressRequests = 0;
  reason: unknown;
  readonly #responses: EtcdWatchResponse[] = [];
  #wake = (): void => undefined;

  constructor(request: WatchCreateRequest) {
    this.request = request;
  }

  get responses(): AsyncIterable<EtcdWatchResponse> {
    return this.#read();
  }

  requestProgress(): void {
    this.progressRequests += 1;
  }

  cancel(reason: unknown): void {
    this.reason ??= reason;
    this.#wake();
  }

  /** Sends a response of a member that is at `revision`. */
  respond(revision: number, response: Partial<EtcdWatchResponse> = {}): void {
    this.#responses.push({
      header: { revision },
      created: false,
      canceled: false,
      compactRevision: 0,
      cancelReason: '',
      fragment: false,
      events: [],
      ...response,
    });
    this.#wake();
  }

  async *#read(): AsyncGenerator<EtcdWatchResponse> {
    for (;;) {
      const next = this.#responses.shift();
      if (next !== undefined) yield next;
      else if (this.reason !== undefined) throw this.reason;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

export class FakeEtcd implements EtcdReader {
  revision = 10;
  kvs: KeyValue[] = [];
  readonly ranges: RangeRequest[] = [];
  readonly watches: FakeWatch[] = [];
  /** The errors of the next calls. */
  readonly failures: Error[] = [];

  get current(): FakeWatch {
    return this.watches.at(-1)!;
  }

  async range(request: RangeRequest): Promise<RangeResponse> {
    this.ranges.push(request);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const rest = this.kvs.filter(({ key }) => key.compare(request.key) >= 0);
    const limit = request.limit ?? rest.length;
    return { header: { revision: this.revision }, kvs: rest.slice(0, limit), more: rest.length > limit };
  }

  async watch(request: WatchCreateRequest, signal: AbortSignal): Promise<OpenWatch> {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const watch = new FakeWatch(request);
    signal.addEventListener('abort', () => watch.cancel(signal.reason), { once: true });
    this.watches.push(watch);
    watch.respond(this.revision, { created: true });
    return watch;
  }
}
