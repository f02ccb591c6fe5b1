/**
 * A store whose objects are kept by handlers.
 *
 * ```
 *   read ───► get, or list ────────────► known objects, with a revision for each observed state ──► objects ──► view
 *   write ──► one at a time for a key ─► handler ─► its result ─► ▲
 *             watch, or list at an interval ─────────────────────┘
 * ```
 * The state of the handlers is the truth; the known objects are the last states that were observed of it. Revisions therefore guard against
 * other writes of this process only: a handler with other writers compares `old` with its state, and throws `refuse.conflict()`.
 * @module
 */
import { type Clock, systemClock } from '../../../clock.ts';
import type { Collection } from '../../../informers/collection/collection.ts';
import { keyOf, splitKey } from '../../../key.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError } from '../../../stores/errors.ts';
import type { StoredObject, Versioned } from '../../../stores/object-store.ts';
import { checkHandlers, isReadable, verbsOf } from '../../define/custom-parts.ts';
import type { Handlers } from '../../define/handlers.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import { type Logger, stderrLogger } from '../../logger.ts';
import type { WrittenKind } from '../../wire/writes/written-kind.ts';
import type { CallerStore } from '../writing.ts';
import { type Caller, type CallerWithSignal, CheckedHandlers } from './checked-handlers.ts';
import { type Feed, HandledCollection } from './handled-collection.ts';
import { HandlerReads } from './handler-reads.ts';
import { KnownObjects } from './known-objects.ts';
import { type FeedOptions, PollFeed } from './poll-feed.ts';
import { refusalStatus } from './refusal-status.ts';
import { SupersededStates } from './superseded-states.ts';
import { WatchFeed } from './watch-feed.ts';
import { type HeldWrite, WriteQueue } from './write-queue.ts';

export type { Caller } from './checked-handlers.ts';

/** The parts and settings of a {@link HandlerStore}. */
export interface HandlerStoreOptions {
  readonly kind: WrittenKind;
  readonly handlers: Handlers<object>;
  readonly clock?: Clock | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
  readonly log?: Logger | undefined;
  /** The maximum number of objects that are remembered if the handlers have neither list nor watch. @default 10,000 */
  readonly remembered?: number | undefined;
}

const DEFAULT_REMEMBERED = 10_000;
const DEFAULT_POLL_INTERVAL_MS = 10_000;
const SERVER: Caller = { user: undefined, dryRun: false };

/** See the top of this file. @throws TypeError for handlers that cannot be served */
export class HandlerStore implements CallerStore {
  readonly objects: Collection<StoredObject>;
  /** The verbs for discovery. */
  readonly verbs: readonly string[];
  /** Whether dry runs are sent to the handlers. If not, a dry run returns the object that it got. */
  readonly handlesDryRun: boolean;
  /** Whether a get of one object reads it here first. Lists and watches may learn of it later, or never. */
  readonly readsThrough: boolean;
  readonly #name: string;
  readonly #kind: WrittenKind;
  readonly #handlers: CheckedHandlers;
  readonly #isReadable: boolean;
  readonly #known: KnownObjects;
  readonly #reads: HandlerReads;
  readonly #queue: WriteQueue;

