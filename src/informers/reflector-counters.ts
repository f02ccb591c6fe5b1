/**
 * The counters of a reflector, and their sum for several reflectors.
 * @module
 */
import type { ReflectorMetrics } from './collection/source-metrics.ts';

/** The fields of {@link ReflectorMetrics} that are numbers. */
export type ReflectorCounter = Exclude<keyof ReflectorMetrics, 'errors'>;

/** The maximum number of causes that are counted separately. Later causes are counted as `other`. */
const MAX_CAUSES = 50;

/** The counters of one reflector. */
export class ReflectorCounters {
  readonly #counts = noCounts();
  readonly #errors = new Map<string, number>();

  /** A copy of the counters. */
  get metrics(): ReflectorMetrics {
    return { ...this.#counts, errors: Object.fromEntries(this.#errors) };
  }

  count(counter: ReflectorCounter): void {
    this.#counts[counter] += 1;
  }

  /** Counts a failure under its cause; see `causeOf`. */
  failed(cause: string): void {
    const name = this.#errors.has(cause) || this.#errors.size < MAX_CAUSES ? cause : 'other';
    this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1);
  }
}

/** Returns the sum of the metrics of several reflectors. */
export function sumMetrics(all: readonly ReflectorMetrics[]): ReflectorMetrics {
  const counts = noCounts();
  const errors: Record<string, number> = {};
  for (const { errors: causes, ...each } of all) {
    for (const name of Object.keys(counts) as ReflectorCounter[]) counts[name] += each[name];
    for (const [cause, count] of Object.entries(causes)) errors[cause] = (errors[cause] ?? 0) + count;
  }
  return { ...counts, errors };
}

function noCounts(): Record<ReflectorCounter, number> {
  return {
    lists: 0,
    watchLists: 0,
    relists: 0,
    watches: 0,
    reconnects: 0,
    events: 0,
    bookmarks: 0,
    droppedEvents: 0,
    probes: 0,
    failedChecks: 0,
    stepsDown: 0,
    stepsUp: 0,
    climbs: 0,
    restores: 0,
    omittedObjects: 0,
  };
}
