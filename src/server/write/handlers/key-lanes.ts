/**
 * One writer at a time for each key.
 * @module
 */
import { unlessAborted } from '../../../abort.ts';
import { tooManyRequests } from '../../wire/status.ts';

/** So many wait for one key at most. */
const LONGEST_QUEUE = 256;

/** Leaves a lane, for the next one to enter. Harmless when called again. */
export type Leave = () => void;

interface Lane {
  waiting: number;
  /** Resolves when all who came before have left. */
  tail: Promise<void>;
}

/** Queues by key, in order of arrival. */
export class KeyLanes {
  readonly #lanes = new Map<string, Lane>();

  /** Whether somebody writes a key, or waits to. */
  isBusy(key: string): boolean {
    return this.#lanes.has(key);
  }

  /**
   * Resolves when it is the caller's turn.
   * @throws ApiError 429 when too many wait
   * @throws the reason of the signal, when it was aborted first
   */
  async enter(key: string, signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    const lane = this.#lanes.get(key) ?? { waiting: 0, tail: Promise.resolve() };
    if (lane.waiting >= LONGEST_QUEUE) throw tooManyRequests(`too many requests write ${key} at once`, 1);
    this.#lanes.set(key, lane);
    lane.waiting += 1;
    const before = lane.tail;
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    lane.tail = before.then(() => left);
    let hasLeft = false;
    const once = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      lane.waiting -= 1;
      if (lane.waiting === 0) this.#lanes.delete(key);
      leave();
    };
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      once();
      throw error;
    }
    return once;
  }

  /** Enters several lanes. In one order for everybody, so that no two wait for each other. */
  async enterAll(keys: Iterable<string>, signal: AbortSignal): Promise<Leave> {
    const entered: Leave[] = [];
    const leave = (): void => entered.forEach((one) => one());
    try {
      for (const key of [...new Set(keys)].toSorted()) entered.push(await this.enter(key, signal));
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }
}
