/**
 * How late the event loop runs: while a long piece of work holds it, all requests wait. A timer of Node measures it outside of JavaScript.
 * @module
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../clock.ts';

/** The interval of the timer in milliseconds. A delay is the time by which it is late. */
const INTERVAL_MS = 20;
/** The minimum time that a reading covers after the first minute, in milliseconds. */
const WINDOW_MS = 60_000;

/** The delays of a period, in seconds. */
export interface DelayReading {
  readonly median: number;
  readonly p99: number;
  readonly maximum: number;
  /** The length of the period. */
  readonly period: number;
}

/** A histogram of the intervals of a timer, in nanoseconds. */
export type IntervalSource = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  'enable' | 'disable' | 'reset' | 'percentile' | 'max' | 'count'
>;

interface Window {
  readonly start: number;
  readonly median: number;
  readonly p99: number;
  readonly maximum: number;
}

/** The delays of the event loop of this process, in the last minute at least. Nothing runs for it between two readings. */
export class EventLoopDelay {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #intervals: IntervalSource;
  #start: number;
  /** The window before the current one. */
  #last: Window | undefined;

  constructor(
    clock: Pick<Clock, 'now'>,
    intervals: IntervalSource = monitorEventLoopDelay({ resolution: INTERVAL_MS }),
  ) {
    this.#clock = clock;
    this.#intervals = intervals;
    this.#start = clock.now();
  }

  start(): void {
    this.#start = this.#clock.now();
    this.#last = undefined;
    this.#intervals.reset();
    this.#intervals.enable();
  }

  stop(): void {
    this.#intervals.disable();
  }

  /** Returns the delays since the beginning of the last window. A reading begins a new window if the current one is a minute old. */
  read(): DelayReading {
    const now = this.#clock.now();
    const current = this.#window();
    const last = this.#last;
    const reading = {
      median: current.median,
      p99: Math.max(current.p99, last?.p99 ?? 0),
      maximum: Math.max(current.maximum, last?.maximum ?? 0),
      period: Math.max(0, now - (last?.start ?? current.start)) / 1000,
    };
    if (now - current.start >= WINDOW_MS) {
      this.#last = current;
      this.#start = now;
      this.#intervals.reset();
    }
    return reading;
  }

  #window(): Window {
    const { count, max } = this.#intervals;
    if (count === 0) return { start: this.#start, median: 0, p99: 0, maximum: 0 };
    return {
      start: this.#start,
      median: delayOf(this.#intervals.percentile(50)),
      p99: delayOf(this.#intervals.percentile(99)),
      maximum: delayOf(max),
    };
  }
}

/** Returns seconds. @param interval in nanoseconds */
function delayOf(interval: number): number {
  return Math.max(0, interval / 1e9 - INTERVAL_MS / 1000);
}
