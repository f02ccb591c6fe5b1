/**
 * A source with minimal cost: like an informer, but without a cluster and without the copies that a fake informer makes.
 * @module
 */
import { SourceCollection, type SourceObject } from '../../src/informers/collection/source-collection.ts';
import type { SourceStatus } from '../../src/informers/collection/source-status.ts';

export class BenchSource<T extends SourceObject> extends SourceCollection<T> {
  #version = 0;

  constructor(name: string) {
    super(name, 'unique');
  }

  /** Delivers the first list. */
  load(objects: readonly T[]): void {
    this.#version += 1;
    this.replaceAll(objects, String(this.#version));
  }

  /** Delivers a watch event. All subscribers have been notified when it returns. */
  modify(object: T): void {
    this.#version += 1;
    this.applyEvent({ type: 'MODIFIED', object, version: String(this.#version) });
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
    // Nothing to start: the benchmark is the upstream.
  }

  protected override stop(): void {
    // The objects stay.
  }
}
