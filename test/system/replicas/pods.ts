/** The pods that the replicas read, and the writes that change them. Each write gives a pod its next sequence number. */
import { type FakeCluster, node, pod } from '../../../src/testing/index.ts';

/** The number of namespaces, and of values of the label `team`. */
export const TEAMS = 10;
const PODS = 200;
/** One write in this number deletes a pod and creates it again. */
const RECREATED = 20;

/** The final sequence number of each pod, by `namespace/name`. */
export type Sequences = Readonly<Record<string, number>>;

/** The namespaces, nodes and pods at the start. */
export function objects() {
  return [node('n1'), node('n2'), ...Array.from({ length: PODS }, (_, index) => podAt(index, 0))];
}

/** Changes the pods of a cluster, in turn. */
export class PodWrites {
  readonly #storage: FakeCluster['storage'];
  readonly #sequences = Array.from({ length: PODS }, () => 0);
  #count = 0;

  constructor({ storage }: FakeCluster) {
    this.#storage = storage;
  }

  /** The number of changed pods. */
  get count(): number {
    return this.#count;
  }

  get sequences(): Sequences {
    return Object.fromEntries(this.#sequences.map((sequence, index) => [keyAt(index), sequence]));
  }

  write(): void {
    // 7 has no common factor with the number of pods, so every pod gets its turn.
    const index = (this.#count * 7) % PODS;
    this.#count += 1;
    const sequence = (this.#sequences[index] ?? 0) + 1;
    this.#sequences[index] = sequence;
    const next = podAt(index, sequence);
    if (this.#count % RECREATED === 0) {
      this.#storage.delete('pods', keyAt(index));
      this.#storage.create('pods', next);
    } else {
      this.#storage.modify('pods', keyAt(index), (current) => ({
        ...current,
        metadata: { ...current.metadata, annotations: { ...next.metadata?.annotations } },
      }));
    }
  }
}

function keyAt(index: number): string {
  return `team-${index % TEAMS}/pod-${index}`;
}

function podAt(index: number, sequence: number) {
  return pod(keyAt(index), {
    labels: { team: String(index % TEAMS) },
    annotations: { sequence: String(sequence) },
    node: `n${1 + (index % 2)}`,
  });
}
