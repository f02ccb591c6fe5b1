/**
 * Which rows a request is about: namespace, name and selectors together.
 * @module
 */
import { keyOfParts } from '../informers/collection/key.ts';
import type { RowSnapshot } from '../projections/ordered-index.ts';
import type { Row } from '../projections/row.ts';
import type { ServedResource } from './served-resource.ts';
import { type FieldSelector, requireSupportedFields } from './wire/field-selector.ts';
import type { LabelSelector } from './wire/label-selector.ts';

/** What a request selects. */
export class Selection {
  /** `''`: all namespaces. */
  readonly namespace: string;
  readonly #served: ServedResource;
  readonly #labels: LabelSelector;
  readonly #fields: FieldSelector;
  readonly #key: string | undefined;

  /**
   * @param name of the only object, where the path names one
   * @throws ApiError 400 for a field that selectors may not name
   */
  constructor(served: ServedResource, namespace: string, labels: LabelSelector, fields: FieldSelector, name?: string) {
    requireSupportedFields(fields, served.fields);
    this.namespace = namespace;
    this.#served = served;
    this.#labels = labels;
    this.#fields = fields;
    this.#key = name === undefined ? this.#keyOf(fields) : keyOfParts(namespace, name);
  }

  /** Whether there is a selector: then nobody knows how many rows remain. */
  get isFiltered(): boolean {
    return !this.#labels.isEmpty || !this.#fields.isEmpty;
  }

  /** Whether there can be one row at most, as its key is known: a list of it has no second page, whatever else there is. */
  get isSingle(): boolean {
    return this.#key !== undefined;
  }

  matches(row: Row): boolean {
    if (this.#key !== undefined && row.key !== this.#key) return false;
    if (this.namespace !== '' && row.namespace !== this.namespace) return false;
    if (!this.#labels.isEmpty && !this.#labels.matches(row.object.metadata.labels)) return false;
    return this.#fields.isEmpty || this.#fields.matches((field) => this.#served.fieldOf(row, field));
  }

  /** The selected rows in order of keys, from `start` on where given. One lookup when the selection names its only row. */
  *rows(snapshot: RowSnapshot, start?: string): IterableIterator<Row> {
    if (this.#key !== undefined) {
      const row = snapshot.get(this.#key);
      if (row !== undefined && (start === undefined || row.key >= start) && this.matches(row)) yield row;
      return;
    }
    for (const row of snapshot.range(this.namespace, start)) if (this.matches(row)) yield row;
  }

  /** The key of the only row there can be: `metadata.name=` within one namespace or at cluster scope. */
  #keyOf(fields: FieldSelector): string | undefined {
    const name = fields.exactValue('metadata.name');
    if (name === undefined) return undefined;
    if (!this.#served.resource.definition.namespaced) return name;
    return this.namespace === '' ? undefined : keyOfParts(this.namespace, name);
  }
}
