/**
 * One open watch: its frames and its deadlines.
 *
 * A dead connection looks like an idle one. So a watch has two limits: a deadline by which the server must have ended the watch and, after
 * the first bookmark, a maximum time without a frame. Both use the clock of the options and do not depend on the transport.
 * @module
 */
import { LinkedAbort, unlessAborted } from '../abort.ts';
import type { Cancel, Clock } from '../clock.ts';
import { IdleTimeoutError } from './errors.ts';
import type { ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';

/** The time after `timeoutSeconds` at which the client ends a watch that the server has not ended. */
const DEADLINE_SLACK_MS = 30_000;
/** The minimum duration of a healthy watch. */
const MIN_DURATION_MS = 1000;

/** Options of {@link WatchConnection.open}. */
export interface WatchConnectionOptions<T> {
  readonly listWatch: ListWatch<T>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly options: WatchOptions & { readonly timeoutSeconds: number };
}

/** The maximum time without a frame, and the error to throw after it. */
interface SilenceLimit {
  readonly milliseconds: number;
  readonly reason: () => Error;
}

/** A watch that the server has accepted. The owner must call {@link close}, also after a failure. */
export class WatchConnection<T> {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #lifetime: LinkedAbort;
  readonly #iterator: AsyncIterator<WatchEvent<T>>;
  readonly #cancelDeadline: Cancel;
  readonly #openedAt: number;
  #lastFrame: number;
  #frames = 0;
  #silenceLimit: SilenceLimit | undefined;
  #cancelSilence: Cancel = () => undefined;

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
    this.#lastFrame = this.#openedAt;
  }

  /**
   * Opens a watch. Resolves when the server has accepted it.
   * @throws the errors of `ListWatch.watch`, and the reason of the signal
   */
  static async open<T>(connection: WatchConnectionOptions<T>): Promise<WatchConnection<T>> {
    const { listWatch, clock, signal, options } = connection;
    signal.throwIfAborted();
    const lifetime = new LinkedAbort(signal);
    const deadline = options.timeoutSeconds * 1000 + DEADLINE_SLACK_MS;
    const cancelDeadline = clock.schedule(deadline, () =>
      lifetime.abort(
        new IdleTimeoutError(`${listWatch.name}: the server has not ended the watch after ${deadline / 1000} s`),
      ),
    );
    try {
      const frames = await unlessAborted(listWatch.watch(options, lifetime.signal), lifetime.signal);
      return new WatchConnection(connection, lifetime, frames, cancelDeadline);
    } catch (error) {
      cancelDeadline();
      lifetime.abort(error);
      throw error;
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

  /** Call it when the initial events are complete. Removes the limit of silence and resets the number of frames to zero. */
  endInitialEvents(): void {
    this.limitSilence(undefined);
    this.#frames = 0;
  }

  /**
   * From now on, {@link next} throws if no frame arrives for `milliseconds`; undefined removes the limit.
   * @param reason returns the error to throw. Default: an IdleTimeoutError
   */
  limitSilence(milliseconds: number | undefined, reason?: () => Error): void {
    this.#cancelSilence();
    this.#silenceLimit = undefined;
    if (milliseconds === undefined) return;
    const idle = (): Error => new IdleTimeoutError(`${this.#name}: no frame has arrived for ${milliseconds / 1000} s`);
    this.#silenceLimit = { milliseconds, reason: reason ?? idle };
    this.#scheduleSilence(this.#silenceLimit);
  }

  /**
   * Returns the next frame; undefined when the server has ended the watch cleanly.
   * @throws the cause if the connection broke, a frame cannot be read, or a time limit has passed
   */
  async next(): Promise<WatchEvent<T> | undefined> {
    const result = await unlessAborted(this.#iterator.next(), this.#lifetime.signal);
    this.#lastFrame = this.#clock.now();
    if (result.done === true) return undefined;
    this.#frames += 1;
    return result.value;
  }

  /** Ends the watch and releases its timers and its connection. Calling it again has no effect. */
  close(): void {
    this.#cancelSilence();
    this.#cancelDeadline();
    this.#lifetime.abort(new Error(`${this.#name}: the watch is closed`));
    // If the generator is waiting for its next frame, the abort ends it, and this promise rejects. That error has no consequence.
    this.#iterator.return?.().catch(() => undefined);
  }

  /** Uses one timer for any number of frames: when the timer fires, the time of the last frame decides. */
  #scheduleSilence(limit: SilenceLimit): void {
    const remaining = this.#lastFrame + limit.milliseconds - this.#clock.now();
    this.#cancelSilence = this.#clock.schedule(Math.max(remaining, 0), () => {
      if (this.#silenceLimit !== limit) return;
      if (this.#clock.now() - this.#lastFrame >= limit.milliseconds) this.#lifetime.abort(limit.reason());
      else this.#scheduleSilence(limit);
    });
  }
}
