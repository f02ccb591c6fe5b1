/**
 * The resources that the pods of each node request, compared with what the node can allocate. The scheduler and the controllers of the fake
 * cluster use it, so that no node is overcommitted.
 * @module
 */
import { isFinished } from './pod.ts';
import type { Container, Node, Pod } from './types.ts';

/** Amounts in whole numbers, so that adding and removing a pod leaves no rest. */
interface Amounts {
  /** Thousandths of a core. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly pods: number;
}

const NOTHING: Amounts = { cpu: 0, memory: 0, pods: 0 };
const UNLIMITED: Amounts = { cpu: Infinity, memory: Infinity, pods: Infinity };

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The loads of all nodes. */
export class NodeLoads {
  readonly #allocatable = new Map<string, Amounts>();
  readonly #requested = new Map<string, Amounts>();

  /** Records a node. A node without `allocatable` has no limit. */
  setNode({ metadata, status }: Node): void {
    this.#allocatable.set(metadata.name, allocatableOf(status));
  }

  deleteNode(name: string): void {
    this.#allocatable.delete(name);
  }

  /** Records a change of a pod. `before` or `after` is undefined if the pod did not or does not exist. */
  change(before: Pod | undefined, after: Pod | undefined): void {
    this.#add(before, -1);
    this.#add(after, 1);
  }

  /** The number of pods that a node runs. */
  podsOn(node: string): number {
    return this.#requested.get(node)?.pods ?? 0;
  }

  /** Returns whether the node has room for the requests of one more pod. */
  hasRoom(node: string, pod: Pod): boolean {
    const all = this.#allocatable.get(node) ?? UNLIMITED;
    const used = this.#requested.get(node) ?? NOTHING;
    const more = requestsOf(pod);
    return (
      used.cpu + more.cpu <= all.cpu && used.memory + more.memory <= all.memory && used.pods + more.pods <= all.pods
    );
  }

  #add(pod: Pod | undefined, sign: 1 | -1): void {
    const node = pod?.spec?.nodeName;
    // The requests of a finished pod are free again.
    if (pod === undefined || node === undefined || isFinished(pod)) return;
    const used = this.#requested.get(node) ?? NOTHING;
    const more = requestsOf(pod);
    const sum: Amounts = {
      cpu: used.cpu + sign * more.cpu,
      memory: used.memory + sign * more.memory,
      pods: used.pods + sign,
    };
    if (sum.pods === 0) this.#requested.delete(node);
    else this.#requested.set(node, sum);
  }
}

/** Returns the requests of a pod: those of its containers together, or of its largest init container. */
function requestsOf({ spec }: Pod): Amounts {
  const init = containersOf(spec?.['initContainers']);
  const containers = containersOf(spec?.containers);
  const amount = (name: string, unit: number): number => {
    const amounts = containers.map((container) => requestOf(container, name, unit));
    const initAmounts = init.map((container) => requestOf(container, name, unit));
    return Math.max(
      amounts.reduce((sum, one) => sum + one, 0),
      ...initAmounts,
    );
  };
  return { cpu: amount('cpu', 1e3), memory: amount('memory', 1), pods: 1 };
}

function containersOf(value: unknown): readonly Container[] {
  return Array.isArray(value) ? (value as readonly Container[]) : [];
}

function requestOf(container: Container, name: string, unit: number): number {
  const resources = container['resources'] as
    | { readonly requests?: Readonly<Record<string, unknown>> | null }
    | null
    | undefined;
  return wholeAmount(resources?.requests?.[name], unit) ?? 0;
}

function allocatableOf(status: Node['status'] | undefined): Amounts {
  const allocatable = status?.['allocatable'] as Readonly<Record<string, unknown>> | null | undefined;
  return {
    cpu: wholeAmount(allocatable?.['cpu'], 1e3) ?? Infinity,
    memory: wholeAmount(allocatable?.['memory'], 1) ?? Infinity,
    pods: wholeAmount(allocatable?.['pods'], 1) ?? Infinity,
  };
}

/** Returns a quantity as a whole number of units, rounded up. Returns undefined for a text that is not a simple quantity. */
function wholeAmount(quantity: unknown, unit: number): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(String(quantity));
  const factor = FACTORS[match?.[2] ?? ''];
  return match === null || factor === undefined
    ? undefined
    : Math.ceil(Number((Number(match[1]) * factor * unit).toFixed(3)));
}
