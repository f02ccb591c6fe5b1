import { type Cancel, type Clock, systemClock } from '../../clock.ts';
import type { Storage } from './storage.ts';
import { clusterIndex } from './workloads/cluster-index.ts';
import { controllers } from './workloads/controllers.ts';
import { disturbances } from './workloads/disturbances.ts';
import type { Disturbances } from './workloads/disturbances.ts';

export interface ChurnOptions {
  readonly storage: Storage;
  /** About how many writes a second. Default 0: none, but for {@link Churn.step}. */
  readonly rate?: number | undefined;
  /** 0 <= x < 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  readonly clock?: Clock | undefined;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** A cluster in motion. */
export interface Churn {
  /** Lets one thing happen, and all that follows from it at once. Returns how many writes that took; 0 if nothing did. */
  step(): number;
  /** Changes the rate, in writes a second. */
  setRate(rate: number): void;
}

/** Milliseconds between two rounds. */
const ROUND = 50;

/** A step that found nothing to do is tried again, since another kind of step may find something. */
const TRIES = 20;

/** What happens, and how often in proportion. */
const occurrences: readonly (readonly [what: keyof Disturbances, weight: number])[] = [
  ['evict', 26],
  ['restart', 20],
  ['crash', 14],
  ['finishTask', 14],
  ['scale', 18],
  ['flapNode', 8],
];

const WEIGHT = occurrences.reduce((sum, [, weight]) => sum + weight, 0);

/** While more than one in so many pods wait for something, waiting pods come first. */
const UNSETTLED_SHARE = 25;

/**
 * Makes a cluster live: pods come, are scheduled, start, become ready, restart, crash, end and move, workloads are scaled, nodes
 * are lost and come back. Their controllers do their part, also after the writes of others: what a user scales, creates or deletes
 * is followed by pods. Numbers stay around what they were at the start; after each step the counts in the status of every owner
 * agree with its pods.
 *
 * Pods whose owner is not in storage stay, and only restart and crash.
 */
export function churn({ storage, rate = 0, random = Math.random, clock = systemClock, signal }: ChurnOptions): Churn {
  const index = clusterIndex(storage, signal);
  const happen = disturbances({ storage, index, random, clock });
  const { reconcile } = controllers({ storage, index, random, clock });
  let perSecond = rate;
  let budget = 0;
  let last = clock.now();
  let timer: Cancel | undefined;

  const occurrence = (): keyof Disturbances => {
    const share = index.unsettled.size * UNSETTLED_SHARE > index.pods.size ? 0.8 : 0.4;
    if (index.unsettled.size > 0 && random() < share) return 'settle';
    let left = random() * WEIGHT;
    return occurrences.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'settle';
  };

  const step = (): number => {
    const before = storage.revision;
    reconcile();
    for (let tries = 0; storage.revision === before && tries < TRIES; tries++) {
      happen[occurrence()]();
      reconcile();
    }
    return storage.revision - before;
  };

  const round = (): void => {
    const now = clock.now();
    // After a standstill it goes on, and does not catch up.
    budget = Math.min(budget + (perSecond * (now - last)) / 1000, Math.max(1, perSecond));
    last = now;
    while (budget >= 1) {
      const writes = step();
      if (writes === 0) break;
      budget -= writes;
    }
    schedule();
  };

  const schedule = (): void => {
    timer?.();
    timer = perSecond > 0 && !signal.aborted ? clock.schedule(ROUND, round) : undefined;
  };
  signal.addEventListener('abort', () => timer?.(), { once: true });
  schedule();

  return {
    step,
    setRate: (next) => {
      perSecond = next;
      last = clock.now();
      schedule();
    },
  };
}
