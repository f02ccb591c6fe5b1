/** The trace as writes to the storage of a fake cluster, in the order of time. */
import type { Storage } from '../../src/testing/index.ts';
import { PODS_PER_NODE } from './expected-loads.ts';
import type { Trace, TracedPod } from './openb.ts';
import { placementOf } from './placement.ts';

/** A write of a pod. The time is in seconds since the trace began. */
interface TimedWrite {
  readonly time: number;
  readonly write: (storage: Storage) => void;
}

/** Plays the trace once, from its beginning. */
export class Replay {
  readonly #storage: Storage;
  readonly #writes: readonly TimedWrite[];
  #done = 0;

  /** Creates the nodes. */
  constructor(storage: Storage, trace: Trace) {
    this.#storage = storage;
    for (const { name, cpuMilli, memoryMib } of trace.nodes) {
      const amounts = { cpu: `${cpuMilli}m`, memory: `${memoryMib}Mi`, pods: `${PODS_PER_NODE}` };
      storage.create('nodes', { metadata: { name }, status: { capacity: amounts, allocatable: amounts } });
    }
    // The sort is stable, so writes of a pod in the same second keep their order.
    this.#writes = trace.pods.flatMap((pod) => life(pod, trace)).toSorted((a, b) => a.time - b.time);
  }

  /** The total number of writes of pods. */
  get writes(): number {
    return this.#writes.length;
  }

  /** Points in time that divide the times of all writes into equal parts. The last point is the end of the trace. */
  points(count: number): number[] {
    const times = [...new Set(this.#writes.map(({ time }) => time))];
    return Array.from({ length: count }, (_, n) => times[Math.ceil(((n + 1) * times.length) / count) - 1] ?? 0);
  }

  /** Performs all writes up to a time, inclusive. */
  playTo(time: number): void {
    let next = this.#writes[this.#done];
    while (next !== undefined && next.time <= time) {
      next.write(this.#storage);
      this.#done += 1;
      next = this.#writes[this.#done];
    }
  }
}

function life(pod: TracedPod, { nodes }: Trace): TimedWrite[] {
  const { name, created, deleted, phase } = pod;
  const key = `default/${name}`;
  const placement = placementOf(pod, nodes);
  const writes: TimedWrite[] = [
    { time: created, write: (storage) => storage.create('pods', { metadata: { name }, ...newPod(pod) }) },
  ];
  const at = (time: number, write: TimedWrite['write']): unknown => writes.push({ time, write });
  if (placement !== undefined) {
    const { node: nodeName, scheduled, started, ended } = placement;
    at(scheduled, (storage) =>
      storage.modify('pods', key, (current) => ({ ...current, spec: { ...(current['spec'] as object), nodeName } })),
    );
    at(started, (storage) => storage.patchStatus('pods', key, { phase: 'Running' }));
    if (ended !== undefined) at(ended, (storage) => storage.patchStatus('pods', key, { phase }));
  }
  at(deleted, (storage) => storage.delete('pods', key));
  return writes;
}

/** A pod whose requests are divided between two containers, as in pods with a sidecar. */
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
