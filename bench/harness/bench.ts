/**
 * The things that all parts of a run share: the number of rounds, and one rig with 10,000 pods.
 * @module
 */
import type { Row } from '../report/results.ts';
import { Rig } from './rig.ts';

/** The number of rounds of measurements that take half a minute each. */
const FEW_ROUNDS = 3;
/** The number of rows of the lists. */
export const ROWS = 10_000;

/** A part of the benchmark, which can run alone by its name. */
export interface Part {
  readonly name: string;
  /** A line of the help. */
  readonly about: string;
  readonly run: (bench: Bench) => Promise<readonly Row[]>;
}

export class Bench {
  readonly rounds: number;
  #standard: Promise<Rig> | undefined;

  constructor(rounds: number) {
    this.rounds = rounds;
  }

  /** The number of rounds of measurements that take half a minute each. */
  get fewRounds(): number {
    return Math.min(FEW_ROUNDS, this.rounds);
  }

  /** A rig with 10,000 pods in 25 namespaces on 334 nodes, with whole pods, summaries and rows of 1 kB. */
  standard(): Promise<Rig> {
    this.#standard ??= Rig.ready({
      pods: ROWS,
      namespaces: 25,
      nodes: Math.ceil(ROWS / 30),
      resources: ['wholepods', 'podsummaries', 'podrows'],
    });
    return this.#standard;
  }

  /** Ends the standard rig, so that its memory and timers do not disturb other parts. */
  async release(): Promise<void> {
    const rig = this.#standard;
    this.#standard = undefined;
    await (await rig)?.close();
  }
}
