/**
 * Comparison of two objects of one shape: the fields that were added, changed or removed (structured-merge-diff/typed/compare.go).
 * @module
 */
import { FieldSet } from './field-set.ts';
import { isJsonObject, sameJson, isContainer } from '../json.ts';
import { groupedItems, itemsOf } from './list-items.ts';
import { fieldElement, type PathElement } from './path-element.ts';
import { memberShape, narrowed, type ListShape, type MapShape, type Shape } from './shape.ts';

type Side = Readonly<Record<string, unknown>> | undefined;

const isAbsent = (value: unknown): boolean => value === undefined;
const isEmpty = (value: Side | readonly unknown[]): boolean => value === undefined || Object.keys(value).length === 0;
const kindsOf = (shape: Shape): string => Object.keys(shape).toSorted().join();

/** The differences between two values. A field is in at most one of the sets. */
export class Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;

  constructor(removed = new FieldSet(), modified = new FieldSet(), added = new FieldSet()) {
    this.removed = removed;
    this.modified = modified;
    this.added = added;
  }

  /** Returns the differences that are neither in a set of fields nor below one of its fields. */
  without(fields: FieldSet): Comparison {
    return new Comparison(this.removed.without(fields), this.modified.without(fields), this.added.without(fields));
  }

  /** Compares two values recursively. `undefined` stands for a missing value; null is a value. */
  compare(before: unknown, after: unknown, shape: Shape, element: PathElement): void {
    // Most values are scalars and contain no fields.
    const below = isContainer(before) || isContainer(after) ? new Comparison() : undefined;
    const was = narrowed(shape, before);
    const is = narrowed(shape, after);
    let isWhole = below === undefined || below.#visit(before, after, isAbsent(after) ? was : is);
    if (below !== undefined && !isAbsent(before) && !isAbsent(after) && kindsOf(was) !== kindsOf(is)) {
      // The value changed its kind: its old contents are removed, and the value itself is changed.
      isWhole = below.#visit(before, after, was) || isWhole;
    }
    if (isAbsent(before)) {
      this.added.add(element);
    } else if (isAbsent(after)) {
      this.removed.add(element);
    } else if (isWhole && !sameJson(before, after)) {
      this.modified.add(element);
    }
    if (below !== undefined) this.#attach(element, below);
  }

  #attach(element: PathElement, { removed, modified, added }: Comparison): void {
    this.removed.attach(element, removed);
    this.modified.attach(element, modified);
    this.added.attach(element, added);
  }

  /** Compares the contents of two values. Returns true if the values must be compared as a whole instead. */
  #visit(before: unknown, after: unknown, { map, scalar, list }: Shape): boolean {
    if (map !== undefined) {
      const was = isJsonObject(before) ? before : undefined;
      const is = isJsonObject(after) ? after : undefined;
      // A missing value, null and an empty map are different. Two empty values are compared as a whole.
      if (map.isAtomic || (isEmpty(was) && isEmpty(is))) return true;
      this.#members(was, is, map);
      return false;
    }
    if (scalar !== undefined || list === undefined || list.isAtomic) return true;
    const was = Array.isArray(before) ? before : [];
    const is = Array.isArray(after) ? after : [];
    return was.length + is.length === 0 || !this.#items(was, is, list);
  }

  #members(before: Side, after: Side, map: MapShape): void {
    for (const name of new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])) {
      const was = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined;
      const is = after !== undefined && Object.hasOwn(after, name) ? after[name] : undefined;
      this.compare(was, is, memberShape(map, name), fieldElement(name));
    }
  }

  /** Returns whether the items can be distinguished. */
  #items(before: readonly unknown[], after: readonly unknown[], list: ListShape): boolean {
    const itemsBefore = itemsOf(list, before);
    const itemsAfter = itemsOf(list, after);
    if (itemsBefore === undefined || itemsAfter === undefined) return false;
    const groupsBefore = groupedItems(itemsBefore);
    const groupsAfter = groupedItems(itemsAfter);
    for (const element of new Set([...groupsBefore.keys(), ...groupsAfter.keys()])) {
      this.#group(groupsBefore.get(element) ?? [], groupsAfter.get(element) ?? [], list.element, element);
    }
    return true;
  }

  /** Items that cannot be distinguished are one field together. */
  #group(before: readonly unknown[], after: readonly unknown[], shape: Shape, element: PathElement): void {
    if (before.length < 2 && after.length < 2) {
      this.compare(before[0], after[0], shape, element);
    } else if (before.length > 1 && after.length > 1) {
      if (!sameJson(before, after)) this.modified.add(element);
    } else if (before.length > 1) {
      if (after.length > 0) this.compare(undefined, after[0], shape, element);
      this.removed.add(element);
    } else {
      if (before.length > 0) this.compare(before[0], undefined, shape, element);
      this.added.add(element);
    }
  }
}

/**
 * Compares two objects of a shape.
 * @see structured-merge-diff/typed/compare.go
 */
export function compared(before: unknown, after: unknown, shape: Shape): Comparison {
  // The object itself is not a field. It is compared as the only member of a map, and the result is the part below that member.
  const whole = new Comparison();
  whole.compare(before, after, shape, '');
  return new Comparison(whole.removed.below(''), whole.modified.below(''), whole.added.below(''));
}
