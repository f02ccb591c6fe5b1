/**
 * A store whose objects are kept by handlers.
 *
 * ```
 *   read ───► get, or list ────────────► known objects, with a revision for each observed state ──► objects ──► view
 *   write ──► one at a time for a key ─► handler ─► its result ─► ▲
 *             watch, or list at an interval ─────────────────────┘
 * ```
 * Only the handlers have the current state. The known objects are the last states that this process has received from them. Each received
 * state gets a new revision, so a conflict of revisions finds only changes that this process has seen. If other programs write the same
 * data, the handler must compare `old` with the current state, and throw `refuse.conflict()` if they differ.
 *
 * The file has more than 250 lines, because all methods of the store use the same known objects and the same queue of writes.
 * @module
 */
import { type Clock, systemClock } from '../../../clock.ts';
import type { Collection } from '../../../informers/collection/collection.ts';
import { keyOf, splitKey } from '../../../key.ts';
import { KeyExistsError, KeyNotFoundError, RevisionConflictError } from '../../../stores/errors.ts';
import type { StoredObject, Versioned } from '../../../stores/object-store.ts';
import { checkHandlers, isReadable, handlerVerbs } from '../../define/custom-parts.ts';
import type { Handlers } from '../../define/handlers.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import { type Logger, stderrLogger } from '../../logger.ts';
import type { WrittenKind } from '../../wire/writes/written-kind.ts';
import type { CallerStore } from '../object-write.ts';
import { type Caller, type CallerWithSignal, CheckedHandlers } from './checked-handlers.ts';
import { type Feed, HandledCollection } from './handled-collection.ts';
import { HandlerReads } from './handler-reads.ts';
import { KnownObjects } from './known-objects.ts';
import { type FeedOptions, PollFeed, type PollFeedOptions } from './poll-feed.ts';
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
  /** Returns a number in [0, 1). */
  readonly random?: (() => number) | undefined;
  readonly log?: Logger | undefined;
  /** The maximum number of known objects if the handlers have neither `list` nor `watch`. @default 10,000 */
  readonly maxKnown?: number | undefined;
}

const DEFAULT_MAX_KNOWN = 10_000;
/** The caller of reads that fill the view. */
const SERVER: Caller = { user: undefined, dryRun: false };

/** The store of one resource. */
export class HandlerStore implements CallerStore {
  readonly objects: Collection<StoredObject>;
  /** The verbs for discovery. */
  readonly verbs: readonly string[];
  /** Whether the handlers are called in a dry run. If not, a dry run returns the object that it received. */
  readonly handlesDryRun: boolean;
  /**
   * Whether a get of one object calls the handler `get` first. Without a list and a watch, the view contains an object only after a get.
   */
  readonly readsThrough: boolean;
  readonly #name: string;
  readonly #kind: WrittenKind;
  readonly #handlers: CheckedHandlers;
  readonly #isReadable: boolean;
  readonly #known: KnownObjects;
  readonly #reads: HandlerReads;
  readonly #queue: WriteQueue;