  constructor(options: HandlerStoreOptions) {
    const { kind, handlers, clock = systemClock, random = Math.random, log = stderrLogger } = options;
    this.#name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
    checkHandlers(this.#name, handlers);
    this.verbs = verbsOf(handlers);
    this.handlesDryRun = handlers.handlesDryRun ?? false;
    this.readsThrough = handlers.get !== undefined;
    this.#kind = kind;
    this.#handlers = new CheckedHandlers(this.#name, kind, handlers);
    this.#isReadable = isReadable(handlers);
    const collection = new HandledCollection(this.#name, clock);
    const superseded = typeof handlers.watch === 'function' ? new SupersededStates() : undefined;
    const { remembered: limit = DEFAULT_REMEMBERED } = options;
    this.#known = new KnownObjects({ collection, superseded, limit });
    this.#reads = new HandlerReads({
      name: this.#name,
      handlers: this.#handlers,
      known: this.#known,
      isReadable: this.#isReadable,
      log,
      refused: (error, key) => this.#refused(error, key),
    });
    this.#queue = new WriteQueue({ known: this.#known, clock, log });
    const isBusy = (key: string): boolean => this.#queue.isBusy(key);
    const feedOptions = { name: this.#name, known: this.#known, isBusy, clock, random, log };
    collection.feed = feedOf(handlers, this.#handlers, superseded, feedOptions);
    collection.onForget = () => this.#known.forget();
    if (collection.feed === undefined) collection.complete([]);
    this.objects = collection;
  }

  /** The same store for one caller: handlers get its user. */
  as(caller: Caller): CallerStore {
    return {
      objects: this.objects,
      read: (key, signal) => this.read(key, signal, caller),
      readAll: (signal) => this.readAll(signal, caller),
      create: (object, signal) => this.create(object, signal, caller),
      replace: (object, expected, signal) => this.replace(object, expected, signal, caller),
      delete: (key, expected, signal) => this.delete(key, expected, signal, caller),
    };
  }

  /** @throws StoreUnavailableError if only the watch can read, and it has not delivered all objects yet */
  read(key: string, signal: AbortSignal, caller: Caller = SERVER): Promise<Versioned | undefined> {
    return this.#reads.one(key, { ...caller, signal });
  }

  readAll(signal: AbortSignal, caller: Caller = SERVER): Promise<ReadonlyMap<string, Versioned> | undefined> {
    return this.#reads.all({ ...caller, signal });
  }

  create(object: StoredObject, signal: AbortSignal, caller: Caller = SERVER): Promise<Versioned> {
    const key = keyOf(object);
    const asking = { ...caller, signal };
    return this.#queue.of(key, signal, async (held) => {
      if ((await this.#present(key, asking)) !== undefined) throw new KeyExistsError(key);
      if (this.#endsBeforeHandlers(caller)) return { object, revision: 0 };
      const take = (stored: StoredObject): Versioned => this.#stored(key, stored, held, caller);
      try {
        const stored = await this.#handlers.create(key, object, asking, (late) => void take(late));
        return (await this.#reads.newerThan(key, stored, held.seen, asking)) ?? take(stored);
      } catch (error) {
        if (error instanceof HandlerRefusal && error.reason.type === 'alreadyExists') throw new KeyExistsError(key);
        throw this.#refused(error, key, object);
      }
    });
  }

  replace(object: StoredObject, expected: number, signal: AbortSignal, caller: Caller = SERVER): Promise<Versioned> {
    const key = keyOf(object);
    const asking = { ...caller, signal };
    return this.#queue.of(key, signal, async (held) => {
      const { object: old } = await this.#expect(key, expected, asking);
      if (this.#endsBeforeHandlers(caller)) return { object, revision: expected };
      const take = (stored: StoredObject): Versioned => this.#stored(key, stored, held, caller);
      try {
        const stored = await this.#handlers.replace(key, { object, old }, asking, (late) => void take(late));
        return (await this.#reads.newerThan(key, stored, held.seen, asking)) ?? take(stored);
      } catch (error) {
        throw await this.#changeFailure(error, { key, expected, sent: object, asking, held });
      }
    });
  }

  delete(key: string, expected: number, signal: AbortSignal, caller: Caller = SERVER): Promise<Versioned> {
    const asking = { ...caller, signal };
    return this.#queue.of(key, signal, async (held) => {
      const current = await this.#expect(key, expected, asking);
      if (this.#endsBeforeHandlers(caller)) return current;
      const take = (last: StoredObject): Versioned => this.#removed(key, last, held, caller);
      try {
        const last = await this.#handlers.delete(key, current.object, asking, (late) => void take(late));
        const recreated = await this.#reads.newerThan(key, undefined, held.seen, asking);
        return recreated === undefined ? take(last) : this.#known.unobserved(last);
      } catch (error) {
        throw await this.#changeFailure(error, { key, expected, sent: undefined, asking, held });
      }
    });
  }

  /**
   * Removes objects in one call of the handler `deleteCollection`.
   * @param expected the revisions of the objects; objects that have another revision by now are left out
   * @returns the deleted objects, as {@link delete} does
   */
  deleteCollection(
    expected: ReadonlyMap<string, number>,
    signal: AbortSignal,
    caller: Caller = SERVER,
  ): Promise<Versioned[]> {
    return this.#queue.ofAll(expected.keys(), signal, async (held) => {
      const olds = new Map<string, StoredObject>();
      for (const [key, revision] of expected) {
        const current = this.#known.get(key);
        if (current?.revision === revision) olds.set(key, current.object);
      }
      try {
        const gone = this.#endsBeforeHandlers(caller)
          ? olds
          : await this.#handlers.deleteCollection(olds, { ...caller, signal });
        return Array.from(gone, ([key, last]) => this.#removed(key, last, held, caller));
      } catch (error) {
        throw this.#refused(error, '');
      }
    });
  }

  /** The object under the key of a new one. If all objects are known, an unknown key is free without a read. */
  #present(key: string, asking: CallerWithSignal): Promise<Versioned | undefined> | undefined {
    const isAbsent = this.#known.isComplete && this.#known.get(key) === undefined;
    return isAbsent ? undefined : this.#reads.one(key, asking);
  }

  async #expect(key: string, expected: number, asking: CallerWithSignal): Promise<Versioned> {
    const current = this.#known.get(key) ?? (await this.#reads.one(key, asking));
    if (current === undefined) throw new KeyNotFoundError(key);
    if (current.revision !== expected) throw new RevisionConflictError(key, expected, current);
    return current;
  }

