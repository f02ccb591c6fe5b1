/**
 * Reads of a handlers' resource: with `get`, or without it with `list`, or without both from the objects that the watch has delivered.
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
  /** Whether the handlers have `get`, `list` or `watch`. */
  readonly isReadable: boolean;
  readonly log: Logger;
  /** Translates a refusal into the error for the client. Returns other errors unchanged. */
  readonly refused: (error: unknown, key: string) => unknown;
}

/** The reads of one resource. */
export class HandlerReads {
  readonly #options: HandlerReadsOptions;

  constructor(options: HandlerReadsOptions) {
    this.#options = options;
  }

  /**
   * Returns the newest state of an object, or undefined if it does not exist.
   * @throws StoreUnavailableError if only the watch can read, and it has not delivered all objects yet
   */
  async one(key: string, caller: CallerWithSignal): Promise<Versioned | undefined> {
    const { name, handlers, known, isReadable } = this.#options;
    const observation = known.observe(key);
    try {
      if (handlers.has('get')) return known.recordRead(key, await this.#got(key, caller), observation);
      if (handlers.has('list')) return known.recordRead(key, (await handlers.list(caller)).get(key), observation);
    } catch (error) {
      throw this.#failure(error, key);
    } finally {
      observation.end();
    }
    if (isReadable && !known.isComplete) {
      throw new StoreUnavailableError(`${name}: the watch has not delivered all objects yet`);
    }
    return known.get(key);
  }

  /**
   * Returns the newest states of all objects, with one call of `list`, or without it from the watch. Returns undefined if neither can
   * return them.
   */
  async all(caller: CallerWithSignal): Promise<ReadonlyMap<string, Versioned> | undefined> {
    const { handlers, known } = this.#options;
    if (!handlers.has('list')) return known.isComplete ? known.all() : undefined;
    const observation = known.observe();
    try {
      const listed = await handlers.list(caller);
      const states = Array.from(listed, ([key, object]) => [key, known.recordRead(key, object, observation)] as const);
      return new Map(states.flatMap(([key, state]) => (state === undefined ? [] : [[key, state]])));
    } catch (error) {
      throw this.#failure(error, '');
    } finally {
      observation.end();
    }
  }

  /**
   * Reads whether a newer state has already followed a write. It calls a handler only if the watch delivered states of the object during
   * the write, but not the written state. Without `get` and `list`, the written state counts as the newest: if the watch is the only way to
   * read, it must deliver every state.
   * @param written the written state; undefined for a deletion
   * @returns the newer state; the written state if the object was deleted after the write; undefined if the written state is the newest
   */
  async newerThan(
    key: string,
    written: StoredObject | undefined,
    observation: Observation,
    caller: CallerWithSignal,
  ): Promise<Versioned | undefined> {
    const { name, handlers, known, log } = this.#options;
    if (caller.dryRun || !(handlers.has('get') || handlers.has('list'))) return undefined;
    if (!known.isOvertaken(key, written, observation)) return undefined;
    try {
      const newest = await this.one(key, caller);
      if (newest !== undefined) return isDeepStrictEqual(newest.object, written) ? undefined : newest;
      return written === undefined ? undefined : known.withNewRevision(written);
    } catch (error) {
      // The write is stored, so the client must not receive an error.
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
