/**
 * Measures time without the pauses of the garbage collector, and memory.
 * @module
 */
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** The duration of one piece of work, in nanoseconds. */
interface Lap {
  /** The time without the pauses of the garbage collector. */
  readonly work: number;
  /** The pauses of the garbage collector. */
  readonly gcPauses: number;
}

export class Stopwatch implements Disposable {
  #pauses: PerformanceEntry[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#pauses.push(...list.getEntries()));

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Collects the young generation, and then measures `work`, which must be synchronous. */
  async lap(work: () => void): Promise<Lap> {
    collect('minor');
    await nextTurn();
    this.#pauses = [];
    const begin = performance.now();
    work();
    const end = performance.now();
    // The observer receives pauses in a later turn of the event loop.
    await nextTurn();
    let paused = 0;
    for (const { startTime, duration } of this.#pauses) if (startTime >= begin && startTime < end) paused += duration;
    return { work: (end - begin - paused) * 1e6, gcPauses: paused * 1e6 };
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }
}

/**
 * Collects garbage.
 * @throws Error in a process without `--expose-gc`
 */
export function collect(type: 'minor' | 'major'): void {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc({ type });
}

/** Returns the used bytes of heap and buffers after a full garbage collection. */
export function heapUsed(): number {
  // The second run frees the objects that finalizers and weak references kept until the first one.
  collect('major');
  collect('major');
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

/** Waits until timers, immediates and performance observers have run. */
async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
