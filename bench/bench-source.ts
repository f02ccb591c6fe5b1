/** A source that costs nothing beside what every source does: an informer without a cluster, and without the copies of a fake one. */
import { SourceCollection, type SourceObject } from '../src/informers/collection/source-collection.ts';
import type { SourceStatus } from '../src/informers/collection/source-status.ts';

export class BenchSource<T extends SourceObject> extends SourceCollection<T> {
  #version = 0;

  constructor(name: string) {
    super(name, 'unique');
  }

  /** The first list. */
  load(objects: readonly T[]): void {
    this.#version += 1;
    this.replaceAll(objects, this.#version);
  }

  /** A watch event. Everybody has been told when it returns. */
  modify(object: T): void {
    this.#version += 1;
    this.applyEvent({ type: 'MODIFIED', object, version: this.#version });
  }

  override sources(): SourceStatus[] {
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasSynced,
        message: undefined,
        lastActivity: undefined,
        unsyncedSince: undefined,
      },
    ];
  }

  protected override get readable(): boolean {
    return true;
  }

  protected override start(): void {
    // nothing runs: the benchmark is the upstream
  }

  protected override stop(): void {
    // what was written stays
  }
}
