/**
 * Keeps changing the objects of a cluster. It applies random disturbances at a rate that the test sets, and runs the controllers after
 * each of them.
 * @module
 */
import { type Cancel, type Clock, systemClock } from '../../../clock.ts';
import type { Storage } from '../storage/storage.ts';
import { clusterIndex } from './cluster-index.ts';
import { controllers } from './controllers.ts';
import { disturbances, type Disturbances } from './disturbances.ts';

export interface ChurnOptions {
  readonly storage: Storage;
  /** The approximate number of writes per second. Default 0: only {@link Churn.step} writes. */
  readonly rate?: number | undefined;
  /** A function that returns numbers from 0 up to 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  readonly clock?: Clock | undefined;
  /** Stops the churn. */
  readonly signal: AbortSignal;
}

/** A cluster whose objects keep changing. */
export interface Churn {
  /**
   * Applies one disturbance and everything that follows from it. Returns the number of writes, which is 0 if nothing
   * happened.
   */
  step(): number;
  /** Sets the rate in writes per second. */
  setRate(rate: number): void;
}

/** The time between two rounds in milliseconds. */
const ROUND = 50;

/** The maximum number of attempts of a step. If one kind of disturbance finds nothing to do, another kind may find something. */
const MAX_TRIES = 20;

/** The disturbances and their relative frequency. */
const frequencies: readonly (readonly [name: keyof Disturbances, weight: number])[] = [
  ['evict', 26],
  ['restart', 20],
  ['crash', 14],
  ['finishTask', 14],
  ['scale', 18],
  ['flapNode', 8],
];

const WEIGHT = frequencies.reduce((sum, [, weight]) => sum + weight, 0);

/** If more than one pod in this number is unsettled, most disturbances settle a pod. */
const UNSETTLED_SHARE = 25;

/**
 * Makes a cluster live. Pods are created, scheduled, started, restarted and moved; they crash and end. Workloads are
 * scaled; nodes fail and recover. The controllers also follow the writes of users: if a user scales, creates or deletes
 * a workload, its pods follow. The numbers of objects stay near those of the start. After each step the counts in the
 * status of every owner match its pods.
 *
 * Pods whose owner is not in storage stay; they only restart and crash.
 */
export function churn({ storage, rate = 0, random = Math.random, clock = systemClock, signal }: ChurnOptions): Churn {
  const index = clusterIndex(storage, signal);
  const disturb = disturbances({ storage, index, random, clock });
  const { reconcile } = controllers({ storage, index, random, clock });
  let perSecond = rate;
  let budget = 0;
  let last = clock.now();
  let timer: Cancel | undefined;

  const nextDisturbance = (): keyof Disturbances => {
    const share = index.unsettled.size * UNSETTLED_SHARE > index.pods.size ? 0.8 : 0.4;
    if (index.unsettled.size > 0 && random() < share) return 'settle';
    let left = random() * WEIGHT;
    return frequencies.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'settle';
  };

  const step = (): number => {
    const before = storage.revision;
    reconcile();
    for (let tries = 0; storage.revision === before && tries < MAX_TRIES; tries++) {
      disturb[nextDisturbance()]();
      reconcile();
    }
    return storage.revision - before;
  };

  const round = (): void => {
    const now = clock.now();
    // After a pause the churn continues at its rate. It does not catch up.
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
