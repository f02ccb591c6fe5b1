/**
 * The objects of one resource of a memory store, as a collection.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { reasonOf } from '../../informers/collection/errors.ts';
import { SourceCollection } from '../../informers/collection/source-collection.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import type { StoredObject, Versioned } from '../object-store.ts';
import { withRevision } from '../stored-value.ts';

/** Complete from the beginning, and readable without subscribers. Written by its store only. */
export class MemoryCollection extends SourceCollection<StoredObject> {
  readonly #clock: Pick<Clock, 'now'>;
  #lastActivity: number;
  #subscriberFailure: string | undefined;

  /** @param revision the revision of the empty store */
  constructor(name: string, revision: number, clock: Pick<Clock, 'now'>) {
    super(name, 'unique');
    this.#clock = clock;
    this.#lastActivity = clock.now();
    this.replaceAll([], revision);
  }

  /** A write has been made. */
  wrote(type: 'ADDED' | 'MODIFIED' | 'DELETED', versioned: Versioned): void {
    this.#lastActivity = this.#clock.now();
    try {
      this.applyEvent({ type, object: withRevision(versioned), version: versioned.revision });
    } catch (error) {
      // The write has been made, whatever its readers did; what they threw is theirs, and must not look like a failed write.
      this.#subscriberFailure = `a subscriber failed: ${reasonOf(error)}`;
    }
  }

  override sources(): SourceStatus[] {
    const message = this.#subscriberFailure;
    const lastActivity = this.#lastActivity;
    return [{ name: this.name, hasSynced: true, ready: true, message, lastActivity, unsyncedSince: undefined }];
  }

  protected override get readable(): boolean {
    return true;
  }

  protected override start(): void {
    // nothing has to run: it is written to by its store
  }

  protected override stop(): void {
    // what is stored stays
  }
}
