/**
 * Writes that come one after the other, and what becomes of one that nobody waits for any more: its handler goes on alone, and the object
 * waits for it, for as long as that can be borne.
 * @module
 */
import type { Clock } from '../../../clock.ts';
import { WriteOutcomeUnknownError } from '../../../stores/errors.ts';
import type { Logger } from '../../logger.ts';
import { HandlerUnsettledError } from './handler-error.ts';
import { KeyLanes, type Leave } from './key-lanes.ts';
import type { KnownObjects, Look } from './known-objects.ts';

/** So long an object waits for a handler that nobody else waits for. */
const LONGEST_HOLD_MS = 30_000;

/** The turn of a write. */
export interface Turn {
  /** What is observed from its beginning on. */
  readonly look: Look;
  /** Others may have written since: what the handler answers now means nothing any more. */
  readonly isOver: boolean;
}

/** What {@link WriteTurns} need. */
export interface WriteTurnsOptions {
  readonly known: KnownObjects;
  readonly clock: Clock;
  readonly log: Logger;
}

/** See the top of this file. */
export class WriteTurns {
  readonly #lanes = new KeyLanes();
  readonly #options: WriteTurnsOptions;

  constructor(options: WriteTurnsOptions) {
    this.#options = options;
  }

  /** Whether a key is being written. */
  isBusy(key: string): boolean {
    return this.#lanes.isBusy(key);
  }

  /**
   * Writes one key.
   * @throws WriteOutcomeUnknownError when the handler has not answered while somebody waited
   * @throws ApiError 429 when too many wait
   */
  async of<V>(key: string, signal: AbortSignal, write: (turn: Turn) => Promise<V>): Promise<V> {
    const leave = await this.#lanes.enter(key, signal);
    return this.#taken(key, leave, this.#options.known.look(key), write);
  }

  /** Writes several keys. */
  async ofAll<V>(keys: Iterable<string>, signal: AbortSignal, write: (turn: Turn) => Promise<V>): Promise<V> {
    const leave = await this.#lanes.enterAll(keys, signal);
    return this.#taken('several objects', leave, this.#options.known.look(), write);
  }

  async #taken<V>(what: string, leave: Leave, look: Look, write: (turn: Turn) => Promise<V>): Promise<V> {
    const turn = { look, isOver: false };
    const end = (): void => {
      turn.isOver = true;
      look.end();
      leave();
    };
    try {
      const outcome = await write(turn);
      end();
      return outcome;
    } catch (error) {
      if (error instanceof HandlerUnsettledError) throw this.#outlived(what, error, end);
      end();
      throw error;
    }
  }

  #outlived(what: string, error: HandlerUnsettledError, end: () => void): WriteOutcomeUnknownError {
    const { clock, log } = this.#options;
    log.warn(`${error.message}; ${what} can be written again when it has, or in half a minute`);
    const cancel = clock.schedule(LONGEST_HOLD_MS, end);
    void error.settled.then(() => {
      cancel();
      end();
    });
    return new WriteOutcomeUnknownError(what, error);
  }
}
