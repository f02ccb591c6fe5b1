/**
 * Which rows a request is about: namespace, name and selectors together.
 * @module
 */
import { keyOfParts } from '../../key.ts';
import type { Interest, InterestCondition } from '../../projections/interest.ts';
import type { RowSnapshot } from '../../projections/ordered-map.ts';
import type { Row } from '../../projections/row.ts';
import type { ServedView } from './served-view.ts';
import { type FieldSelector, requireSupportedFields } from '../wire/field-selector.ts';
import type { ParsedLabelSelector } from '../wire/label-selector.ts';

/** What a request selects. Watches of equal selections share the work: a selection is an {@link Interest}. */
export class Selection implements Interest {
  readonly id: string;
  readonly condition: InterestCondition | undefined;
  /** `''`: all namespaces. A field selector for one namespace narrows a request for all to it: what pages begin and end by is there. */
  readonly namespace: string;
  readonly #served: ServedView;
  readonly #labels: ParsedLabelSelector;
  readonly #fields: FieldSelector;
  readonly #key: string | undefined;

  /**
   * @param name of the only object, where the path names one
   * @throws ApiError 400 for a field that selectors may not name
   */
  constructor(
    served: ServedView,
    namespace: string,
    labels: ParsedLabelSelector,
    fields: FieldSelector,
    name?: string,
  ) {
    requireSupportedFields(fields, served.fields);
    this.namespace = namespace === '' ? (fields.exactValue('metadata.namespace') ?? '') : namespace;
    this.#served = served;
    this.#labels = labels;
    this.#fields = fields;
    this.#key = name === undefined ? this.#keyOf(fields) : keyOfParts(namespace, name);
    this.id = JSON.stringify([namespace, this.#key, labels.toString(), fields.toString()]);
    this.condition = this.#conditionOf();
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

  /** What every selected row has and others have not, as far as it can be looked up. */
  #conditionOf(): InterestCondition | undefined {
    if (this.#key !== undefined) return { on: 'key', value: this.#key };
    const label = this.#labels.requirements.find(({ operator, values }) => operator === 'In' && values.length === 1);
    if (label !== undefined) return { on: 'label', name: label.key, value: label.values[0] ?? '' };
    const field = this.#fields.requirements.find(({ operator }) => operator === '=');
    if (field !== undefined) {
      const valueOf = (row: Row): string => this.#served.fieldOf(row, field.field) ?? '';
      return { on: 'field', name: field.field, value: field.value, valueOf };
    }
    return this.namespace === '' ? undefined : { on: 'namespace', value: this.namespace };
  }

  /** The key of the only row there can be: `metadata.name=` within one namespace or at cluster scope. */
  #keyOf(fields: FieldSelector): string | undefined {
    const name = fields.exactValue('metadata.name');
    if (name === undefined) return undefined;
    if (!this.#served.definition.namespaced) return name;
    return this.namespace === '' ? undefined : keyOfParts(this.namespace, name);
  }
}
