/**
 * The writes that wait for a commit. All writes that arrive during a commit are committed together in the next one, so that many writers
 * share one flush of the disk.
 *
 * ```
 *   waiting ──► in a batch ── committed ──► acknowledged
 *      │            ├── failed ───────────► rejected
 *      │            └── aborted ──────────► WriteOutcomeUnknownError; the batch continues
 *      └── aborted ──► rejected with the reason, and not written
 * ```
 * @module
 */
import { onAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import { StoreUnavailableError, WriteOutcomeUnknownError } from '../errors.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { storeErrorOf } from './sqlite-failure.ts';
import type { SqliteWrite, SqliteWriteResult } from './sqlite-messages.ts';

/** The bounds of one transaction. */
const BATCH_WRITES = 1000;
const BATCH_BYTES = 8 * 1024 * 1024;

/** The bounds of the queue. Further writes are rejected, and may be retried. */
const QUEUE_WRITES = 20_000;
const QUEUE_BYTES = 64 * 1024 * 1024;

interface WaitingWrite {
  readonly write: SqliteWrite;
  readonly committed: (result: SqliteWriteResult) => void;
  readonly failed: (error: unknown) => void;
}

/** See the top of this file. */
export class CommitQueue {
  readonly #connection: SqliteConnection;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #waiting = new Set<WaitingWrite>();
  #bytes = 0;
  /** Resolves when all writes have been committed; undefined while the queue is idle. */
  #running: Promise<void> | undefined;

  constructor(connection: SqliteConnection, clock: Pick<Clock, 'now'>) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /**
   * Commits a write.
   * @param onCommit called with the result of the commit, in the order of revisions, also if the caller has aborted the write. Its result
   * is returned.
   */
  write<R>(write: SqliteWrite, onCommit: (result: SqliteWriteResult) => R, signal: AbortSignal): Promise<R> {
    signal.throwIfAborted();
    const bytes = write.json?.length ?? 0;
    if (this.#waiting.size >= QUEUE_WRITES || (this.#waiting.size > 0 && this.#bytes + bytes > QUEUE_BYTES))
      throw new StoreUnavailableError(`${this.#waiting.size} writes wait for the disk; retry later`);
    return new Promise((resolve, reject) => {
      const removeListener = onAbort(signal, () => {
        if (this.#remove(waiting)) reject(signal.reason);
        else reject(new WriteOutcomeUnknownError(write.key, signal.reason));
      });
      const waiting: WaitingWrite = {
        write,
        committed: (result) => {
          removeListener();
          try {
            resolve(onCommit(result));
          } catch (error) {
            reject(error);
          }
        },
        failed: (error) => {
          removeListener();
          reject(error);
        },
      };
      this.#waiting.add(waiting);
      this.#bytes += bytes;
      this.#running ??= this.#run();
    });
  }

  /** Resolves when no write is waiting. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Removes a write that is not in a batch yet. Returns false if it is. */
  #remove(waiting: WaitingWrite): boolean {
    if (!this.#waiting.delete(waiting)) return false;
    this.#bytes -= waiting.write.json?.length ?? 0;
    return true;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    // Writes of the same task of the event loop are in one batch.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      let batch: readonly WaitingWrite[] = [];
      try {
        await this.#connection.turn(async () => {
          batch = this.#nextBatch();
          if (batch.length === 0) return;
          const writes = batch.map(({ write }) => write);
          this.#deliver(batch, await this.#connection.call('commit', { writes, now: this.#clock.now() }));
        });
      } catch (error) {
        // If the file could not be opened, no batch was made, and all waiting writes fail.
        for (const { write, failed } of batch.length > 0 ? batch : this.#removeAll())
          failed(storeErrorOf(error, write.key));
      }
    }
    this.#running = undefined;
  }

  #deliver(batch: readonly WaitingWrite[], results: readonly SqliteWriteResult[]): void {
    for (const result of results) if (result.type === 'written') this.#connection.committed(result.revision);
    batch.forEach(({ committed }, index) => {
      const result = results[index];
      if (result !== undefined) committed(result);
    });
  }

  #nextBatch(): readonly WaitingWrite[] {
    const batch: WaitingWrite[] = [];
    let bytes = 0;
    for (const waiting of this.#waiting) {
      const size = waiting.write.json?.length ?? 0;
      if (batch.length > 0 && (batch.length === BATCH_WRITES || bytes + size > BATCH_BYTES)) break;
      bytes += size;
      batch.push(waiting);
    }
    for (const waiting of batch) this.#remove(waiting);
    return batch;
  }

  #removeAll(): readonly WaitingWrite[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    this.#bytes = 0;
    return all;
  }
}
