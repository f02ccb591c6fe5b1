/**
 * The placement of generated pods: a node for each pod, and an address from the range of the node.
 * @module
 */
import { pick, type RandomNumber } from './random.ts';
import type { Node } from './types.ts';

/** Chooses nodes so that their loads stay even. It compares only two nodes for each choice. */
export interface Placement {
  /**
   * Returns the less loaded of two random nodes among those for which `suits` returns true (default: all nodes), or
   * undefined if there is no such node.
   */
  choose(suits?: (node: string) => boolean): string | undefined;
  /** Records that the node runs one pod more or one pod less. */
  count(node: string, change: 1 | -1): void;
}

/** The number of random attempts before all nodes are searched. */
const ATTEMPTS = 8;

/** Returns a placement on these nodes, which run no pods yet. */
export function placement(nodes: readonly string[], random: RandomNumber): Placement {
  const loads = new Map<string, number>();
  const loadOf = (node: string): number => loads.get(node) ?? 0;
  const one = (suits: (node: string) => boolean): string | undefined => {
    if (nodes.length === 0) return undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const node = pick(random, nodes);
      if (suits(node)) return node;
    }
    return nodes.find(suits);
  };
  return {
    choose: (suits = () => true) => {
      const [first, second] = [one(suits), one(suits)];
      if (first === undefined || second === undefined) return first ?? second;
      return loadOf(second) < loadOf(first) ? second : first;
    },
    count: (node, change) => {
      loads.set(node, loadOf(node) + change);
    },
  };
}

/** Assigns addresses to pods from the ranges of their nodes. An address is used by one pod at a time. */
export interface PodAddresses {
  /** Returns a free address of the node, or a used one if the range is exhausted. */
  take(node: Node): string;
  /** Marks an address as used. */
  use(address: string): void;
  release(address: string): void;
}

/** The number of addresses in a /24, without those of network, router and broadcast. */
const RANGE = 253;

/** Returns the addresses of pods. None is in use yet. */
export function podAddresses(): PodAddresses {
  const used = new Set<string>();
  const next = new Map<string, number>();
  return {
    take: (node) => {
      const { podCIDR = '10.244.0.0/24' } = node.spec;
      const prefix = podCIDR.split('.').slice(0, 3).join('.');
      const start = next.get(prefix) ?? 0;
      const address = (number: number): string => `${prefix}.${2 + (number % RANGE)}`;
      let number = start;
      while (used.has(address(number)) && number < start + RANGE) number++;
      next.set(prefix, (number + 1) % RANGE);
      used.add(address(number));
      return address(number);
    },
    use: (address) => {
      used.add(address);
    },
    release: (address) => {
      used.delete(address);
    },
  };
}
