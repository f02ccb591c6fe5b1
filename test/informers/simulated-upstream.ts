/** An API server of one resource, with revisions, whose ways to read (list, WatchList, watch) each work or fail in a mode of their own. */
import type { Cancel, Clock } from '../../src/clock.ts';
import { DecodeError, UpstreamApiError } from '../../src/informers/errors.ts';
import {
  INITIAL_EVENTS_END,
  type ListOptions,
  type ListPage,
  type ListWatch,
  type WatchEvent,
  type WatchOptions,
} from '../../src/informers/list-watch.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { keyOf } from '../../src/key.ts';
import { pod } from '../../src/testing/informers/objects.ts';

/**
 * - a number: each request fails with this status, and an open watch ends with it as an ERROR event.
 * - `silent`: requests have no response, and open watches lose their events.
 * - `garbage`: responses and frames cannot be decoded.
 * - `older`: the state of an earlier revision. Requests for a later revision fail with 504, open watches are silent.
 */
export type Mode = 'ok' | 'silent' | 'garbage' | 'older' | number;
export type WayName = 'list' | 'watchList' | 'watch';
export type Modes = Readonly<Record<WayName, Mode>>;

const PAGE = 2;
const BOOKMARK_INTERVAL_MS = 60_000;
const DECODE = 'the response is not JSON';

interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: V1Pod;
}

/** The maximum number of requests at the same time. A reflector that waits after failures sends a few. */
const MAX_AT_ONCE = 100;

export class SimulatedUpstream implements ListWatch<V1Pod> {
  readonly name = 'pods';
  readonly #clock: Clock;
  readonly #sendsBookmarks: boolean;
  readonly #streams = new Set<Stream>();
  #history: Change[] = [];
  #objects = new Map<string, V1Pod>();
  #revision = 100;
  #older = 100;
  #modes: Modes = { list: 'ok', watchList: 'ok', watch: 'ok' };
  /** The number of requests. */
  requests = 0;
  /** Whether the reflector has sent more than {@link MAX_AT_ONCE} requests without a wait. They then have no response. */
  isFlooded = false;
  #atOnce = { time: 0, requests: 0 };

  constructor(clock: Clock, sendsBookmarks: boolean) {
    this.#clock = clock;
    this.#sendsBookmarks = sendsBookmarks;
    for (const name of ['a', 'b', 'c', 'd', 'e']) this.write(name, 'n0');
    this.#older = this.#revision - 2;
  }

