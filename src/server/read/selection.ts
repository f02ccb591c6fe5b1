/**
 * The selection of rows by a request: its namespace, name, label selector, field selector and shard selector.
 * @module
 */
import { keyOfParts } from '../../key.ts';
import type { Interest, InterestCondition } from '../../projections/interest.ts';
import { type LeafRange, looseRange, MAX_LEAF_ROWS } from '../../projections/leaf.ts';
import type { RowSnapshot } from '../../projections/ordered-map.ts';
import type { Row } from '../../projections/row.ts';
import { shardHash } from '../../projections/shard-hash.ts';
import { type FieldSelector, requireSupportedFields } from '../wire/field-selector.ts';
import type { ParsedLabelSelector } from '../wire/label-selector.ts';
import type { ShardSelector } from '../wire/shard-selector.ts';
import type { ArrangedRows } from './arranged-rows.ts';
import type { ServedView } from './served-view.ts';
import { ROWS_PER_TURN } from './turns.ts';
import type { VisibleNamespaces } from './visible-namespaces.ts';

/** The parts of a request that select rows. */
export interface SelectionOptions {
  /** The namespace in the path; empty for all namespaces and for cluster-scoped resources. */
  readonly namespace: string;
  /** The name in the path; undefined if the path names no object. */
  readonly name?: string | undefined;
  readonly labelSelector: ParsedLabelSelector;
  readonly fieldSelector: FieldSelector;
  /** @default all shards */
  readonly shardSelector?: ShardSelector | undefined;
  /** The namespaces whose rows the caller may see. @default all */
  readonly visible?: VisibleNamespaces | undefined;
}

/** The rows that a request selects. It is an {@link Interest}, so watches with equal selections share their work. */
export class Selection implements Interest {
  readonly id: string;
  readonly condition: InterestCondition | undefined;
  /** The shards of the rows; undefined for all. */
  readonly shard: ShardSelector | undefined;
  /**
   * The namespace of the rows; `''` means all namespaces. A field selector `metadata.namespace=` narrows a request for all namespaces to
   * one. Pages then start and end within it.
   */
  readonly namespace: string;
  readonly #served: ServedView;
  readonly #labels: ParsedLabelSelector;
  readonly #fields: FieldSelector;
  readonly #key: string | undefined;
  /** The namespaces whose rows the caller may see; undefined for all. */
  readonly visible: VisibleNamespaces | undefined;

  /** @throws ApiError 400 for a field that is not selectable */
  constructor(
    served: ServedView,
    { namespace, name, labelSelector: labels, fieldSelector: fields, shardSelector: shard, visible }: SelectionOptions,
  ) {
    requireSupportedFields(fields, served.fields);
    this.namespace = namespace === '' ? (fields.exactValue('metadata.namespace') ?? '') : namespace;
    this.#served = served;
    this.visible = visible;
    this.shard = shard;
    this.#labels = labels;
    this.#fields = fields;
    this.#key = name === undefined ? this.#keyOf(fields) : keyOfParts(namespace, name);
    this.id = JSON.stringify([
      namespace,
      this.#key,
      labels.toString(),
      fields.toString(),
      visible?.id,
      shard?.toString(),
    ]);
    this.condition = this.#conditionOf();
  }

  /** The number of requirements of all selectors. */
  get requirements(): number {
    return this.#labels.requirements.length + this.#fields.requirements.length + (this.shard?.requirements ?? 0);
  }

  /** Whether there is a selector. Then the number of remaining rows is unknown. */
  get isFiltered(): boolean {
    return !this.#labels.isEmpty || !this.#fields.isEmpty || this.shard !== undefined;
  }

  /** Whether the key of the only possible row is known. Then a list has no second page. */
  get isSingle(): boolean {
    return this.#key !== undefined;
  }

