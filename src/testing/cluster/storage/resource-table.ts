/**
 * The objects of one resource as a sorted tree, with the log of their latest changes. Snapshots of the past are
 * computed from both.
 * @module
 */
import SortedBTree from 'sorted-btree';
import { EventLog, type StorageEvent } from './event-log.ts';
import type { ResourceKind } from '../kinds/resource-kind.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';

const BTree = SortedBTree.default;
type Tree = SortedBTree.default<string, CompleteObject>;

/** The objects of one resource by key, at one revision. */
export interface Snapshot {
  get(key: string): CompleteObject | undefined;
  /** Yields the entries with `prefix` in key order, from the first key that is not less than `from`. */
  entries(prefix: string, from?: string): IterableIterator<readonly [string, CompleteObject]>;
  /** Returns the number of entries after `key` with `prefix`. */
  countAfter(prefix: string, key: string): number;
}

/** Returns a text that sorts after all keys with `prefix`. Keys are ASCII. */
const endOf = (prefix: string): string => `${prefix}\uffff`;

const snapshotOf = (tree: Tree): Snapshot => ({
  get: (key) => tree.get(key),
  *entries(prefix, from = prefix) {
    const end = endOf(prefix);
    for (const entry of tree.entries(from < prefix ? prefix : from)) {
      if (entry[0] >= end) return;
      yield entry;
    }
  },
  countAfter: (prefix, key) => tree.forRange(`${key}\0`, endOf(prefix), false),
});

/** One resource: its objects and the log of their latest changes. Only revision-store.ts writes to it. */
export class ResourceTable {
  readonly kind: ResourceKind;
  readonly log: EventLog;
  readonly #tree: Tree = new BTree(undefined, (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0));
  /** The current objects. It changes with each write. */
  readonly current: Snapshot = snapshotOf(this.#tree);

  constructor(kind: ResourceKind, historyLimit: number, revision: number) {
    this.kind = kind;
    this.log = new EventLog(historyLimit, revision);
  }

  apply(event: StorageEvent): void {
    if (event.type === 'DELETED') this.#tree.delete(event.key);
    else this.#tree.set(event.key, event.object);
    this.log.append(event);
  }

  /**
   * Returns the state at `revision`, or undefined if the log does not reach back to it. It takes a copy of the current
   * state and undoes the later events. The result does not change.
   */
  at(revision: number): Snapshot | undefined {
    if (revision < this.log.floor) return undefined;
    const tree = this.#tree.clone();
    const first = this.log.positionAfter(revision);
    for (let position = this.log.end - 1; position >= first; position -= 1) {
      const event = this.log.at(position);
      if (event?.previous !== undefined) tree.set(event.key, event.previous);
      else if (event !== undefined) tree.delete(event.key);
    }
    return snapshotOf(tree);
  }
}
