/** Time without the pauses of the garbage collector. */
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';

/** How long something took, in nanoseconds. */
export interface Lap {
  /** Without pauses of the garbage collector. */
  readonly work: number;
  /** Those pauses. */
  readonly collection: number;
}

export class Stopwatch implements Disposable {
  #pauses: PerformanceEntry[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#pauses.push(...list.getEntries()));

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Runs `work`, which must be synchronous, after the young generation has been emptied. */
  async lap(work: () => void): Promise<Lap> {
    collect('minor');
    await turn();
    this.#pauses = [];
    const begin = performance.now();
    work();
    const end = performance.now();
    // Pauses are told of in a later turn of the event loop.
    await turn();
    let paused = 0;
    for (const { startTime, duration } of this.#pauses) if (startTime >= begin && startTime < end) paused += duration;
    return { work: (end - begin - paused) * 1e6, collection: paused * 1e6 };
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }
}

/** Collects garbage now. @throws Error in a process without `--expose-gc` */
export function collect(type: 'minor' | 'major'): void {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc; see npm run bench');
  globalThis.gc({ type });
}

/** Bytes of the heap that are in use, after everything that can be collected has been. */
export function heapUsed(): number {
  // What only finalizers and weak references held goes with the second.
  collect('major');
  collect('major');
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

export function median(numbers: readonly number[]): number {
  const inOrder = numbers.toSorted((a, b) => a - b);
  const middle = inOrder.length >> 1;
  const upper = inOrder[middle] ?? Number.NaN;
  return inOrder.length % 2 === 1 ? upper : (upper + (inOrder[middle - 1] ?? upper)) / 2;
}

/** Lets timers, immediates and what Node tells about itself have their turn. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
