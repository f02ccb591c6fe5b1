import { isJsonObject } from '../json.ts';
import { keyElement, valueElement, type PathElement } from './path-element.ts';
import type { ListShape } from './shape.ts';

/** An item of a map list or a set that cannot be told from others: it has no key, or is no scalar. */
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

/** The path element of an item of a map list (by its keys, absent ones by their defaults) or of a set (by its value). */
export function elementOf(list: ListShape, item: unknown): PathElement {
  if (list.keys.length > 0) return keyedElement(list, item);
  if (item === null) throw new ListItemError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ListItemError('not supported: associative list with lists as elements');
  if (isJsonObject(item)) throw new ListItemError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

export interface ListItem {
  readonly element: PathElement;
  readonly item: unknown;
}

/** The items in order; undefined when one of them has no path element, which only an object that does not fit its schema has. */
export function itemsOf(list: ListShape, items: readonly unknown[]): readonly ListItem[] | undefined {
  try {
    return items.map((item) => ({ element: elementOf(list, item), item }));
  } catch (error) {
    if (error instanceof ListItemError) return undefined;
    throw error;
  }
}

/** Items by path element; more than one where the list has duplicates. */
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