  /** The current objects: their versions by key. */
  get state(): Record<string, string> {
    return Object.fromEntries([...this.#objects].map(([key, { metadata }]) => [key, metadata?.resourceVersion ?? '']));
  }

  get openWatches(): number {
    return this.#streams.size;
  }

  get modes(): Modes {
    return this.#modes;
  }

  works(way: WayName): boolean {
    return this.#modes[way] === 'ok';
  }

  set(modes: Modes): void {
    const before = this.#modes;
    this.#modes = modes;
    this.#older = Math.max(100, this.#revision - 2);
    for (const stream of this.#streams) {
      const mode = modes[stream.way];
      if (mode === before[stream.way]) continue;
      if (mode === 'garbage') stream.end(new DecodeError(DECODE));
      else if (typeof mode === 'number') stream.push({ type: 'ERROR', object: { code: mode } });
      // A connection that was silent stays dead. The frames that it has lost do not come back.
      else stream.isDead = true;
    }
  }

  /** Creates, changes or (without a node) deletes an object. */
  write(name: string, node: string | undefined): void {
    const key = `a/${name}`;
    const before = this.#objects.get(key);
    if (before === undefined && node === undefined) return;
    this.#revision += 1;
    const resourceVersion = String(this.#revision);
    const object = pod(key, { node: node ?? before?.spec?.nodeName ?? 'n', resourceVersion });
    const type = node === undefined ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED';
    if (node === undefined) this.#objects.delete(key);
    else this.#objects.set(key, object);
    const change: Change = { revision: this.#revision, type, object };
    this.#history.push(change);
    for (const stream of this.#streams) stream.push(change);
  }

  /** Goes back to the state of some revisions ago, like etcd that was restored from a backup. All connections break. */
  restore(revisions: number): void {
    this.#revision = Math.max(100, this.#revision - revisions);
    this.#history = this.#history.filter(({ revision }) => revision <= this.#revision);
    this.#objects = this.#stateAt(this.#revision);
    this.#older = Math.max(100, this.#revision - 2);
    for (const stream of this.#streams) stream.end();
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListPage<V1Pod>> {
    const latest = await this.#begin('list', signal);
    const [revision, start] = this.#startOf(options, latest);
    const all = [...this.#stateAt(revision).values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    // Pages are small, so that each list has several of them.
    const end = options.limit === undefined ? all.length : start + Math.min(options.limit, PAGE);
    return {
      items: all.slice(start, end),
      apiVersion: 'v1',
      kind: 'PodList',
      resourceVersion: String(revision),
      continue: end < all.length ? `${revision}/${end}` : undefined,
    };
  }

  async watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<V1Pod>>> {
    const way = options.sendInitialEvents === true ? 'watchList' : 'watch';
    const latest = await this.#begin(way, signal);
    const requested = Number(options.resourceVersion ?? 0);
    if (requested > latest) throw tooLarge();
    return this.#open(way, this.#firstFrames(way, requested, latest), options.timeoutSeconds ?? 300, signal);
  }

  /** Fails or hangs like the mode. @returns the latest revision of the server that responds */
  async #begin(way: WayName, signal: AbortSignal): Promise<number> {
    this.requests += 1;
    const time = this.#clock.now();
    this.#atOnce = { time, requests: time === this.#atOnce.time ? this.#atOnce.requests + 1 : 1 };
    this.isFlooded ||= this.#atOnce.requests > MAX_AT_ONCE;
    if (this.isFlooded) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await Promise.resolve();
    signal.throwIfAborted();
    const mode = this.#modes[way];
    if (mode === 'garbage') throw new DecodeError(DECODE);
    if (typeof mode === 'number') throw new UpstreamApiError({ code: mode });
    if (mode === 'silent')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return mode === 'older' ? this.#older : this.#revision;
  }

  #startOf({ continue: token, resourceVersion }: ListOptions, latest: number): readonly [number, number] {
    if (token === undefined) {
      if (Number(resourceVersion ?? 0) > latest) throw tooLarge();
      return [latest, 0];
    }
    const [revision = 0, start = 0] = token.split('/').map(Number);
    if (revision > this.#revision) throw new UpstreamApiError({ code: 410, reason: 'Expired' });
    return [revision, start];
  }

  #firstFrames(way: Stream['way'], requested: number, latest: number): WatchEvent<V1Pod>[] {
    if (way === 'watch') return this.#history.filter(({ revision }) => revision > requested && revision <= latest);
    const metadata = { resourceVersion: String(latest), annotations: { [INITIAL_EVENTS_END]: 'true' } };
    const added = [...this.#stateAt(latest).values()].map((object): WatchEvent<V1Pod> => ({ type: 'ADDED', object }));
    return [...added, { type: 'BOOKMARK', object: { metadata } }];
  }

  #open(
    way: Stream['way'],
    first: readonly WatchEvent<V1Pod>[],
    timeoutSeconds: number,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<V1Pod>> {
    const stream = new Stream(way, first, () => this.#streams.delete(stream));
    stream.isDead = !this.works(way);
    this.#streams.add(stream);
    signal.addEventListener('abort', () => stream.end(signal.reason), { once: true });
    const bookmark = (): void => {
      if (this.#sendsBookmarks)
        stream.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: `${this.#revision}` } } });
      stream.timers[0] = this.#clock.schedule(BOOKMARK_INTERVAL_MS, bookmark);
    };
    stream.timers.push(this.#clock.schedule(BOOKMARK_INTERVAL_MS, bookmark));
    stream.timers.push(
      this.#clock.schedule(timeoutSeconds * 1000, () => {
        if (!stream.isDead) stream.end();
      }),
    );
    return stream;
  }

  #stateAt(revision: number): Map<string, V1Pod> {
    const state = new Map<string, V1Pod>();
    for (const change of this.#history) {
      if (change.revision > revision) break;
      if (change.type === 'DELETED') state.delete(keyOf(change.object));
      else state.set(keyOf(change.object), change.object);
    }
    return state;
  }
}

/** One open watch. */
class Stream implements AsyncIterable<WatchEvent<V1Pod>> {
  readonly way: 'watchList' | 'watch';
  /** Whether the connection delivers nothing, without an end. */
  isDead = false;
  readonly timers: Cancel[] = [];
  readonly #frames: WatchEvent<V1Pod>[];
  readonly #onEnd: () => void;
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(way: Stream['way'], first: readonly WatchEvent<V1Pod>[], onEnd: () => void) {
    this.way = way;
    this.#frames = [...first];
    this.#onEnd = onEnd;
  }

  push(frame: WatchEvent<V1Pod>): void {
    if (this.isDead || this.#end !== undefined) return;
    this.#frames.push(frame);
    if (frame.type === 'ERROR') this.end();
    this.#wake?.();
  }

  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    for (const cancel of this.timers) cancel();
    this.#onEnd();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<V1Pod>, void, void> {
    try {
      for (;;) {
        const frame = this.#frames.shift();
        if (frame !== undefined) yield frame;
        else if (this.#end === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
        else if ('error' in this.#end) throw this.#end.error;
        else return;
      }
    } finally {
      this.end();
    }
  }
}

function tooLarge(): UpstreamApiError {
  return new UpstreamApiError({ code: 504, details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
}