  matches(row: Row): boolean {
    if (this.#key !== undefined && row.key !== this.#key) return false;
    if (this.namespace !== '' && row.namespace !== this.namespace) return false;
    if (this.visible?.has(row.namespace) === false) return false;
    if (this.shard?.matches(shardHash(row, this.shard.field)) === false) return false;
    if (!this.#labels.isEmpty && !this.#labels.matches(row.object.metadata.labels)) return false;
    return this.#fields.isEmpty || this.#fields.matches((field) => this.#served.fieldOf(row, field));
  }

  /**
   * Returns the selected rows in order of their keys, from `start` on. It costs one lookup if the key of the only row is known. After
   * each {@link ROWS_PER_TURN} examined rows it returns undefined: the caller should let the event loop take a turn.
   */
  *rows(snapshot: RowSnapshot, start?: string): IterableIterator<Row | undefined> {
    if (this.#key !== undefined) {
      const row = snapshot.get(this.#key);
      if (row !== undefined && (start === undefined || row.key >= start) && this.matches(row)) yield row;
      return;
    }
    let examined = 0;
    for (const row of this.#range(snapshot, start)) {
      if (this.matches(row)) yield row;
      examined += 1;
      if (examined % ROWS_PER_TURN === 0) yield undefined;
    }
  }

  /**
   * Returns the selected rows from `start` on as parts of leaves. Without a selector it examines no row. With one it returns leaves that nobody
   * keeps, and undefined before it has examined {@link ROWS_PER_TURN} rows: the caller should let the event loop take a turn.
   * @param arranged the rows of this selection as they were last read, if they are kept. Only for the current rows, from the first on
   */
  *leaves(snapshot: RowSnapshot, start?: string, arranged?: ArrangedRows): IterableIterator<LeafRange | undefined> {
    if (this.#key !== undefined) {
      for (const row of this.rows(snapshot, start)) if (row !== undefined) yield looseRange([row]);
      return;
    }
    if (arranged !== undefined) {
      const parts = Array.from(this.parts(snapshot));
      yield* arranged.leaves({ parts, leaves: this.#leaves(snapshot, start), matches: (row) => this.matches(row) });
      return;
    }
    let examined = 0;
    for (const range of this.#leaves(snapshot, start)) {
      if (!this.isFiltered) {
        yield range;
        continue;
      }
      const { leaf, from, to } = range;
      const selected = leaf.rows.slice(from, to).filter((row) => this.matches(row));
      if (selected.length > 0) yield looseRange(selected);
      examined += to - from;
      if (examined <= ROWS_PER_TURN - MAX_LEAF_ROWS) continue;
      examined = 0;
      yield undefined;
    }
  }

  /** Returns the immutable parts that make up the rows from which the request selects. A list with other parts may have other rows. */
  *parts(snapshot: RowSnapshot): IterableIterator<object> {
    if (this.#key !== undefined) {
      const row = snapshot.get(this.#key);
      if (row !== undefined) yield row;
    } else if (this.visible !== undefined && this.namespace === '') yield* this.visible.parts(snapshot);
    else if (this.visible?.has(this.namespace) !== false) yield* snapshot.parts(this.namespace);
  }

  /** Returns the number of rows of the namespaces from `start` on, also of those that the selectors do not select. */
  count(snapshot: RowSnapshot, start: string): number {
    if (this.visible === undefined || this.namespace !== '') {
      return this.visible?.has(this.namespace) === false ? 0 : snapshot.count(this.namespace, start);
    }
    return this.visible.count(snapshot, start);
  }

  *#range(snapshot: RowSnapshot, start: string | undefined): Iterable<Row> {
    for (const { leaf, from, to } of this.#leaves(snapshot, start))
      yield* from === 0 && to === leaf.size ? leaf.rows : leaf.rows.slice(from, to);
  }

  #leaves(snapshot: RowSnapshot, start: string | undefined): Iterable<LeafRange> {
    if (this.visible === undefined || this.namespace !== '') {
      return this.visible?.has(this.namespace) === false ? [] : snapshot.leaves(this.namespace, start);
    }
    return this.visible.leaves(snapshot, start);
  }

  /** Returns a condition that every selected row meets and for which the view has an index. */
  #conditionOf(): InterestCondition | undefined {
    if (this.#key !== undefined) return { on: 'key', value: this.#key };
    const label = this.#labels.requirements.find(({ operator, values }) => operator === 'In' && values.length === 1);
    if (label !== undefined) return { on: 'label', name: label.key, value: label.values[0] ?? '' };
    const field = this.#fields.requirements.find(({ operator }) => operator === '=');
    if (field !== undefined) {
      const valueOf = (row: Row): string => this.#served.fieldOf(row, field.field) ?? '';
      return { on: 'field', name: field.field, value: field.value, valueOf };
    }
    const [only, ...others] = this.namespace === '' ? (this.visible?.names ?? []) : [this.namespace];
    return only === undefined || others.length > 0 ? undefined : { on: 'namespace', value: only };
  }

  /** Returns the key of the only possible row: `metadata.name=` selects one row within a namespace or at cluster scope. */
  #keyOf(fields: FieldSelector): string | undefined {
    const name = fields.exactValue('metadata.name');
    if (name === undefined) return undefined;
    if (!this.#served.definition.namespaced) return name;
    return this.namespace === '' ? undefined : keyOfParts(this.namespace, name);
  }
}
