/** Makes the next state of any pod. */
import type { V1Pod } from '../src/informers/index.ts';
import type { RandomNumber } from '../src/testing/index.ts';
import type { Workload } from './workload.ts';

export class NextPods {
  readonly #workload: Workload;
  readonly #changes: Uint32Array;
  #version: number;

  constructor(workload: Workload) {
    this.#workload = workload;
    this.#changes = new Uint32Array(workload.pods);
    this.#version = workload.pods;
  }

  /** One change after the state that was asked for last, at first after that of the list. */
  next(index: number): V1Pod {
    const change = (this.#changes[index] ?? 0) + 1;
    this.#changes[index] = change;
    this.#version += 1;
    return this.#workload.pod(index, change, this.#version);
  }
}

/** So many of `size` pods, by index. */
export function randomPods(size: number, count: number, random: RandomNumber): Uint32Array {
  return Uint32Array.from({ length: count }, () => Math.floor(random() * size));
}
