import { pick } from './random.ts';
import type { RandomNumber } from './random.ts';
import type { Node } from './types.ts';

/** Chooses nodes so that they fill evenly, without looking at all of them. */
export interface Placement {
  /**
   * The name of the less loaded of two nodes chosen at random among those that `suits` (default: all of them); undefined
   * if none does.
   */
  choose(suits?: (node: string) => boolean): string | undefined;
  /** Another pod runs on the node, or one fewer. */
  count(node: string, change: 1 | -1): void;
}

/** How often chance is tried before all nodes are looked at. */
const ATTEMPTS = 8;

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

/** Gives pods addresses out of their nodes' ranges, no address twice while it is in use. */
export interface PodAddresses {
  /** A free address of the node. One in use if the range is exhausted. */
  take(node: Node): string;
  /** A pod has this address, wherever it got it. */
  use(address: string): void;
  release(address: string): void;
}

/** Addresses in a /24, without those of network, router and broadcast. */
const RANGE = 253;

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
