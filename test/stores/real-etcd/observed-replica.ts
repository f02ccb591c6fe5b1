/** A store, and a record of everything that its collection has delivered. */
import { expect } from 'chai';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { etcdStore } from '../../../src/stores/etcd/etcd-store.ts';
import { TASKS, whenever } from '../tasks.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

export class ObservedReplica {
  readonly store: ObjectStore;
  /** The number of batches by cause. */
  readonly batches = new Map<string, number>();
  /** The versions of all events. */
  readonly versions = new Set<number>();
  /** The revision of the first complete state. */
  first = 0;
  readonly #delivered = new Map<string, string>();
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
      backoff: { initial: 20, maximum: 200 },
    }).open(TASKS);
    this.store.objects.deltas$.subscribe(({ changes, cause }) => {
      this.batches.set(cause.type, (this.batches.get(cause.type) ?? 0) + 1);
      const version = cause.type === 'EVENT' || cause.type === 'RELIST' ? Number(cause.version) : this.#version;
      // The version of an event must increase. A relist may have the version of the state before it.
      if (version < this.#version || (cause.type === 'EVENT' && version === this.#version))
        this.#fault ??= new Error(`${cause.type} at ${version} after ${this.#version}`);
      this.#version = version;
      if (cause.type === 'EVENT') this.versions.add(version);
      if (cause.type === 'SNAPSHOT') this.first = Number(nodeOf(this.store.objects).lineage!.source.frontier);
      for (const { type, key, object } of changes) {
        if (type === 'DELETED') this.#delivered.delete(key);
        else this.#delivered.set(key, JSON.stringify(object));
        if (type === 'ADDED' && cause.type === 'EVENT' && object.metadata.resourceVersion !== String(version))
          this.#fault ??= new Error(`${key} is at ${object.metadata.resourceVersion} in the event of ${version}`);
      }
    });
  }

  /** Resolves when the collection has the content of etcd. The delivered changes must then add up to that content, too. */
  async converges(content: ReadonlyMap<string, { readonly value: string; readonly revision: number }>): Promise<void> {
    const { objects } = this.store;
    await whenever(objects, () => {
      if (nodeOf(objects).size !== content.size) return false;
      for (const [key, { revision }] of content)
        if (objects.get(key)?.metadata.resourceVersion !== String(revision)) return false;
      return true;
    });
    if (this.#fault !== undefined) throw this.#fault;
    expect(this.#delivered.size).to.equal(content.size);
    for (const [key, { value, revision }] of content) {
      const object = JSON.parse(value) as { metadata: object };
      Object.assign(object.metadata, { resourceVersion: String(revision) });
      expect(JSON.parse(this.#delivered.get(key)!), key).to.deep.equal(object);
    }
  }

  /** Checks that each revision was delivered as an event. Only for replicas without a relist. */
  sawEach(revisions: Iterable<number>): void {
    for (const revision of revisions) expect(this.versions.has(revision), `revision ${revision}`).to.equal(true);
  }

  close(): void {
    this.#controller.abort();
  }
}
