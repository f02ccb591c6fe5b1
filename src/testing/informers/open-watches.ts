/**
 * The watches that are open on a fake upstream, and what becomes of their connections.
 * @module
 */
import type { WatchEvent } from '../../informers/list-watch.ts';
import { FrameQueue } from './frame-queue.ts';

interface OpenWatch<T> {
  readonly queue: FrameQueue<WatchEvent<T>>;
  /** Frames held back while connections are silent. */
  readonly held: WatchEvent<T>[];
}

/** Sends to all, and breaks, ends or silences all. */
export class OpenWatches<T> {
  readonly #watches = new Set<OpenWatch<T>>();
  #silent = false;

  get size(): number {
    for (const watch of this.#watches) if (watch.queue.ended) this.#watches.delete(watch);
    return this.#watches.size;
  }

  /** A new watch, which begins with these frames and fails with the reason of the signal. */
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
