/** The expected rows at every revision: a second, independent implementation of the projection in `examples/pod-summaries.ts`. */
import { podRequests } from '../../../examples/pod-requests.ts';
import type { V1Pod } from '../../../src/informers/index.ts';
import { formatBytes, formatCpu } from '../../../src/projections/index.ts';
import { rowUid } from '../../../src/projections/uid.ts';
import type { Storage } from '../../../src/testing/index.ts';
import { canonical } from '../../system/convergence/pods.ts';

export const GROUP = 'example.com';
export const VERSION = 'v1';
export const PLURAL = 'podsummaries';
export const KIND = 'PodSummary';

/** Rows as objects, or as the cells that kubectl prints. */
export type Form = 'object' | 'cells';

/** Rows by `namespace/name`, as comparable text. */
export type Rows = ReadonlyMap<string, string>;

interface Version {
  readonly revision: number;
  /** Undefined if the pod was deleted. */
  readonly row: string | undefined;
}

/** The maximum number of revisions kept. A soak makes about this number in ten minutes. */
const REMEMBERED = 20_000;
const PRUNED_EVERY = 2000;

/** Records the past and current states of the pods of a cluster. */
export class History {
  readonly #storage: Storage;
  readonly #versions = new Map<string, Version[]>();
  #floor: number;
  #last: number;
  #sincePruned = 0;

  /** @param signal ends the recording */
  constructor(storage: Storage, signal: AbortSignal) {
    this.#storage = storage;
    this.#floor = storage.revision;
    this.#last = storage.revision;
    for (const [key, row] of this.now('object')) this.#versions.set(key, [{ revision: this.#floor, row }]);
    storage.subscribe((events) => {
      for (const { resource, key, type, object, revision } of events) {
        if (resource !== 'pods') continue;
        const row = type === 'DELETED' ? undefined : rowOf(object as unknown as V1Pod);
        const versions = this.#versions.get(key) ?? [];
        this.#last = revision;
        versions.push({ revision, row });
        this.#versions.set(key, versions);
        this.#sincePruned += 1;
        if (this.#sincePruned >= PRUNED_EVERY) this.#prune(revision - REMEMBERED);
      }
    }, signal);
  }

  /** The revision of the last change of a pod. */
  get last(): number {
    return this.#last;
  }

  /** The rows that every client must hold when it has caught up. */
  now(form: Form): Rows {
    const pods = this.#storage.list('pods') as unknown as readonly V1Pod[];
    return new Map(
      pods.map((pod) => [
        `${pod.metadata?.namespace}/${pod.metadata?.name}`,
        form === 'object' ? rowOf(pod) : cellsOf(pod),
      ]),
    );
  }

  /** The rows that a client must hold at a revision. Undefined if the revision is no longer recorded. */
  at(revision: number): Rows | undefined {
    if (revision < this.#floor) return undefined;
    const rows = new Map<string, string>();
    for (const [key, versions] of this.#versions) {
      const row = versions.findLast((version) => version.revision <= revision)?.row;
      if (row !== undefined) rows.set(key, row);
    }
    return rows;
  }

  #prune(floor: number): void {
    this.#sincePruned = 0;
    if (floor <= this.#floor) return;
    this.#floor = floor;
    for (const [key, versions] of this.#versions) {
      const first = versions.findLastIndex(({ revision }) => revision <= floor);
      versions.splice(0, Math.max(0, first));
      if (versions.length === 1 && versions[0]?.row === undefined) this.#versions.delete(key);
    }
  }
}

/** The revision of the source in a position of scheme `upstream`. */
export function revisionOf(resourceVersion: string | bigint): number {
  return Number(BigInt(resourceVersion) >> 20n);
}

function statusOf({ spec, status }: V1Pod): Record<'phase' | 'cpu' | 'memory', string> & Record<Counted, number> {
  const containers = status?.containerStatuses ?? [];
  return {
    phase: status?.phase ?? 'Unknown',
    containers: spec?.containers.length ?? 0,
    readyContainers: containers.filter((container) => container.ready).length,
    restarts: containers.map((container) => container.restartCount).reduce((sum, count) => sum + count, 0),
    cpu: formatCpu(podRequests(spec, 'cpu')),
    memory: formatBytes(podRequests(spec, 'memory')),
  };
}

type Counted = 'containers' | 'readyContainers' | 'restarts';

function rowOf(pod: V1Pod): string {
  const { name = '', namespace = '', labels, creationTimestamp, uid } = pod.metadata ?? {};
  const { cpu, memory, ...status } = statusOf(pod);
  return canonical({
    kind: KIND,
    apiVersion: `${GROUP}/${VERSION}`,
    metadata: {
      name,
      namespace,
      labels,
      creationTimestamp,
      uid: rowUid(GROUP, KIND, `${namespace}/${name}`, uid),
    },
    spec: { nodeName: pod.spec?.nodeName },
    status: { ...status, requests: { cpu, memory } },
  });
}

function cellsOf(pod: V1Pod): string {
  const { phase, containers, readyContainers, restarts, cpu, memory } = statusOf(pod);
  return [`${readyContainers}/${containers}`, phase, restarts, cpu, memory].join(' ');
}
