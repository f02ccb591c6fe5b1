/**
 * From answers of a watch to what each revision did.
 * @module
 */
import type { WatchEvent, WatchResponse } from './etcd-messages.ts';

/** What one revision did: at least one event, at most one for each key. */
export interface RevisionBatch {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

/**
 * Puts the events of one revision together again. etcd keeps them in one answer, unless it cuts the answer into fragments: so the last
 * revision of a fragment is held until the next answer. That is as much as one transaction can write.
 */
export class RevisionBatches {
  #revision = 0;
  #held: WatchEvent[] = [];

  /** The revisions that are complete with this answer, in order. */
  take({ events, fragment }: WatchResponse): RevisionBatch[] {
    const complete: RevisionBatch[] = [];
    for (const event of events) {
      const revision = event.kv.modRevision;
      if (revision !== this.#revision) this.#complete(complete);
      this.#revision = revision;
      this.#held.push(event);
    }
    if (!fragment) this.#complete(complete);
    return complete;
  }

  #complete(complete: RevisionBatch[]): void {
    if (this.#held.length > 0) complete.push({ revision: this.#revision, events: this.#held });
    this.#held = [];
  }
}
