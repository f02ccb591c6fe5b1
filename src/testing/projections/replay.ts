/**
 * What a subscriber knows who believes the deltas it is told.
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { Collection } from '../../informers/collection/collection.ts';
import type { DeltaBatch } from '../../informers/collection/delta.ts';

/** Rows by key, made of deltas; and the first mistake in those. */
export class Replay<R> {
  readonly rows: Map<string, R> = new Map();
  /** What was wrong with what it was told; undefined while nothing is. */
  mistake: string | undefined;
  readonly #subscription: { unsubscribe(): void };

  constructor(collection: Collection<R>) {
    this.#subscription = collection.deltas$.subscribe((batch) => this.#take(batch));
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }

  #take({ changes }: DeltaBatch<R>): void {
    const seen = new Set<string>();
    for (const delta of changes) {
      const { type, key, object } = delta;
      const held = this.rows.has(key);
      if (seen.has(key)) this.mistake ??= `two deltas of ${key} in one batch`;
      seen.add(key);
      if (held === (type === 'ADDED')) this.mistake ??= `${type} ${key}, which was ${held ? '' : 'not '}there`;
      if (type === 'MODIFIED' && isDeepStrictEqual(object, delta.old))
        this.mistake ??= `MODIFIED ${key} without a change`;
      if (type === 'DELETED') this.rows.delete(key);
      else this.rows.set(key, object);
    }
  }
}
