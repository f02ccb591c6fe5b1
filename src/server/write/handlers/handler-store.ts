/**
 * A store whose objects are kept by handlers.
 *
 * ```
 *   read ───► get, or list ───────────► known: a number of its own for each state that is observed ──► objects ──► view
 *   write ──► one at a time for a key ─► handler ─► its answer ─► ▲
 *             watch, or list every so often ─────────────────────┘
 * ```
 * The handlers' own state is the truth; what is known is what was observed of it last. So the numbers (revisions) lock within this
 * process only: a handler that has other writers compares `old` with what it has, and throws `refuse.conflict()`.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../../../clock.ts';
import type { Collection } from '../../../informers/collection/collection.ts';
import { keyOf, splitKey } from '../../../key.ts';
import {
  KeyExistsError,
  KeyNotFoundError,
  RevisionConflictError,
  StoreUnavailableError,
} from '../../../stores/errors.ts';
import type { StoredObject, Versioned } from '../../../stores/object-store.ts';
import { type Logger, stderrLogger } from '../../logger.ts';
import type { WrittenKind } from '../../wire/writes/written-kind.ts';
import { type Asking, type Caller, CheckedHandlers } from './checked-handlers.ts';
import { Echoes } from './echoes.ts';
import { feedOf } from './feed-of.ts';
import { HandledCollection } from './handled-collection.ts';
import { HandlerUnsettledError } from './handler-error.ts';
import type { Handlers } from '../../define/handlers.ts';
import { KnownObjects } from './known-objects.ts';
import { refusalStatus } from './refusal-status.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import { checkHandlers, isReadable, verbsOf } from '../../define/custom-parts.ts';
import { type Turn, WriteTurns } from './write-turns.ts';
import type { CallerStore } from '../writing.ts';

export type { Caller } from './checked-handlers.ts';

/** What a {@link HandlerStore} is made from. */
export interface HandlerStoreOptions {
  readonly kind: WrittenKind;
  readonly handlers: Handlers<object>;
  readonly clock?: Clock | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
  readonly log?: Logger | undefined;
  /** Objects that are remembered at most, where there is neither list nor watch. @default 10,000 */
  readonly remembered?: number | undefined;
}

const REMEMBERED = 10_000;
const NOBODY: Caller = { user: undefined, dryRun: false };

/** See the top of this file. @throws TypeError for handlers that cannot be served */
export class HandlerStore implements CallerStore {
  readonly objects: Collection<StoredObject>;
  /** For discovery. */
  readonly verbs: readonly string[];
  /** Whether dry runs are to be sent here. Where they are not, a dry run answers what it was given. */
  readonly handlesDryRun: boolean;
  /** Whether a get of one object asks here first: the rest may know it late, or never. */
  readonly readsThrough: boolean;
  readonly #name: string;
  readonly #kind: WrittenKind;
  readonly #handlers: CheckedHandlers;
  readonly #isReadable: boolean;
  readonly #known: KnownObjects;
  readonly #turns: WriteTurns;
  readonly #log: Logger;

