/**
 * The placement of generated pods: a node for each pod, and an address from the range of the node.
 * @module
 */
import type { NodeLoads } from './node-loads.ts';
import type { RandomNumber, RandomSet } from './random.ts';
import type { Node, Pod } from './types.ts';

/** The number of random attempts before all nodes are searched. */
const ATTEMPTS = 8;

/**
 * Returns the name of a node for a pod, or undefined if no node has room for its requests. Of two random nodes with room it is the one that
 * runs fewer pods, so that the loads stay even.
 */
export function placementOf(
  pod: Pod,
  nodes: Pick<RandomSet<string>, 'draw' | 'find'>,
  loads: NodeLoads,
  random: RandomNumber,
): string | undefined {
  const hasRoom = (node: string): boolean => loads.hasRoom(node, pod);
  const one = (): string | undefined => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const node = nodes.draw(random);
      if (node === undefined || hasRoom(node)) return node;
    }
    return nodes.find(hasRoom);
  };
  const [first, second] = [one(), one()];
  if (first === undefined || second === undefined) return first ?? second;
  return loads.podsOn(second) < loads.podsOn(first) ? second : first;
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
