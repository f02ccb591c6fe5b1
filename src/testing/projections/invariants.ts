/**
 * The conditions that `checkProjection` verifies after every step of a history.
 * @module
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { nodeOf } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import type { DeltaBatch } from '../../informers/collection/delta.ts';
import { DerivedCollection } from '../../informers/collection/derived-collection.ts';
import { keyOfParts } from '../../key.ts';

const HINT =
  'is its operator one of RxJS, or one that emits later (debounceTime, delay)? An operator must emit one batch for each batch, ' +
  'synchronously; an operator that emits later cannot be checked';

/**
 * Returns a message about the first step of a pipeline that has emitted nothing for its input. Returns undefined if every step has emitted
 * and the rows are synced. When all sources are synced and no step has failed, this must be the case.
 */
export function silentStep(rows: Collection<unknown>): string | undefined {
  const seen = new Set<Collection<unknown>>([rows]);
  // The loop adds the inputs of each collection to the set that it reads.
  for (const collection of seen) {
    if (collection instanceof DerivedCollection && collection.awaitsOperator) {
      return `${collection.name} has emitted nothing for its input: ${HINT}`;
    }
    for (const input of nodeOf(collection).inputs) seen.add(input);
  }
  return rows.hasSynced ? undefined : `${rows.name} is not synced although all its sources are: ${HINT}`;
}

/** Returns the reason why a server cannot serve a row, or undefined if it can. */
export function servingFault(key: string, row: unknown): string | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    return `the row ${key} is ${inspect(row, { depth: 0 })}, not an object`;
  }
  const metadata: unknown = 'metadata' in row ? row.metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null) {
    return `the row ${key} has no metadata; metadata: identity(object) gives it the identity of its source`;
  }
  const name = 'name' in metadata ? metadata.name : undefined;
  const namespace = ('namespace' in metadata ? metadata.namespace : undefined) ?? '';
  if (typeof name !== 'string' || name === '') return `the row ${key} has no metadata.name`;
  if (typeof namespace !== 'string') return `the row ${key} has a metadata.namespace that is not a string`;
  const actual = keyOfParts(namespace, name);
  return actual === key ? undefined : `the row ${key} has the metadata of ${actual}`;
}

/** Applies the deltas of a collection to a map of rows, and records the first mistake in the deltas. */
export class DeltaReplay<R> {
  readonly rows: Map<string, R> = new Map();
  /** The first mistake, as a message; undefined if all deltas were right. */
  mistake: string | undefined;
  readonly #subscription: { unsubscribe(): void };

  constructor(collection: Collection<R>) {
    this.#subscription = collection.deltas$.subscribe((batch) => this.#apply(batch));
  }

  /** Unsubscribes from the collection. */
  stop(): void {
    this.#subscription.unsubscribe();
  }

  #apply({ changes }: DeltaBatch<R>): void {
    const seen = new Set<string>();
    for (const delta of changes) {
      const { type, key, object } = delta;
      const exists = this.rows.has(key);
      if (seen.has(key)) this.mistake ??= `two deltas of ${key} in one batch`;
      seen.add(key);
      if (exists === (type === 'ADDED')) this.mistake ??= `${type} ${key}, which did ${exists ? '' : 'not '}exist`;
      if (type === 'MODIFIED' && isDeepStrictEqual(object, delta.old))
        this.mistake ??= `MODIFIED ${key} without a change`;
      if (type === 'DELETED') this.rows.delete(key);
      else this.rows.set(key, object);
    }
  }
}
