import { pick } from './random.ts';
import type { RandomNumber } from './random.ts';

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
