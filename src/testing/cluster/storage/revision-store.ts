/**
 * The store below the registry, which plays the role of etcd.
 * @module
 */
import { ResourceTable } from './resource-table.ts';
import { resourceNameOf, type ResourceKind } from '../kinds/resource-kind.ts';
import type { StorageEvent } from './event-log.ts';
import { withResourceVersion, type CompleteObject } from '../../../server/wire/writes/complete-object.ts';

/** A write that has no revision yet. */
export interface RevisionChange {
  readonly type: StorageEvent['type'];
  readonly kind: ResourceKind;
  readonly key: string;
  /** The new object; its resourceVersion becomes that of the write. For DELETED it is the last content. */
  readonly object: CompleteObject;
}

export type StorageListener = (events: readonly StorageEvent[]) => void;

/**
 * Objects by resource and key, and one counter of revisions for all of them. Every commit creates the next revision.
 * The rules for objects are in object-registry.ts.
 */
export class RevisionStore {
  readonly #tables = new Map<string, ResourceTable>();
  readonly #historyLimit: number;
  readonly #listeners = new Set<StorageListener>();
  readonly #undelivered: (readonly StorageEvent[])[] = [];
  #delivering = false;
  #revision: number;

  constructor(kinds: Iterable<ResourceKind>, options: { readonly revision: number; readonly historyLimit: number }) {
    this.#revision = options.revision;
    this.#historyLimit = options.historyLimit;
    for (const kind of kinds) this.add(kind);
  }

  /** The revision of the last commit. */
  get revision(): number {
    return this.#revision;
  }

  get kinds(): readonly ResourceKind[] {
    return [...this.#tables.values()].map((table) => table.kind);
  }

  /** Adds a kind. A kind of the same name is replaced, and its objects are removed. */
  add(kind: ResourceKind): void {
    this.#tables.set(resourceNameOf(kind), new ResourceTable(kind, this.#historyLimit, this.#revision));
  }

  table(resource: string): ResourceTable | undefined {
    return this.#tables.get(resource);
  }

  tables(): Iterable<ResourceTable> {
    return this.#tables.values();
  }

  /** Stores all changes in one revision and notifies all listeners before it returns. */
  commit(...changes: readonly RevisionChange[]): readonly StorageEvent[] {
    const revision = this.#revision + 1;
    const events = changes.map(({ type, kind, key, object }): StorageEvent => {
      const resource = resourceNameOf(kind);
      const previous = this.#tables.get(resource)?.current.get(key);
      return { type, kind, resource, key, object: withResourceVersion(object, revision), previous, revision };
    });
    this.#revision = revision;
    for (const event of events) this.#tables.get(event.resource)?.apply(event);
    this.#deliver(events);
    return events;
  }

  /** Drops the history of all resources. Reads of earlier revisions then fail. */
  compact(): void {
    for (const table of this.#tables.values()) table.log.clear(this.#revision);
  }

  subscribe(listener: StorageListener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  /** Delivers events to all listeners. If a listener writes, its events are delivered after the current ones. */
  #deliver(events: readonly StorageEvent[]): void {
    this.#undelivered.push(events);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let batch = this.#undelivered.shift(); batch !== undefined; batch = this.#undelivered.shift()) {
        for (const listener of this.#listeners) listener(batch);
      }
    } finally {
      this.#delivering = false;
      this.#undelivered.length = 0;
    }
  }
}
