/**
 * The open watches of a fake API server, and their connections.
 * @module
 */
import type { WatchEvent } from '../../informers/list-watch.ts';

interface OpenWatch<T> {
  readonly queue: FrameQueue<WatchEvent<T>>;
  /** Frames that are held back while connections are silent. */
  readonly held: WatchEvent<T>[];
}

/** The open watches. Each method applies to all of them. */
export class FakeWatches<T> {
  readonly #watches = new Set<OpenWatch<T>>();
  #silent = false;

  get size(): number {
    for (const watch of this.#watches) if (watch.queue.ended) this.#watches.delete(watch);
    return this.#watches.size;
  }

  /** Opens a watch that begins with these frames. When the signal aborts, the watch fails with the reason. */
  open(first: readonly WatchEvent<T>[], signal: AbortSignal): AsyncIterable<WatchEvent<T>> {
    const watch: OpenWatch<T> = { queue: new FrameQueue(), held: [] };
    signal.addEventListener('abort', () => watch.queue.fail(signal.reason), { once: true });
    this.#watches.add(watch);
    for (const frame of first) this.#deliver(watch, frame);
    return watch.queue;
  }

  send(frame: WatchEvent<T>): void {
    for (const watch of this.#watches) this.#deliver(watch, frame);
  }

  fail(error: Error): void {
    for (const { queue } of this.#watches) queue.fail(error);
    this.#watches.clear();
  }

  end(): void {
    for (const { queue } of this.#watches) queue.end();
    this.#watches.clear();
  }

  silence(): void {
    this.#silent = true;
  }

  /** Ends the silence for watches that are opened from now on. */
  wakeNew(): void {
    this.#silent = false;
  }

  wake(): void {
    this.#silent = false;
    for (const watch of this.#watches) for (const frame of watch.held.splice(0)) this.#deliver(watch, frame);
  }

  #deliver(watch: OpenWatch<T>, frame: WatchEvent<T>): void {
    if (this.#silent) {
      watch.held.push(frame);
      return;
    }
    watch.queue.push(frame);
    if (frame.type === 'ERROR') watch.queue.end();
  }
}

/** Sent frames that have not been read yet, as an async iterable for one reader. The sender can end it or break it. */
class FrameQueue<F> implements AsyncIterable<F> {
  readonly #waiting: F[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  get ended(): boolean {
    return this.#end !== undefined;
  }

  push(frame: F): void {
    if (this.#end !== undefined) return;
    this.#waiting.push(frame);
    this.#wake?.();
  }

  /** Ends the iterable cleanly after the frames that were sent. */
  end(): void {
    this.#end ??= {};
    this.#wake?.();
  }

  /** Breaks the iterable after the frames that were sent. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<F, void, void> {
    try {
      for (;;) {
        const frame = this.#waiting.shift();
        if (frame !== undefined) {
          yield frame;
        } else if (this.#end !== undefined) {
          if ('error' in this.#end) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.end();
    }
  }
}
