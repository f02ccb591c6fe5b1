/**
 * One open watch: its frames, and its deadlines.
 *
 * A connection that has died without a word looks like a quiet one. So a watch has two limits: the time after which the server had to
 * have ended it, and, where bookmarks are known to come, a limit of silence. Both are measured on the clock given, above any transport.
 * @module
 */
import { LinkedAbort, unlessAborted } from '../abort.ts';
import type { Cancel, Clock } from '../clock.ts';
import { IdleTimeoutError } from './errors.ts';
import type { ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';

/** How long after its own timeout the server may take to end a watch, in milliseconds. */
const DEADLINE_SLACK = 30_000;

/** What a watch is opened with. */
export interface WatchConnectionOptions<T> {
  readonly listWatch: ListWatch<T>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly options: WatchOptions & { readonly timeoutSeconds: number };
}

/** An accepted watch. {@link close} must be called in the end, whatever happened. */
export class WatchConnection<T> {
  /** When the server accepted it, in milliseconds since the epoch. */
  readonly openedAt: number;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #lifetime: LinkedAbort;
  readonly #iterator: AsyncIterator<WatchEvent<T>>;
  readonly #cancelDeadline: Cancel;
  #lastFrame: number;
  #frames = 0;
  #silence: { readonly limit: number; readonly reason: () => Error } | undefined;
  #cancelSilence: Cancel = () => undefined;

  private constructor(
    name: string,
    clock: Clock,
    lifetime: LinkedAbort,
    frames: AsyncIterable<WatchEvent<T>>,
    cancelDeadline: Cancel,
  ) {
    this.#name = name;
    this.#clock = clock;
    this.#lifetime = lifetime;
    this.#iterator = frames[Symbol.asyncIterator]();
    this.#cancelDeadline = cancelDeadline;
    this.openedAt = clock.now();
    this.#lastFrame = this.openedAt;
  }

  /**
   * Opens a watch; resolves when the server has accepted it.
   * @throws what `ListWatch.watch` throws; the reason of the signal
   */
  static async open<T>({ listWatch, clock, signal, options }: WatchConnectionOptions<T>): Promise<WatchConnection<T>> {
    signal.throwIfAborted();
    const lifetime = new LinkedAbort(signal);
    const deadline = options.timeoutSeconds * 1000 + DEADLINE_SLACK;
    const cancelDeadline = clock.schedule(deadline, () =>
      lifetime.abort(
        new IdleTimeoutError(`${listWatch.name}: the server has not ended the watch after ${deadline / 1000} s`),
      ),
    );
    try {
      const frames = await unlessAborted(listWatch.watch(options, lifetime.signal), lifetime.signal);
      return new WatchConnection(listWatch.name, clock, lifetime, frames, cancelDeadline);
    } catch (error) {
      cancelDeadline();
      lifetime.abort(error);
      throw error;
    }
  }

  /** How many frames have come. */
  get frames(): number {
    return this.#frames;
  }

  /**
   * From now on the watch fails when nothing comes for `milliseconds`; undefined lifts the limit.
   * @param reason makes what it fails with; default an IdleTimeoutError
   */
  limitSilence(milliseconds: number | undefined, reason?: () => Error): void {
    this.#cancelSilence();
    this.#silence = undefined;
    if (milliseconds === undefined) return;
    const idle = (): Error => new IdleTimeoutError(`${this.#name}: nothing has come for ${milliseconds / 1000} s`);
    this.#silence = { limit: milliseconds, reason: reason ?? idle };
    this.#watchSilence(this.#silence);
  }

  /**
   * The next frame; undefined when the server has ended the watch cleanly.
   * @throws the cause, when the connection broke, a frame can't be read, or a limit has passed
   */
  async next(): Promise<WatchEvent<T> | undefined> {
    const result = await unlessAborted(this.#iterator.next(), this.#lifetime.signal);
    this.#lastFrame = this.#clock.now();
    if (result.done === true) return undefined;
    this.#frames += 1;
    return result.value;
  }

  /** Ends it and lets go of everything. Harmless when called again. */
  close(): void {
    this.#cancelSilence();
    this.#cancelDeadline();
    this.#lifetime.abort(new Error(`${this.#name}: the watch is closed`));
    // A generator that waits for its next frame ends by the signal; what it says then concerns nobody any more.
    this.#iterator.return?.().catch(() => undefined);
  }

  /** One timer at a time, however many frames come: it looks at the last one when it rings. */
  #watchSilence(silence: { readonly limit: number; readonly reason: () => Error }): void {
    const left = this.#lastFrame + silence.limit - this.#clock.now();
    this.#cancelSilence = this.#clock.schedule(Math.max(left, 0), () => {
      if (this.#silence !== silence) return;
      if (this.#clock.now() - this.#lastFrame >= silence.limit) this.#lifetime.abort(silence.reason());
      else this.#watchSilence(silence);
    });
  }
}
