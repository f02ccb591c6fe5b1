/**
 * The ladder of a reflector: the ways to follow a resource, from the best to the one that works almost everywhere.
 *
 * ```
 *   watchList ──► pages ──► onePage          how a complete state is read
 *       └───────────┴──────────┴──► interval   it is read again and again, because watches fail
 * ```
 * A way that fails is *worn* after {@link WORN_AFTER_FAILURES} failures in a row over at least {@link WORN_AFTER_MS}, or at once if the server
 * does not support it. When a state was read by a lower step, the ladder leaves the worn steps above it. Nothing changes while all ways
 * fail, because then the server is down. Later the ladder allows an attempt one step higher: after one to two minutes, and after growing
 * times up to half an hour.
 * @module
 */
import type { Clock } from '../clock.ts';
import { Backoff } from './collection/backoff.ts';
import type { LadderStep } from './collection/source-metrics.ts';

/** A way to read a complete state, in the order of the ladder. */
export type ReadingWay = Exclude<LadderStep, 'interval'>;

/** A way to obtain newer data. `watch`: a watch from the frontier. */
export type Way = ReadingWay | 'watch';

/** The failures in a row after which a way can be worn. */
export const WORN_AFTER_FAILURES = 3;
/** The minimum time between the first and the last of them. */
export const WORN_AFTER_MS = 30_000;
/** The time to the first attempt one step higher; the real one is shorter at random, by half at most. It doubles after each failure. */
const CLIMB_AFTER_MS = 120_000;
/** The maximum of that time. */
const MAX_CLIMB_AFTER_MS = 1_800_000;
/** The time without a failed attempt after which it starts again at {@link CLIMB_AFTER_MS}. */
const CLIMB_RESET_MS = 3_600_000;

const READING_WAYS: readonly ReadingWay[] = ['watchList', 'pages', 'onePage'];

/** Consecutive failures of a way. */
interface Failures {
  readonly count: number;
  readonly since: number;
  /** Whether the server does not support the way. */
  readonly isUnsupported: boolean;
}

/** Options of a {@link Ladder}. */
export interface LadderOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether the user requested polling: there are no watches, and no attempts to watch. */
  readonly poll: boolean;
  /** Counts changes of the step, and attempts one step higher. */
  readonly count: (event: 'stepsDown' | 'stepsUp' | 'climbs') => void;
}

/** The current step and the failures that led to it, see the top of this file. */
export class Ladder {
  readonly #options: LadderOptions;
  readonly #climbs: Backoff;
  readonly #failures = new Map<Way, Failures>();
  #reading: ReadingWay;
  #polls: boolean;
  #climbAt = Number.POSITIVE_INFINITY;
  #wasWatched = false;

  constructor(options: LadderOptions) {
    const { clock, random, poll } = options;
    this.#options = options;
    this.#climbs = new Backoff(clock, random, {
      initial: CLIMB_AFTER_MS,
      maximum: MAX_CLIMB_AFTER_MS,
      resetAfter: CLIMB_RESET_MS,
    });
    this.#reading = poll ? 'pages' : 'watchList';
    this.#polls = poll;
  }

  get step(): LadderStep {
    return this.#polls ? 'interval' : this.#reading;
  }

  /** Whether the resource is listed at an interval. */
  get polls(): boolean {
    return this.#polls;
  }

  /** Whether a watch has worked since the reflector was made. */
  get wasWatched(): boolean {
    return this.#wasWatched;
  }

  /** Whether it is time for an attempt to watch a resource that is polled. */
  get canTryWatch(): boolean {
    return this.#polls && !this.#options.poll && this.#isClimbDue;
  }

  /** The number of consecutive failures of a way. */
  failuresOf(way: Way): number {
    return this.#failures.get(way)?.count ?? 0;
  }

  /**
   * Returns all ways to obtain newer data, in the order in which a reflector tries them: from the current step down, or from the step above
   * it when an attempt is due; then `watch`; then the steps above.
   */
  ways(): readonly Way[] {
    if (this.#options.poll) return ['pages', 'onePage'];
    const current = READING_WAYS.indexOf(this.#reading);
    const isAttempt = !this.#polls && current > 0 && this.#isClimbDue;
    const first = isAttempt ? current - 1 : this.#polls ? Math.max(current, 1) : current;
    return [...READING_WAYS.slice(first), 'watch', ...READING_WAYS.slice(0, first)];
  }

  /** A way has failed. @param isUnsupported whether the server does not support it, so that repeating it does not help */
  failed(way: Way, isUnsupported: boolean): void {
    if (this.#isAbove(way) && this.#isClimbDue) {
      this.#options.count('climbs');
      this.#scheduleClimb();
    }
    const now = this.#options.clock.now();
    const { count, since } = this.#failures.get(way) ?? { count: 0, since: now };
    this.#failures.set(way, { count: count + 1, since, isUnsupported });
  }

  /** A complete state was read. A state of a WatchList shows that watches work too. */
  read(way: ReadingWay): void {
    const before = READING_WAYS.indexOf(this.#reading);
    const polled = this.#polls;
    const index = READING_WAYS.indexOf(way);
    if (this.#isAbove(way) && this.#isClimbDue) this.#options.count('climbs');
    this.#failures.delete(way);
    if (way === 'watchList') this.#wasWatched = true;
    if (way === 'watchList' && !this.#options.poll) this.#polls = false;
    else if (this.#isWorn('watch')) this.#polls = true;
    let step = before;
    while (step < index && this.#isWorn(READING_WAYS[step] ?? way)) step += 1;
    this.#move(Math.min(step, index), before, polled);
  }

  /** The resource cannot be watched. */
  poll(): void {
    const index = READING_WAYS.indexOf(this.#reading);
    const polled = this.#polls;
    this.#polls = true;
    this.#move(index, index, polled);
  }

  /** A watch has delivered a frame, or has proved otherwise that it works. */
  watched(): void {
    this.#wasWatched = true;
    this.#failures.delete('watch');
    if (!this.#polls || this.#options.poll) return;
    if (this.#isClimbDue) this.#options.count('climbs');
    this.#polls = false;
    const index = READING_WAYS.indexOf(this.#reading);
    this.#move(index, index, true);
  }

  get #isClimbDue(): boolean {
    return this.#options.clock.now() >= this.#climbAt;
  }

  #isAbove(way: Way): boolean {
    if (way === 'watch') return this.#polls;
    return READING_WAYS.indexOf(way) < READING_WAYS.indexOf(this.#reading);
  }

  #isWorn(way: Way): boolean {
    const failures = this.#failures.get(way);
    if (failures === undefined) return false;
    const lasted = this.#options.clock.now() - failures.since;
    return failures.isUnsupported || (failures.count >= WORN_AFTER_FAILURES && lasted >= WORN_AFTER_MS);
  }

  #move(index: number, before: number, polled: boolean): void {
    this.#reading = READING_WAYS[index] ?? this.#reading;
    const isDown = index > before || (this.#polls && !polled);
    const isUp = index < before || (!this.#polls && polled);
    if (isDown) this.#options.count('stepsDown');
    else if (isUp) this.#options.count('stepsUp');
    if (!isDown && !isUp) return;
    // The top of the ladder has no higher step. From any other step, another attempt follows later.
    if (index === 0 && !this.#polls) this.#climbAt = Number.POSITIVE_INFINITY;
    else this.#scheduleClimb();
  }

  #scheduleClimb(): void {
    this.#climbAt = this.#options.clock.now() + this.#climbs.next();
  }
}
