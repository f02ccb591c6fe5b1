/** What goes wrong during a soak: of upstream, of connections, of the server. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RandomNumber } from '../../../src/testing/index.ts';
import type { Stage } from './stage.ts';

/** How often in proportion. */
const WEIGHTS = {
  'upstream watches cut': 3,
  'upstream watches ended': 2,
  'upstream watches told 410': 2,
  'upstream gap with compaction': 3,
  'upstream lists refused': 1,
  'upstream silent': 2,
  'upstream history forgotten': 1,
  'a client cut': 10,
  'all clients cut': 3,
  'aggregator cut': 4,
  'server restarted in peace': 4,
  'server killed': 4,
} as const;

export type Disturbance = keyof typeof WEIGHTS;

/** Writes that upstream makes in a gap that nobody is told of. */
const GAP_WRITES = 12;
/** Milliseconds of silence of upstream. */
const SILENCE = 3000;

export class Disturbances {
  /** How often what has happened. */
  readonly counts = new Map<Disturbance, number>();
  readonly #stage: Stage;
  readonly #random: RandomNumber;
  readonly #step: () => void;

  /** @param step lets one thing happen in the cluster */
  constructor(stage: Stage, random: RandomNumber, step: () => void) {
    this.#stage = stage;
    this.#random = random;
    this.#step = step;
  }

  /** Lets one thing go wrong; resolves when it is over, though not what follows from it. Returns what it was. */
  async next(): Promise<Disturbance> {
    const total = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
    let left = this.#random() * total;
    const all = Object.keys(WEIGHTS) as Disturbance[];
    const chosen = all.find((name) => (left -= WEIGHTS[name]) < 0) ?? 'a client cut';
    this.counts.set(chosen, (this.counts.get(chosen) ?? 0) + 1);
    await this.#kinds[chosen]();
    return chosen;
  }

  readonly #kinds: Readonly<Record<Disturbance, () => void | Promise<void>>> = {
    'upstream watches cut': () => this.#stage.cluster.api.cutWatches(),
    'upstream watches ended': () => this.#stage.cluster.api.endWatches(),
    'upstream watches told 410': () => this.#stage.cluster.api.failWatches({ code: 410 }),
    'upstream gap with compaction': () => this.#gap(),
    'upstream lists refused': () => {
      const { api } = this.#stage.cluster;
      const code = [429, 500, 503][Math.floor(this.#random() * 3)] ?? 500;
      api.failNext(({ resource }) => resource === 'pods', { code }, 1 + Math.floor(this.#random() * 3));
      this.#gap();
    },
    'upstream silent': async () => {
      this.#stage.cluster.api.hold('pods');
      await pause(SILENCE);
      this.#stage.cluster.api.release('pods');
    },
    'upstream history forgotten': () => this.#stage.cluster.storage.expireHistory(),
    'a client cut': () => {
      const { ways } = this.#stage;
      ways[Math.floor(this.#random() * ways.length)]?.relay.cut({ reset: this.#random() < 0.5 });
    },
    'all clients cut': () => {
      for (const { relay } of this.#stage.ways) relay.cut({ reset: this.#random() < 0.5 });
    },
    'aggregator cut': () => void this.#stage.backendRelay?.cut({ reset: this.#random() < 0.5 }),
    'server restarted in peace': () => this.#stage.restart({ inPeace: true }),
    'server killed': () => this.#stage.restart({ inPeace: false }),
  };

  /** The watches are lost, and so is the history that would bridge the gap: informers must list. */
  #gap(): void {
    const { api, storage } = this.#stage.cluster;
    api.cutWatches();
    for (let write = 0; write < GAP_WRITES; write += 1) this.#step();
    storage.expireHistory();
  }
}
