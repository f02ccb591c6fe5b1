/** A store, and what its collection has told from the beginning. */
import { expect } from 'chai';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { etcdStore } from '../../../src/stores/etcd/etcd-store.ts';
import { TASKS, whenever } from '../tasks.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

export class ObservedReplica {
  readonly store: ObjectStore;
  /** By cause. */
  readonly batches = new Map<string, number>();
  /** Versions of events. */
  readonly versions = new Set<number>();
  /** The revision of its first complete state. */
  first = 0;
  readonly #told = new Map<string, string>();
  readonly #controller = new AbortController();
  #version = 0;
  #fault: Error | undefined;

  constructor(url: string, prefix: string) {
    const { signal } = this.#controller;
    this.store = etcdStore({
      endpoints: [url],
      prefix,
      signal,
      pageSize: 3,
      progressInterval: 100,
      requestTimeout: 2000,
      backoff: { initial: 20, longest: 200 },
    }).open(TASKS);
    this.store.objects.deltas$.subscribe(({ changes, cause }) => {
      this.batches.set(cause.type, (this.batches.get(cause.type) ?? 0) + 1);
      const version = cause.type === 'EVENT' || cause.type === 'RELIST' ? cause.version! : this.#version;
      // An event is later than all before; a new complete state may be the one that was there.
      if (version < this.#version || (cause.type === 'EVENT' && version === this.#version))
        this.#fault ??= new Error(`${cause.type} at ${version} after ${this.#version}`);
      this.#version = version;
      if (cause.type === 'EVENT') this.versions.add(version);
      if (cause.type === 'SNAPSHOT') this.first = nodeOf(this.store.objects).lineage!.source.frontier!;
      for (const { type, key, object } of changes) {
        if (type === 'DELETED') this.#told.delete(key);
        else this.#told.set(key, JSON.stringify(object));
        if (type === 'ADDED' && cause.type === 'EVENT' && object.metadata.resourceVersion !== String(version))
          this.#fault ??= new Error(`${key} is at ${object.metadata.resourceVersion} in the event of ${version}`);
      }
    });
  }

  /** Resolves when its collection is as etcd has it; then everything it has told must add up to that, too. */
  async converges(content: ReadonlyMap<string, { readonly value: string; readonly revision: number }>): Promise<void> {
    const { objects } = this.store;
    await whenever(objects, () => {
      if (nodeOf(objects).size !== content.size) return false;
      for (const [key, { revision }] of content)
        if (objects.get(key)?.metadata.resourceVersion !== String(revision)) return false;
      return true;
    });
    if (this.#fault !== undefined) throw this.#fault;
    expect(this.#told.size).to.equal(content.size);
    for (const [key, { value, revision }] of content) {
      const object = JSON.parse(value) as { metadata: object };
      Object.assign(object.metadata, { resourceVersion: String(revision) });
      expect(JSON.parse(this.#told.get(key)!), key).to.deep.equal(object);
    }
  }

  /** Every one of these revisions was an event. For replicas that had to list nothing anew. */
  sawEach(revisions: Iterable<number>): void {
    for (const revision of revisions) expect(this.versions.has(revision), `revision ${revision}`).to.equal(true);
  }

  close(): void {
    this.#controller.abort();
  }
}
