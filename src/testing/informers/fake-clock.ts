/**
 * The clock for tests.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';

/** A clock that only the test advances. */
export class FakeClock implements Clock {
  readonly #tasks = new Set<{ readonly due: number; readonly run: () => void }>();
  #now: number;

  constructor(start: number = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  schedule(milliseconds: number, task: () => void): Cancel {
    const entry = { due: this.#now + milliseconds, run: task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  /** The number of scheduled tasks. It is 0 if the code under test has cancelled all its timers. */
  get waiting(): number {
    return this.#tasks.size;
  }

  /** Advances the time and runs the tasks that fall due, in order of time. It does not wait for promises; see {@link run}. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    while (this.#runNext(end));
    this.#now = end;
  }

  /** Like {@link advance}, but lets promises settle before, between and after the tasks. */
  async run(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    while (this.#runNext(end)) await settled();
    this.#now = end;
    await settled();
  }

  #runNext(limit: number): boolean {
    let next: { readonly due: number; readonly run: () => void } | undefined;
    for (const task of this.#tasks) {
      if (task.due <= limit && (next === undefined || task.due < next.due)) next = task;
    }
    if (next === undefined) return false;
    this.#tasks.delete(next);
    this.#now = Math.max(this.#now, next.due);
    next.run();
    return true;
  }
}

/** Returns a clock for tests. It starts at `start`, in milliseconds since the epoch. Default: the beginning of 2026. */
export function fakeClock(start?: number): FakeClock {
  return new FakeClock(start);
}

/** Resolves when all promises that need no timer have settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
