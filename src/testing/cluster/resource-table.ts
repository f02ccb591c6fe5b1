import SortedBTree from 'sorted-btree';

import { EventLog } from './event-log.ts';
import type { ResourceKind } from './resource-kind.ts';
import type { StorageEvent } from './event-log.ts';
import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';

const BTree = SortedBTree.default;
type Tree = SortedBTree.default<string, CompleteObject>;

/** Objects of one resource by key, as they were at one revision. */
export interface Snapshot {
  get(key: string): CompleteObject | undefined;
  /** In key order, from the first key that is not less than `from` (and begins with `prefix`) on. */
  entries(prefix: string, from?: string): IterableIterator<readonly [string, CompleteObject]>;
  /** How many there are after `key`, within `prefix`. */
  countAfter(prefix: string, key: string): number;
}

/** After every key that begins with `prefix`. Keys are ASCII. */
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

/** One resource: its objects, and the latest events that led to them. Only storage.ts writes. */
export class ResourceTable {
  readonly kind: ResourceKind;
  readonly log: EventLog;
  readonly #tree: Tree = new BTree(undefined, (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0));
  /** As of now; not to be held over a write. */
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
   * The state after the last event at or below `revision`, made by taking back what came after it; undefined if the log
   * does not go back so far. It stays as it is.
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
