/**
 * The connection of a store to its file: it opens the file, and opens it again after a failure.
 *
 * ```
 *   idle ──first use──► opening ── locked, and all collections have caught up ──► open
 *                        ▲   │                                                      │
 *                        │   └──────────── failed ◄── thread ended, file broken ────┘
 *                        └──── backoff ───────┘                 any ── close() ──► closed
 * ```
 *
 * Promises:
 * - A call waits for an attempt to open the file that is in progress. While the connection has failed, it throws the reason at once.
 * - Turns run one after the other. No write is committed while a collection loads its objects, so that it cannot miss one.
 * - Before the first turn after a failure, every collection has the writes whose outcome was unknown.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';
import { Backoff, type BackoffOptions } from '../../informers/collection/backoff.ts';
import { RevisionsWentBackError, StoreRefusedError } from '../errors.ts';
import { SqliteCallError, storeErrorOf } from './sqlite-failure.ts';
import type { SqliteCalls, SqliteFileOptions } from './sqlite-messages.ts';
import type { SqliteCaller, SqliteThread } from './sqlite-thread.ts';

/** A collection that follows the file. */
export interface SqliteFollower {
  /** Reads the writes that the collection does not have yet, if it has loaded its objects. */
  catchUp(thread: SqliteCaller): Promise<void>;
}

/** Options of {@link SqliteConnection}. */
export interface SqliteConnectionOptions {
  readonly file: SqliteFileOptions;
  /** Starts the thread that opens the file. */
  readonly startThread: (path: string) => SqliteThread;
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
}

type State = 'idle' | 'opening' | 'open' | 'failed' | 'closed';

/** See the top of this file. */
export class SqliteConnection implements SqliteCaller {
  readonly #options: SqliteConnectionOptions;
  readonly #backoff: Backoff;
  readonly #followers = new Set<SqliteFollower>();
  #state: State = 'idle';
  #thread: SqliteThread | undefined;
  #failure: unknown;
  /** Resolves when the current attempt to open the file has ended. */
  #attempt: Promise<void> = Promise.resolve();
  #cancelRetry: Cancel = () => undefined;
  /** Resolves when the last turn has ended. */
  #lastTurn: Promise<void> = Promise.resolve();
  /** The highest revision that was read from the file. */
  #counter = 0;
  #firstCounter: number | undefined;

  constructor(options: SqliteConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock, options.random, options.backoff);
  }

  /** The reason why the file cannot be used now; undefined while it is open or not in use yet. */
  get failure(): unknown {
    return this.#state === 'open' ? undefined : this.#failure;
  }

  /** The revision of the file when this process first opened it. All later writes are its own. */
  get firstCounter(): number {
    return this.#firstCounter ?? 0;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Adds a collection that must catch up when the file was opened again. */
  follow(follower: SqliteFollower): void {
    this.#followers.add(follower);
  }

  /**
   * Resolves when the file is open.
   * @throws StoreUnavailableError, StoreRefusedError, RevisionsWentBackError if the attempt to open it fails
   */
  async opened(): Promise<void> {
    if (this.#state === 'idle') this.#startAttempt();
    await this.#attempt;
    if (this.#state !== 'open') throw this.#failure;
  }

  async call<Name extends keyof SqliteCalls>(
    name: Name,
    call: SqliteCalls[Name]['call'],
  ): Promise<SqliteCalls[Name]['result']> {
    await this.opened();
    const thread = this.#thread;
    if (thread === undefined) throw this.#failure;
    try {
      return await thread.call(name, call);
    } catch (error) {
      if (error instanceof SqliteCallError && error.isBroken && this.#thread === thread) this.#fail(error);
      throw error;
    }
  }

  /** Records a revision that was committed. */
  committed(revision: number): void {
    this.#counter = revision;
  }

  /** Runs a task after all earlier turns, when the file is open. */
  async turn<R>(task: () => Promise<R>): Promise<R> {
    const before = this.#lastTurn;
    let end = (): void => undefined;
    this.#lastTurn = new Promise((resolve) => (end = resolve));
    await before;
    try {
      await this.opened();
      return await task();
    } finally {
      end();
    }
  }

  /** Closes the file and ends the thread. Later calls, and those of a turn that still runs, are refused. */
  async close(): Promise<void> {
    await this.#attempt;
    this.#cancelRetry();
    const thread = this.#thread;
    this.#state = 'closed';
    this.#thread = undefined;
    this.#failure = closedStore(this.#options.file.path);
    await this.#lastTurn;
    try {
      await thread?.call('close', undefined);
    } catch (error) {
      throw storeErrorOf(error);
    } finally {
      await thread?.terminate();
    }
  }

  #startAttempt(): void {
    this.#state = 'opening';
    this.#attempt = this.#open();
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    const thread = this.#options.startThread(this.#options.file.path);
    this.#thread = thread;
    try {
      const { counter } = await thread.call('open', this.#options.file);
      this.#firstCounter ??= counter;
      if (counter < this.#counter) throw new RevisionsWentBackError(counter, this.#counter);
      for (const follower of this.#followers) await follower.catchUp(thread);
      this.#counter = counter;
      this.#state = 'open';
      this.#failure = undefined;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#state = 'failed';
    this.#failure = storeErrorOf(error);
    // Its pending calls have failed already. The promise does not reject.
    void thread?.terminate();
    this.#cancelRetry = this.#options.clock.schedule(this.#backoff.next(), () => {
      if (this.#state === 'failed') this.#startAttempt();
    });
  }
}

/** Returns the error of a call after `close()`. */
export function closedStore(path: string): StoreRefusedError {
  return new StoreRefusedError(`the store ${path} is closed`);
}
