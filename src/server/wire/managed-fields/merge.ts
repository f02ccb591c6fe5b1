/**
 * The merge of an applied configuration into a live object (structured-merge-diff/typed/merge.go).
 * @module
 */
import { isJsonObject, memberOf } from '../json.ts';
import { groupedItems, itemsOf, type ListItem } from './list-items.ts';
import type { PathElement } from './path-element.ts';
import { memberShape, narrowed, type ListShape, type MapShape, type Shape } from './shape.ts';

type Members = Readonly<Record<string, unknown>>;

function mergedMembers(live: Members, config: Members, map: MapShape): Members {
  const names = new Set([...Object.keys(live), ...Object.keys(config)]);
  // A Map and fromEntries, because `__proto__` is an ordinary name.
  return Object.fromEntries(
    [...names].map((name) => [name, merged(memberOf(live, name), memberOf(config, name), memberShape(map, name))]),
  );
}

/**
 * Returns the items of the merged list in order. Items of the configuration keep the order of the configuration. The other live items keep
 * their positions between the shared items, as far as possible.
 */
function mergedOrder(live: readonly ListItem[], config: readonly ListItem[]): readonly Place[] {
  const inLive = new Set(live.map(({ element }) => element));
  const inConfig = new Set(config.map(({ element }) => element));
  const shared = config.map(({ element }) => element).filter((element) => inLive.has(element));
  const done = new Set<PathElement>();
  const places: Place[] = [];
  let [left, right, nextShared] = [0, 0, 0];
  const take = (item: ListItem): void => {
    done.add(item.element);
    places.push({ config: item });
    right += 1;
  };
  while (left < live.length || right < config.length) {
    const ours = live[left];
    const theirs = config[right];
    if (ours !== undefined && theirs !== undefined) {
      if (ours.element === theirs.element) {
        take(theirs);
        left += 1;
        nextShared += 1;
        continue;
      }
      const awaited = shared[nextShared];
      if (inConfig.has(ours.element) && awaited !== undefined && awaited !== ours.element) {
        // A shared item that is not the next one of the configuration comes later or has been emitted already.
        left += 1;
        continue;
      }
    }
    if (ours !== undefined) {
      if (!inConfig.has(ours.element)) {
        places.push({ live: ours });
        left += 1;
        continue;
      }
      if (done.has(ours.element)) left += 1;
    }
    if (theirs !== undefined) {
      if (shared[nextShared] === theirs.element) nextShared += 1;
      take(theirs);
    }
  }
  return places;
}
type Place =
  | { readonly live: ListItem; readonly config?: never }
  | { readonly config: ListItem; readonly live?: never };

function mergedItems(live: readonly ListItem[], config: readonly ListItem[], list: ListShape): readonly unknown[] {
  const groups = groupedItems(live);
  return mergedOrder(live, config).map((place) => {
    if (place.config === undefined) return place.live.item;
    // Items that cannot be distinguished are replaced, not merged.
    const [was, ...duplicates] = groups.get(place.config.element) ?? [];
    return merged(duplicates.length > 0 ? null : was, place.config.item, list.element);
  });
}

/**
 * Merges an applied value into a live one. If both have a value, the result has that of the configuration. Nothing is removed. Neither argument changes;
 * the result may share parts with both.
 * @see structured-merge-diff/typed/merge.go
 */
export function merged(live: unknown, config: unknown, shape: Shape): unknown {
  const { map, scalar, list } = narrowed(shape, config === undefined ? live : config);
  const whole = config === undefined ? live : config;
  if (map !== undefined) {
    const ours = isJsonObject(live) ? live : {};
    const theirs = isJsonObject(config) ? config : {};
    const isWhole = map.isAtomic || Object.keys(ours).length + Object.keys(theirs).length === 0;
    return isWhole ? whole : mergedMembers(ours, theirs, map);
  }
  if (scalar === undefined && list !== undefined && !list.isAtomic) {
    const ours: readonly unknown[] = Array.isArray(live) ? live : [];
    const theirs: readonly unknown[] = Array.isArray(config) ? config : [];
    const [liveItems, configItems] = [itemsOf(list, ours), itemsOf(list, theirs)];
    if (liveItems !== undefined && configItems !== undefined && ours.length + theirs.length > 0) {
      return mergedItems(liveItems, configItems, list);
    }
  }
  return whole;
}