  #endsBeforeHandlers({ dryRun }: Caller): boolean {
    return dryRun && !this.handlesDryRun;
  }

  #stored(key: string, object: StoredObject, held: HeldWrite, { dryRun }: Caller): Versioned {
    const isKept = !dryRun && !held.isOver && this.#isReadable;
    return isKept ? this.#known.wrote(key, object, held.seen) : { object, revision: 0 };
  }

  #removed(key: string, last: StoredObject, held: HeldWrite, { dryRun }: Caller): Versioned {
    if (dryRun || held.isOver) return { object: last, revision: 0 };
    return this.#known.removed(key, last, held.seen);
  }

  /** The error that the writer of objects gets for a failed change. */
  async #changeFailure(error: unknown, { key, expected, sent, asking, held }: Change): Promise<unknown> {
    const reason = error instanceof HandlerRefusal ? error.reason : undefined;
    if (reason?.type === 'notFound') {
      this.#known.found(key, undefined, held.seen);
      return new KeyNotFoundError(key);
    }
    if (reason?.type !== 'conflict' || reason.message !== undefined) return this.#refused(error, key, sent);
    const current = await this.#reads.one(key, asking);
    return current === undefined ? new KeyNotFoundError(key) : new RevisionConflictError(key, expected, current);
  }

  #refused(error: unknown, key: string, sent?: StoredObject): unknown {
    return error instanceof HandlerRefusal ? refusalStatus(error.reason, this.#kind, splitKey(key).name, sent) : error;
  }
}

/** A change, and its circumstances, for the translation of its failure. */
interface Change {
  readonly key: string;
  readonly expected: number;
  readonly sent: StoredObject | undefined;
  readonly asking: CallerWithSignal;
  readonly held: HeldWrite;
}

/** The feed of a collection: the handlers' watch, else their list; undefined without both. */
function feedOf(
  handlers: Handlers<object>,
  checked: CheckedHandlers,
  superseded: SupersededStates | undefined,
  options: FeedOptions,
): Feed | undefined {
  if (typeof handlers.watch === 'function' && superseded !== undefined) {
    const watch = handlers.watch.bind(handlers);
    return new WatchFeed({
      ...options,
      superseded,
      watch: (signal) => watch({ ...SERVER, signal }),
      checked: (object) => checked.checked(object),
    });
  }
  if (handlers.list === undefined) return undefined;
  const every = handlers.pollEvery ?? DEFAULT_POLL_INTERVAL_MS;
  return new PollFeed({ ...options, every, list: (signal) => checked.list({ ...SERVER, signal }) });
}
