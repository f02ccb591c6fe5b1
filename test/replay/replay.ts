/** The trace as writes to the storage of a fake cluster, in order of time. */
import type { Storage } from '../../src/testing/index.ts';
import { PODS_PER_NODE } from './expected-loads.ts';
import type { Trace, TracedPod } from './openb.ts';
import { placementOf } from './placement.ts';

/** Something that happens to a pod, in seconds since the trace began. */
interface Happening {
  readonly time: number;
  readonly write: (storage: Storage) => void;
}

/** Plays the trace, once, from its beginning. */
export class Replay {
  readonly #storage: Storage;
  readonly #happenings: readonly Happening[];
  #done = 0;

  /** Creates the nodes. */
  constructor(storage: Storage, trace: Trace) {
    this.#storage = storage;
    for (const { name, cpuMilli, memoryMib } of trace.nodes) {
      const amounts = { cpu: `${cpuMilli}m`, memory: `${memoryMib}Mi`, pods: `${PODS_PER_NODE}` };
      storage.create('nodes', { metadata: { name }, status: { capacity: amounts, allocatable: amounts } });
    }
    // Sorting is stable: what happens to a pod in one second stays in order.
    this.#happenings = trace.pods.flatMap((pod) => life(pod, trace)).toSorted((a, b) => a.time - b.time);
  }

  /** How many writes of pods there are in all. */
  get writes(): number {
    return this.#happenings.length;
  }

  /** The last of so many points in time is the end; between any two as many different times lie at which something happens. */
  points(count: number): number[] {
    const times = [...new Set(this.#happenings.map(({ time }) => time))];
    return Array.from({ length: count }, (_, n) => times[Math.ceil(((n + 1) * times.length) / count) - 1] ?? 0);
  }

  /** Writes all that happens up to a time, inclusive. */
  playTo(time: number): void {
    let next = this.#happenings[this.#done];
    while (next !== undefined && next.time <= time) {
      next.write(this.#storage);
      this.#done += 1;
      next = this.#happenings[this.#done];
    }
  }
}

function life(pod: TracedPod, { nodes }: Trace): Happening[] {
  const { name, created, deleted, phase } = pod;
  const key = `default/${name}`;
  const placement = placementOf(pod, nodes);
  const happenings: Happening[] = [
    { time: created, write: (storage) => storage.create('pods', { metadata: { name }, ...newPod(pod) }) },
  ];
  const at = (time: number, write: Happening['write']): unknown => happenings.push({ time, write });
  if (placement !== undefined) {
    const { node: nodeName, scheduled, started, ended } = placement;
    at(scheduled, (storage) =>
      storage.modify('pods', key, (current) => ({ ...current, spec: { ...(current['spec'] as object), nodeName } })),
    );
    at(started, (storage) => storage.patchStatus('pods', key, { phase: 'Running' }));
    if (ended !== undefined) at(ended, (storage) => storage.patchStatus('pods', key, { phase }));
  }
  at(deleted, (storage) => storage.delete('pods', key));
  return happenings;
}

/** Its requests are divided between two containers, as those of pods with a sidecar are. */
function newPod({ cpuMilli, memoryMib }: TracedPod): { spec: object; status: object } {
  const side = { cpu: Math.floor(cpuMilli / 10), memory: Math.floor(memoryMib / 10) };
  const container = (name: string, cpu: number, memory: number): object => ({
    name,
    image: `registry.example/${name}:1.0`,
    resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } },
  });
  const containers = [
    container('main', cpuMilli - side.cpu, memoryMib - side.memory),
    container('side', side.cpu, side.memory),
  ];
  return { spec: { containers }, status: { phase: 'Pending' } };
}
