/**
 * The current rows of a view in order, their digest, and the errors of rows that the encoder refused. Index and digest change together.
 *
 * It encodes rows and gives them positions. It has no history: `view-state.ts` logs the changes.
 * @module
 */
import type { Delta } from '../informers/collection/delta.ts';
import { MAX_KEPT_CAUSES, type RowError, rowError } from '../informers/collection/errors.ts';
import { changedDigest } from './digest.ts';
import { OrderedIndex, type RowChange, type RowSnapshot } from './ordered-map.ts';
import { RowNamespaces } from './row-namespaces.ts';
import type { Row, RowEncoder, RowVersion } from './row.ts';
import type { ViewScheme } from './view-scheme.ts';

/** Options of {@link ViewRows}. */
export interface ViewRowsOptions {
  /** The name of the collection, for messages. */
  readonly name: string;
  readonly encoder: RowEncoder;
  readonly scheme: ViewScheme;
  /** Receives each error of a row that the encoder refused. It must not throw. */
  readonly onRefused: (error: RowError) => void;
}

/** The rows of one view, see the top of this file. */
export class ViewRows {
  readonly namespaces: RowNamespaces = new RowNamespaces();
  /** The scheme of the positions of new rows. */
  scheme: ViewScheme;
  readonly #options: ViewRowsOptions;
  readonly #index = new OrderedIndex();
  readonly #refused = new Map<string, RowError>();
  #digest = 0;
  #bytes = 0;

  constructor(options: ViewRowsOptions) {
    this.#options = options;
    this.scheme = options.scheme;
  }

  get size(): number {
    return this.#index.size;
  }

  /** The digest of all rows. */
  get digest(): number {
    return this.#digest;
  }

  /** The bytes of the JSON of all rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The errors of rows that are absent because the encoder refused them, by key. */
  get refused(): ReadonlyMap<string, RowError> {
    return this.#refused;
  }

  get(key: string): Row | undefined {
    return this.#index.get(key);
  }

  snapshot(): RowSnapshot {
    return this.#index.snapshot();
  }

  /** Stores the row after a change. */
  store({ before, after }: RowChange): void {
    this.#digest = changedDigest(this.#digest, before, after);
    this.#bytes += (after?.bytes.length ?? 0) - (before?.bytes.length ?? 0);
    if (after !== undefined) {
      this.#index.set(after);
      if (before === undefined) this.namespaces.add(after.namespace);
    } else if (before !== undefined) {
      this.#index.delete(before.key);
      this.namespaces.delete(before.namespace);
    }
  }

  /** Removes all rows and errors. */
  clear(): void {
    this.#index.clear();
    this.namespaces.clear();
    this.#refused.clear();
    this.#digest = 0;
    this.#bytes = 0;
  }

  /**
   * Encodes the change of a row, and does not store it.
   * @param place returns the place of the change. It is called only if the row is encoded
   */
  project(delta: Delta<unknown>, place: () => bigint): RowChange {
    const before = this.#index.get(delta.key);
    if (delta.type !== 'DELETED') {
      return { before, after: this.#encode(delta.key, delta.object, before, () => this.#afterChange(place(), before)) };
    }
    this.#refused.delete(delta.key);
    return { before, after: undefined };
  }

  /**
   * Encodes a row of a complete state at a place. A list shows no more than the row, so the digest of its position is that of the row alone.
   * @returns undefined if the encoder refused the row
   */
  encodeOfState(key: string, object: unknown, state: bigint): Row | undefined {
    return this.#encode(key, object, undefined, () => this.#alone(this.scheme.placeOfRow(key, state)));
  }

  /** Returns the row with the position that it would have in a process that has just started. */
  atSource(row: Row, state: bigint): Row {
    const { encoder } = this.#options;
    return encoder.at(row, this.scheme.position(this.scheme.placeOfRow(row.key, state), row.digest));
  }

  /** Returns the position of a row that a change at a place makes: that of the state after the change. */
  #afterChange(place: bigint, before: Row | undefined): RowVersion['position'] {
    if (!this.scheme.portable) return place;
    return (digest) => this.scheme.position(place, changedDigest(this.#digest, before, { digest }));
  }

  #alone(place: bigint): RowVersion['position'] {
    return this.scheme.portable ? (digest) => this.scheme.position(place, digest) : place;
  }

  #encode(
    key: string,
    object: unknown,
    before: Row | undefined,
    positionOf: () => RowVersion['position'],
  ): Row | undefined {
    const { encoder, name, onRefused } = this.#options;
    const position = positionOf();
    try {
      const row = encoder.encode(key, object, { stamp: this.scheme.stampOf(key), position, old: before });
      this.#refused.delete(key);
      return row;
    } catch (error) {
      const refused = rowError(name, key, error, this.#refused.size < MAX_KEPT_CAUSES);
      this.#refused.set(key, refused);
      onRefused(refused);
      return undefined;
    }
  }
}
