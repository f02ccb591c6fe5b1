/**
 * Items of lists that merge item by item: map lists and sets.
 * @module
 */
import { isJsonObject } from '../json.ts';
import { keyElement, valueElement, type PathElement } from './path-element.ts';
import type { ListShape } from './shape.ts';

/** An item of a map list has no key, or an item of a set is not a scalar. So it cannot be distinguished from other items. */
export class ListItemError extends Error {}

const quotedKeys = (keys: readonly string[]): string => `[${keys.map((key) => JSON.stringify(key)).join(' ')}]`;

function keyedElement({ keys, element }: ListShape, item: unknown): PathElement {
  if (item === null) throw new ListItemError('associative list with keys may not have a null element');
  if (!isJsonObject(item)) throw new ListItemError('associative list with keys may not have non-map elements');
  const found: [string, unknown][] = [];
  for (const key of keys) {
    const value = Object.hasOwn(item, key) ? item[key] : element.map?.defaults.get(key);
    if (value !== undefined) found.push([key, value]);
  }
  if (found.length === 0) {
    throw new ListItemError(
      `associative list with keys has an element that omits all key fields ${quotedKeys(keys)} (and doesn't have default values for any key fields)`,
    );
  }
  return keyElement(found);
}

/**
 * Returns the path element of an item. An item of a map list is identified by its keys, or their defaults; an item of a set by its value.
 * @throws ListItemError if the item has no identity
 */
export function elementOf(list: ListShape, item: unknown): PathElement {
  if (list.keys.length > 0) return keyedElement(list, item);
  if (item === null) throw new ListItemError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ListItemError('not supported: associative list with lists as elements');
  if (isJsonObject(item)) throw new ListItemError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

/** An item and the path element that identifies it in its list. */
export interface ListItem {
  readonly element: PathElement;
  readonly item: unknown;
}

/**
 * Returns the items in order, or undefined if an item has no path element. That happens only in an object that does not match its schema.
 */
export function itemsOf(list: ListShape, items: readonly unknown[]): readonly ListItem[] | undefined {
  try {
    return items.map((item) => ({ element: elementOf(list, item), item }));
  } catch (error) {
    if (error instanceof ListItemError) return undefined;
    throw error;
  }
}

/** Returns the items by path element. An element has several items if the list contains duplicates. */
export function groupedItems(items: readonly ListItem[]): ReadonlyMap<PathElement, readonly unknown[]> {
  const groups = new Map<PathElement, unknown[]>();
  for (const { element, item } of items) {
    const group = groups.get(element);
    if (group === undefined) {
      groups.set(element, [item]);
    } else {
      group.push(item);
    }
  }
  return groups;
}
