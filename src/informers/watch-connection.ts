/**
 * One open watch: its frames and its deadlines.
 *
 * A dead connection looks like an idle one. So a watch has limits: a time for its response to begin, a deadline by which the server must have
 * ended the watch, and a maximum time without a frame, after which the owner checks the watch. All use the clock of the options and do not
 * depend on the transport.
 * @module
 */
import { LinkedAbort, onAbort, unlessAborted } from '../abort.ts';
import type { Cancel, Clock } from '../clock.ts';
import { IdleTimeoutError } from './errors.ts';
import type { ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';

/** The time after `timeoutSeconds` at which the client ends a watch that the server has not ended. */
const DEADLINE_SLACK_MS = 30_000;
/** The maximum time until the response begins. */
const ACCEPT_TIMEOUT_MS = 10_000;
/** The minimum duration of a healthy watch. */
const MIN_DURATION_MS = 1000;

/** Options of {@link WatchConnection.open}. */
export interface WatchConnectionOptions<T> {
  readonly listWatch: ListWatch<T>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly options: WatchOptions & { readonly timeoutSeconds: number };
  /** The time after `timeoutSeconds` at which the client ends a watch that the server has not ended. Default 30 s. */
  readonly slack?: number | undefined;
}

/** The result of {@link WatchConnection.nextUnlessSilent} if no frame has arrived. */
export const SILENT: unique symbol = Symbol('no frame has arrived');

/** A watch that the server has accepted. The owner must call {@link close}, also after a failure. */
export class WatchConnection<T> {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #lifetime: LinkedAbort;
  readonly #iterator: AsyncIterator<WatchEvent<T>>;
  readonly #cancelDeadline: Cancel;
  readonly #openedAt: number;
  /** The frame that the owner has not taken yet. */
  #pending: Promise<IteratorResult<WatchEvent<T>>> | undefined;
  /** The last frame or {@link confirm}. */
  #quietSince: number;
  #quietLimit = 0;
  #cancelQuiet: Cancel | undefined;
  #onQuiet: (() => void) | undefined;
  #frames = 0;

  private constructor(
    { listWatch: { name }, clock }: WatchConnectionOptions<T>,
    lifetime: LinkedAbort,
    frames: AsyncIterable<WatchEvent<T>>,
    cancelDeadline: Cancel,
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.#iterator = frames[Symbol.asyncIterator]();
    this.#cancelDeadline = cancelDeadline;
    this.#openedAt = clock.now();
    this.#quietSince = this.#openedAt;
  }

  /**
   * Opens a watch. Resolves when the server has accepted it.
   * @throws the errors of `ListWatch.watch`, and the reason of the signal
   */
  static async open<T>(connection: WatchConnectionOptions<T>): Promise<WatchConnection<T>> {
    const { listWatch, clock, signal, options, slack = DEADLINE_SLACK_MS } = connection;
    signal.throwIfAborted();
    const lifetime = new LinkedAbort(signal);
    const endAfter = (milliseconds: number, problem: string): Cancel =>
      clock.schedule(milliseconds, () =>
        lifetime.abort(new IdleTimeoutError(`${listWatch.name}: ${problem} after ${milliseconds / 1000} s`)),
      );
    const deadline = options.timeoutSeconds * 1000 + slack;
    const cancelDeadline = endAfter(deadline, 'the server has not ended the watch');
    const cancelAccept = endAfter(ACCEPT_TIMEOUT_MS, 'the server has not accepted the watch');
    try {
      const frames = await unlessAborted(listWatch.watch(options, lifetime.signal), lifetime.signal);
      return new WatchConnection(connection, lifetime, frames, cancelDeadline);
    } catch (error) {
      cancelDeadline();
      lifetime.abort(error);
      throw error;
    } finally {
      cancelAccept();
    }
  }

  /** The number of frames so far, without the initial events. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether the watch has lasted for the minimum duration of a healthy one. */
  get hasLastedMinimum(): boolean {
    return this.#clock.now() - this.#openedAt >= MIN_DURATION_MS;
  }

  /** Call it when the initial events are complete. Resets the number of frames to zero. */
  endInitialEvents(): void {
    this.#frames = 0;
  }

  /**
   * Returns the next frame; undefined when the server has ended the watch cleanly.
   * @throws the cause if the connection broke, a frame cannot be read, or a time limit has passed
   */
  async next(): Promise<WatchEvent<T> | undefined> {
    return this.#take(await unlessAborted(this.#read(), this.#lifetime.signal));
  }

  /**
   * Like {@link next}, but returns {@link SILENT} if no frame has arrived for `milliseconds`. The watch stays open then, and the frame is
   * not lost: a later call returns it.
   */
  nextUnlessSilent(milliseconds: number): Promise<WatchEvent<T> | undefined | typeof SILENT> {
    this.#quietLimit = milliseconds;
    if (this.#cancelQuiet === undefined) this.#scheduleQuiet();
    return new Promise((resolve, reject) => {
      let isSilent = false;
      const { signal } = this.#lifetime;
      const removeListener = onAbort(signal, () => reject(signal.reason));
      this.#onQuiet = () => {
        isSilent = true;
        removeListener();
        resolve(SILENT);
      };
      this.#read()
        .then(
          (result) => {
            if (!isSilent) resolve(this.#take(result));
          },
          (error: unknown) => reject(signal.aborted ? signal.reason : error),
        )
        .finally(removeListener);
    });
  }

  /** Resolves when a frame has arrived that the owner has not taken, or when the watch has ended. Never rejects. */
  async arrived(): Promise<void> {
    await unlessAborted(this.#read(), this.#lifetime.signal).catch(() => undefined);
  }

  /** Records that the watch works although no frame has arrived. The time without a frame begins again. */
  confirm(): void {
    this.#quietSince = this.#clock.now();
  }

  /** Ends the watch: {@link next} throws this error. */
  fail(error: Error): void {
    this.#lifetime.abort(error);
  }

  /** Ends the watch and releases its timers and its connection. Calling it again has no effect. */
  close(): void {
    this.#cancelQuiet?.();
    this.#cancelDeadline();
    this.#lifetime.abort(new Error(`${this.#name}: the watch is closed`));
    // If the generator is waiting for its next frame, the abort ends it, and this promise rejects. That error has no consequence.
    this.#iterator.return?.().catch(() => undefined);
  }

  #read(): Promise<IteratorResult<WatchEvent<T>>> {
    return (this.#pending ??= this.#iterator.next());
  }

  #take(result: IteratorResult<WatchEvent<T>>): WatchEvent<T> | undefined {
    this.#pending = undefined;
    this.#onQuiet = undefined;
    this.#quietSince = this.#clock.now();
    if (result.done === true) return undefined;
    this.#frames += 1;
    return result.value;
  }

  /** Uses one timer for any number of frames: when the timer fires, the time of the last frame decides. */
  #scheduleQuiet(): void {
    const remaining = this.#quietSince + this.#quietLimit - this.#clock.now();
    this.#cancelQuiet = this.#clock.schedule(Math.max(remaining, 0), () => {
      this.#cancelQuiet = undefined;
      if (this.#clock.now() - this.#quietSince < this.#quietLimit) this.#scheduleQuiet();
      else this.#onQuiet?.();
    });
  }
}
