import type { Node } from './types.ts';

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