  /** @throws TypeError for invalid handlers */
  constructor(options: HandlerStoreOptions) {
    const { kind, handlers, clock = systemClock, random = Math.random, log = stderrLogger } = options;
    this.#name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
    checkHandlers(this.#name, handlers);
    this.verbs = handlerVerbs(handlers);
    this.handlesDryRun = handlers.handlesDryRun ?? false;
    this.readsThrough = handlers.get !== undefined;
    this.#kind = kind;
    this.#handlers = new CheckedHandlers(this.#name, kind, handlers, log);
    this.#isReadable = isReadable(handlers);
    const collection = new HandledCollection(this.#name, clock);
    const superseded = typeof handlers.watch === 'function' ? new SupersededStates() : undefined;
    const { maxKnown: limit = DEFAULT_MAX_KNOWN } = options;
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
    if (collection.feed === undefined) collection.setAll([]);
    this.objects = collection;
  }

  /** Returns the same store for one caller, whose user the handlers receive. */
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
    const request = { ...caller, signal };
    return this.#queue.run(key, signal, async (held) => {
      if ((await this.#existing(key, request)) !== undefined) throw new KeyExistsError(key);
      if (this.#skipsHandlers(caller)) return { object, revision: 0 };
      const record = (stored: StoredObject): Versioned => this.#recordWrite(key, stored, held, caller);
      try {
        const stored = await this.#handlers.create(key, object, request, (lateResult) => void record(lateResult));
        return (await this.#reads.newerThan(key, stored, held.observation, request)) ?? record(stored);
      } catch (error) {
        if (error instanceof HandlerRefusal && error.reason.type === 'alreadyExists') throw new KeyExistsError(key);
        throw this.#refused(error, key, object);
      }
    });
  }

  replace(object: StoredObject, expected: number, signal: AbortSignal, caller: Caller = SERVER): Promise<Versioned> {
    const key = keyOf(object);
    const request = { ...caller, signal };
    return this.#queue.run(key, signal, async (held) => {
      const { object: old } = await this.#requireRevision(key, expected, request);
      if (this.#skipsHandlers(caller)) return { object, revision: expected };
      const record = (stored: StoredObject): Versioned => this.#recordWrite(key, stored, held, caller);
      try {
        const stored = await this.#handlers.replace(
          key,
          { object, old },
          request,
          (lateResult) => void record(lateResult),
        );
        return (await this.#reads.newerThan(key, stored, held.observation, request)) ?? record(stored);
      } catch (error) {
        throw await this.#changeFailure(error, { key, expected, sent: object, request, held });
      }
    });
  }

  delete(key: string, expected: number, signal: AbortSignal, caller: Caller = SERVER): Promise<Versioned> {
    const request = { ...caller, signal };
    return this.#queue.run(key, signal, async (held) => {
      const current = await this.#requireRevision(key, expected, request);
      if (this.#skipsHandlers(caller)) return current;
      const record = (last: StoredObject): Versioned => this.#recordDeletion(key, last, held, caller);
      try {
        const last = await this.#handlers.delete(key, current.object, request, (lateResult) => void record(lateResult));
        const recreated = await this.#reads.newerThan(key, undefined, held.observation, request);
        return recreated === undefined ? record(last) : this.#known.withNewRevision(last);
      } catch (error) {
        throw await this.#changeFailure(error, { key, expected, sent: undefined, request, held });
      }
    });
  }

  /**
   * Deletes objects in one call of the handler `deleteCollection`.
   * @param expected the revisions of the objects, by key. An object whose current revision differs is not deleted
   * @returns the last states of the deleted objects
   */
  deleteCollection(
    expected: ReadonlyMap<string, number>,
    signal: AbortSignal,
    caller: Caller = SERVER,
  ): Promise<Versioned[]> {
    return this.#queue.runAll(expected.keys(), signal, async (held) => {
      const objects = new Map<string, StoredObject>();
      for (const [key, revision] of expected) {
        const current = this.#known.get(key);
        if (current?.revision === revision) objects.set(key, current.object);
      }
      try {
        const deleted = this.#skipsHandlers(caller)
          ? objects
          : await this.#handlers.deleteCollection(objects, { ...caller, signal });
        return Array.from(deleted, ([key, last]) => this.#recordDeletion(key, last, held, caller));
      } catch (error) {
        throw this.#refused(error, '');
      }
    });
  }

  /** Returns the object that exists under the key of a new object. If all objects are known, an unknown key needs no read. */
  #existing(key: string, request: CallerWithSignal): Promise<Versioned | undefined> | undefined {
    const isAbsent = this.#known.isComplete && this.#known.get(key) === undefined;
    return isAbsent ? undefined : this.#reads.one(key, request);
  }

  /** Returns the current state. @throws KeyNotFoundError, RevisionConflictError */
  async #requireRevision(key: string, expected: number, request: CallerWithSignal): Promise<Versioned> {
    const current = this.#known.get(key) ?? (await this.#reads.one(key, request));
    if (current === undefined) throw new KeyNotFoundError(key);
    if (current.revision !== expected) throw new RevisionConflictError(key, expected, current);
    return current;
  }

  /** Whether a dry run ends before the handlers are called. */
  #skipsHandlers({ dryRun }: Caller): boolean {
    return dryRun && !this.handlesDryRun;
  }

  #recordWrite(key: string, object: StoredObject, held: HeldWrite, { dryRun }: Caller): Versioned {
    const isRecorded = !dryRun && !held.isReleased && this.#isReadable;
    return isRecorded ? this.#known.recordWrite(key, object, held.observation) : { object, revision: 0 };
  }

  #recordDeletion(key: string, last: StoredObject, held: HeldWrite, { dryRun }: Caller): Versioned {
    if (dryRun || held.isReleased) return { object: last, revision: 0 };
    return this.#known.recordDeletion(key, last, held.observation);
  }

  /** Translates the failure of a replace or delete into the error of a store. */
  async #changeFailure(error: unknown, { key, expected, sent, request, held }: FailedChange): Promise<unknown> {
    const reason = error instanceof HandlerRefusal ? error.reason : undefined;
    if (reason?.type === 'notFound') {
      this.#known.recordRead(key, undefined, held.observation);
      return new KeyNotFoundError(key);
    }
    if (reason?.type !== 'conflict' || reason.message !== undefined) return this.#refused(error, key, sent);
    const current = await this.#reads.one(key, request);
    return current === undefined ? new KeyNotFoundError(key) : new RevisionConflictError(key, expected, current);
  }

  #refused(error: unknown, key: string, sent?: StoredObject): unknown {
    return error instanceof HandlerRefusal ? refusalStatus(error.reason, this.#kind, splitKey(key).name, sent) : error;
  }
}

/** A replace or delete that failed. */
interface FailedChange {
  readonly key: string;
  readonly expected: number;
  /** The object of a replace. */
  readonly sent: StoredObject | undefined;
  readonly request: CallerWithSignal;
  readonly held: HeldWrite;
}

/** Returns the feed of the handlers: their watch, or without it their list. Returns undefined without both. */
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
  const list: PollFeedOptions['list'] = (signal) => checked.list({ ...SERVER, signal });
  return new PollFeed({ ...options, every: handlers.pollInterval, list });
}
