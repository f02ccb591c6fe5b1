/** Injects the faults of a soak: in upstream, in connections and in the server. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RandomNumber } from '../../../src/testing/index.ts';
import type { SoakEnvironment } from './soak-environment.ts';

/** Relative frequencies of the faults. */
const WEIGHTS = {
  'upstream watches cut': 3,
  'upstream watches ended': 2,
  'upstream watches failed with 410': 2,
  'upstream gap with compaction': 3,
  'upstream lists refused': 1,
  'upstream silent': 2,
  'upstream history forgotten': 1,
  'a client cut': 10,
  'all clients cut': 3,
  'aggregator cut': 4,
  'server restarted gracefully': 4,
  'server killed': 4,
} as const;

export type Fault = keyof typeof WEIGHTS;

/** The number of upstream writes in a gap for which no watch events are delivered. */
const GAP_WRITES = 12;
/** Milliseconds without any response from upstream. */
const SILENCE = 3000;

export class FaultInjector {
  /** The number of times that each fault has occurred. */
  readonly counts = new Map<Fault, number>();
  readonly #environment: SoakEnvironment;
  readonly #random: RandomNumber;
  readonly #step: () => void;

  /** @param step makes one change in the cluster */
  constructor(environment: SoakEnvironment, random: RandomNumber, step: () => void) {
    this.#environment = environment;
    this.#random = random;
    this.#step = step;
  }

  /** Injects one fault and returns its name. Resolves when the fault is over. Its consequences may still last. */
  async next(): Promise<Fault> {
    const total = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
    let left = this.#random() * total;
    const all = Object.keys(WEIGHTS) as Fault[];
    const chosen = all.find((name) => (left -= WEIGHTS[name]) < 0) ?? 'a client cut';
    this.counts.set(chosen, (this.counts.get(chosen) ?? 0) + 1);
    await this.#kinds[chosen]();
    return chosen;
  }

  readonly #kinds: Readonly<Record<Fault, () => void | Promise<void>>> = {
    'upstream watches cut': () => this.#environment.cluster.api.cutWatches(),
    'upstream watches ended': () => this.#environment.cluster.api.endWatches(),
    'upstream watches failed with 410': () => this.#environment.cluster.api.failWatches({ code: 410 }),
    'upstream gap with compaction': () => this.#gap(),
    'upstream lists refused': () => {
      const { api } = this.#environment.cluster;
      const code = [429, 500, 503][Math.floor(this.#random() * 3)] ?? 500;
      api.failNext(({ resource }) => resource === 'pods', { code }, 1 + Math.floor(this.#random() * 3));
      this.#gap();
    },
    'upstream silent': async () => {
      this.#environment.cluster.api.hold('pods');
      await pause(SILENCE);
      this.#environment.cluster.api.release('pods');
    },
    'upstream history forgotten': () => this.#environment.cluster.storage.expireHistory(),
    'a client cut': () => {
      const { routes } = this.#environment;
      routes[Math.floor(this.#random() * routes.length)]?.relay.cut({ reset: this.#random() < 0.5 });
    },
    'all clients cut': () => {
      for (const { relay } of this.#environment.routes) relay.cut({ reset: this.#random() < 0.5 });
    },
    'aggregator cut': () => void this.#environment.backendRelay?.cut({ reset: this.#random() < 0.5 }),
    'server restarted gracefully': () => this.#environment.restart({ graceful: true }),
    'server killed': () => this.#environment.restart({ graceful: false }),
  };

  /** Loses the watches and also the history that would bridge the gap, so that informers must relist. */
  #gap(): void {
    const { api, storage } = this.#environment.cluster;
    api.cutWatches();
    for (let write = 0; write < GAP_WRITES; write += 1) this.#step();
    storage.expireHistory();
  }
}