  constructor(options: HandlerStoreOptions) {
    const {
      kind,
      handlers,
      clock = systemClock,
      random = Math.random,
      log = stderrLogger,
      remembered = REMEMBERED,
    } = options;
    this.#name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
    checkHandlers(this.#name, handlers);
    this.verbs = verbsOf(handlers);
    this.handlesDryRun = handlers.handlesDryRun ?? false;
    this.readsThrough = handlers.get !== undefined;
    this.#kind = kind;
    this.#handlers = new CheckedHandlers(this.#name, kind, handlers);
    this.#isReadable = isReadable(handlers);
    this.#log = log;
    const collection = new HandledCollection(this.#name, clock);
    const echoes = typeof handlers.watch === 'function' ? new Echoes() : undefined;
    this.#known = new KnownObjects({ collection, echoes, limit: remembered });
    this.#turns = new WriteTurns({ known: this.#known, clock, log });
    const isBusy = (key: string): boolean => this.#turns.isBusy(key);
    const parts = { name: this.#name, known: this.#known, isBusy, clock, random, log };
    collection.feed = feedOf(handlers, this.#handlers, echoes, parts);
    collection.onForget = () => this.#known.forget();
    if (collection.feed === undefined) collection.complete([]);
    this.objects = collection;
  }

  /** The same store for somebody: handlers are told who asks. */
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

  /** @throws StoreUnavailableError while a watch, the only way to read, has not told of everything yet */
  async read(key: string, signal: AbortSignal, caller: Caller = NOBODY): Promise<Versioned | undefined> {
    const asking = { ...caller, signal };
    const look = this.#known.look(key);
    try {
      if (this.#handlers.has('get')) return this.#known.found(key, await this.#got(key, asking), look);
      if (this.#handlers.has('list')) return this.#known.found(key, (await this.#handlers.list(asking)).get(key), look);
    } catch (error) {
      throw this.#readFailure(error, key);
    } finally {
      look.end();
    }
    if (this.#isReadable && !this.#known.isComplete)
      throw new StoreUnavailableError(`${this.#name}: the watch has not told of everything yet`);
    return this.#known.get(key);
  }

  /** All objects by one call of the handler `list`; without that handler, those that the watch has delivered. */
  async readAll(signal: AbortSignal, caller: Caller = NOBODY): Promise<ReadonlyMap<string, Versioned> | undefined> {
    if (!this.#handlers.has('list')) return this.#known.isComplete ? this.#known.all() : undefined;
    const look = this.#known.look();
    try {
      const listed = await this.#handlers.list({ ...caller, signal });
      const states = Array.from(listed, ([key, object]) => [key, this.#known.found(key, object, look)] as const);
      return new Map(states.flatMap(([key, state]) => (state === undefined ? [] : [[key, state]])));
    } catch (error) {
      throw this.#readFailure(error, '');
    } finally {
      look.end();
    }
  }

  create(object: StoredObject, signal: AbortSignal, caller: Caller = NOBODY): Promise<Versioned> {
    const key = keyOf(object);
    const asking = { ...caller, signal };
    return this.#turns.of(key, signal, async (turn) => {
      if ((await this.#present(key, asking)) !== undefined) throw new KeyExistsError(key);
      if (this.#isTried(caller)) return { object, revision: 0 };
      const take = (stored: StoredObject): Versioned => this.#stored(key, stored, turn, caller);
      try {
        const stored = await this.#handlers.create(key, object, asking, (late) => void take(late));
        return (await this.#overtaken(key, stored, asking, turn)) ?? take(stored);
      } catch (error) {
        if (error instanceof HandlerRefusal && error.reason.type === 'alreadyExists') throw new KeyExistsError(key);
        throw this.#told(error, key, object);
      }
    });
  }

  replace(object: StoredObject, expected: number, signal: AbortSignal, caller: Caller = NOBODY): Promise<Versioned> {
    const key = keyOf(object);
    const asking = { ...caller, signal };
    return this.#turns.of(key, signal, async (turn) => {
      const { object: old } = await this.#expect(key, expected, asking);
      if (this.#isTried(caller)) return { object, revision: expected };
      const take = (stored: StoredObject): Versioned => this.#stored(key, stored, turn, caller);
      try {
        const stored = await this.#handlers.replace(key, object, old, asking, (late) => void take(late));
        return (await this.#overtaken(key, stored, asking, turn)) ?? take(stored);
      } catch (error) {
        throw await this.#changeRefused(error, { key, expected, given: object, asking, turn });
      }
    });
  }

  delete(key: string, expected: number, signal: AbortSignal, caller: Caller = NOBODY): Promise<Versioned> {
    const asking = { ...caller, signal };
    return this.#turns.of(key, signal, async (turn) => {
      const current = await this.#expect(key, expected, asking);
      if (this.#isTried(caller)) return current;
      const take = (last: StoredObject): Versioned => this.#removed(key, last, turn, caller);
      try {
        const last = await this.#handlers.delete(key, current.object, asking, (late) => void take(late));
        const recreated = await this.#overtaken(key, undefined, asking, turn);
        return recreated === undefined ? take(last) : this.#known.unobserved(last);
      } catch (error) {
        throw await this.#changeRefused(error, { key, expected, given: undefined, asking, turn });
      }
    });
  }

  /**
   * Removes objects by the handler `deleteCollection`: nobody else has to finish first.
   * @param expected the revisions of the objects; those that are at another one by now are left out
   * @returns what was removed, as of {@link delete}
   */
  deleteCollection(
    expected: ReadonlyMap<string, number>,
    signal: AbortSignal,
    caller: Caller = NOBODY,
  ): Promise<Versioned[]> {
    return this.#turns.ofAll(expected.keys(), signal, async (turn) => {
      const olds = new Map<string, StoredObject>();
      for (const [key, revision] of expected) {
        const current = this.#known.get(key);
        if (current?.revision === revision) olds.set(key, current.object);
      }
      try {
        const gone = this.#isTried(caller) ? olds : await this.#handlers.deleteCollection(olds, { ...caller, signal });
        return Array.from(gone, ([key, last]) => this.#removed(key, last, turn, caller));
      } catch (error) {
        throw this.#told(error, '');
      }
    });
  }

  async #got(key: string, asking: Asking): Promise<StoredObject | undefined> {
    try {
      return await this.#handlers.get(key, asking);
    } catch (error) {
      if (error instanceof HandlerRefusal && error.reason.type === 'notFound') return undefined;
      throw error;
    }
  }

  /** What is under the key of a new object. Where everything is known, nothing known is nothing there. */
  #present(key: string, asking: Asking): Promise<Versioned | undefined> | undefined {
    const isAbsent = this.#known.isComplete && this.#known.get(key) === undefined;
    return isAbsent ? undefined : this.read(key, asking.signal, asking);
  }

  async #expect(key: string, expected: number, asking: Asking): Promise<Versioned> {
    const current = this.#known.get(key) ?? (await this.read(key, asking.signal, asking));
    if (current === undefined) throw new KeyNotFoundError(key);
    if (current.revision !== expected) throw new RevisionConflictError(key, expected, current);
    return current;
  }

  #isTried({ dryRun }: Caller): boolean {
    return dryRun && !this.handlesDryRun;
  }

  #stored(key: string, object: StoredObject, turn: Turn, { dryRun }: Caller): Versioned {
    const isKept = !dryRun && !turn.isOver && this.#isReadable;
    return isKept ? this.#known.wrote(key, object, turn.look) : { object, revision: 0 };
  }

  #removed(key: string, last: StoredObject, turn: Turn, { dryRun }: Caller): Versioned {
    if (dryRun || turn.isOver) return { object: last, revision: 0 };
    return this.#known.removed(key, last, turn.look);
  }

  /**
   * Asks the handlers when the watch delivered states of the object during a write, but not the one that was written: the written state may
   * have been followed by a newer one already, which must not be taken back. Without `get` and `list`, the written state is taken for
   * the newest: a watch delivers every state that a handler stores.
   * @param written the state; undefined for a deletion
   * @returns the newer state; the written one, if the object has been deleted since
   */
  async #overtaken(
    key: string,
    written: StoredObject | undefined,
    asking: Asking,
    { look }: Turn,
  ): Promise<Versioned | undefined> {
    if (asking.dryRun || !(this.#handlers.has('get') || this.#handlers.has('list'))) return undefined;
    if (!this.#known.isOvertaken(key, written, look)) return undefined;
    try {
      const newest = await this.read(key, asking.signal, asking);
      if (newest !== undefined) return isDeepStrictEqual(newest.object, written) ? undefined : newest;
      return written === undefined ? undefined : this.#known.unobserved(written);
    } catch (error) {
      // The write is stored, so the caller must not get an error for it.
      this.#log.warn(`${this.#name}: ${key} was written, but could not be read afterwards`, error);
      return undefined;
    }
  }

  /** What a failed change is to the pipeline. */
  async #changeRefused(error: unknown, { key, expected, given, asking, turn }: Change): Promise<unknown> {
    const { type, message } = error instanceof HandlerRefusal ? { message: undefined, ...error.reason } : {};
    if (type === 'notFound') {
      this.#known.found(key, undefined, turn.look);
      return new KeyNotFoundError(key);
    }
    if (type !== 'conflict' || message !== undefined) return this.#told(error, key, given);
    const current = await this.read(key, asking.signal, asking);
    return current === undefined ? new KeyNotFoundError(key) : new RevisionConflictError(key, expected, current);
  }

  #readFailure(error: unknown, key: string): unknown {
    if (!(error instanceof HandlerUnsettledError)) return this.#told(error, key);
    this.#log.warn(key === '' ? error.message : `${error.message} (${key})`);
    return new StoreUnavailableError(error.message, error);
  }

  #told(error: unknown, key: string, given?: StoredObject): unknown {
    return error instanceof HandlerRefusal ? refusalStatus(error.reason, this.#kind, splitKey(key).name, given) : error;
  }
}

/** A change that failed. */
interface Change {
  readonly key: string;
  readonly expected: number;
  readonly given: StoredObject | undefined;
  readonly asking: Asking;
  readonly turn: Turn;
}
