/**
 * Reads of a handlers' resource: by `get`, else by `list`, else from the objects that the watch has delivered.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { StoreUnavailableError } from '../../../stores/errors.ts';
import type { StoredObject, Versioned } from '../../../stores/object-store.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import type { Logger } from '../../logger.ts';
import type { CallerWithSignal, CheckedHandlers } from './checked-handlers.ts';
import { HandlerUnsettledError } from './handler-error.ts';
import type { KnownObjects, Observation } from './known-objects.ts';

/** The parts that {@link HandlerReads} uses. */
export interface HandlerReadsOptions {
  readonly name: string;
  readonly handlers: CheckedHandlers;
  readonly known: KnownObjects;
  /** Whether any handler can read. */
  readonly isReadable: boolean;
  readonly log: Logger;
  /** Translates a handler's refusal into the error for the client; other errors stay as they are. */
  readonly refused: (error: unknown, key: string) => unknown;
}

/** See the top of this file. */
export class HandlerReads {
  readonly #options: HandlerReadsOptions;

  constructor(options: HandlerReadsOptions) {
    this.#options = options;
  }

  /**
   * The newest state of an object; undefined if it does not exist.
   * @throws StoreUnavailableError if only the watch can read, and it has not delivered all objects yet
   */
  async one(key: string, caller: CallerWithSignal): Promise<Versioned | undefined> {
    const { name, handlers, known, isReadable } = this.#options;
    const seen = known.observe(key);
    try {
      if (handlers.has('get')) return known.found(key, await this.#got(key, caller), seen);
      if (handlers.has('list')) return known.found(key, (await handlers.list(caller)).get(key), seen);
    } catch (error) {
      throw this.#failure(error, key);
    } finally {
      seen.end();
    }
    if (isReadable && !known.isComplete) {
      throw new StoreUnavailableError(`${name}: the watch has not delivered all objects yet`);
    }
    return known.get(key);
  }

  /** The newest states of all objects, by one call of `list`; without it, those that the watch has delivered. */
  async all(caller: CallerWithSignal): Promise<ReadonlyMap<string, Versioned> | undefined> {
    const { handlers, known } = this.#options;
    if (!handlers.has('list')) return known.isComplete ? known.all() : undefined;
    const seen = known.observe();
    try {
      const listed = await handlers.list(caller);
      const states = Array.from(listed, ([key, object]) => [key, known.found(key, object, seen)] as const);
      return new Map(states.flatMap(([key, state]) => (state === undefined ? [] : [[key, state]])));
    } catch (error) {
      throw this.#failure(error, '');
    } finally {
      seen.end();
    }
  }

  /**
   * Finds out whether a newer state has already followed a write. It asks the handlers only if the watch has delivered states of the object
   * during the write, but not the written one. Without `get` and `list`, the written state counts as the newest: a watch that is the only
   * way to read must deliver every state.
   * @param written the written state; undefined for a deletion
   * @returns the newer state, or the written one if the object has been deleted since; undefined if the written state is the newest
   */
  async newerThan(
    key: string,
    written: StoredObject | undefined,
    seen: Observation,
    caller: CallerWithSignal,
  ): Promise<Versioned | undefined> {
    const { name, handlers, known, log } = this.#options;
    if (caller.dryRun || !(handlers.has('get') || handlers.has('list'))) return undefined;
    if (!known.isOvertaken(key, written, seen)) return undefined;
    try {
      const newest = await this.one(key, caller);
      if (newest !== undefined) return isDeepStrictEqual(newest.object, written) ? undefined : newest;
      return written === undefined ? undefined : known.unobserved(written);
    } catch (error) {
      // The write is stored, so its client must not get an error.
      log.warn(`${name}: ${key} was written, but could not be read afterwards`, error);
      return undefined;
    }
  }

  async #got(key: string, caller: CallerWithSignal): Promise<StoredObject | undefined> {
    try {
      return await this.#options.handlers.get(key, caller);
    } catch (error) {
      if (error instanceof HandlerRefusal && error.reason.type === 'notFound') return undefined;
      throw error;
    }
  }

  #failure(error: unknown, key: string): unknown {
    const { log, refused } = this.#options;
    if (!(error instanceof HandlerUnsettledError)) return refused(error, key);
    log.warn(key === '' ? error.message : `${error.message} (${key})`);
    return new StoreUnavailableError(error.message, error);
  }
}
