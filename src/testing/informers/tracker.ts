/**
 * The events of a collection as short strings: `ADDED shop/web a`.
 * @module
 */
import { AssertionError } from 'node:assert';
import type { Collection } from '../../informers/collection/collection.ts';
import type { Cause, DeltaBatch } from '../../informers/collection/delta.ts';

/** Records the deltas of a collection, beginning with its snapshot. */
export class Tracker<T> implements Disposable {
  readonly #collection: Collection<T>;
  readonly #describe: (object: T) => unknown;
  readonly #subscription: { unsubscribe(): void };
  #events: string[] = [];
  #causes: Cause['type'][] = [];

  constructor(collection: Collection<T>, describe: (object: T) => unknown) {
    this.#collection = collection;
    this.#describe = describe;
    this.#subscription = collection.deltas$.subscribe((batch) => this.#record(batch));
  }

  /** The recorded events that no `expect` has consumed yet. */
  get events(): readonly string[] {
    return this.#events;
  }

  /**
   * The messages of rows that could not be made and of objects that were left out, in order of their keys. `expect` compares events
   * only, and shows these messages when it fails. So a test that expects all rows must check this list, too.
   * @example
   * expect(track(pods).errors).to.deep.equal([]);
   */
  get errors(): string[] {
    const inOrder = Array.from(this.#collection.errors).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return inOrder.map(([, { message }]) => message);
  }

  /** Returns the causes of the batches since the last call. */
  takeCauses(): Cause['type'][] {
    return this.#causes.splice(0);
  }

  /**
   * Asserts that exactly these events have come since the last `expect`, in this order. A batch promises no order, so the events of
   * one batch are compared in order of their keys.
   * @throws AssertionError with both lists and with the messages of rows that could not be made
   */
  expect(...expected: string[]): void {
    const actual = this.#events.splice(0);
    if (actual.length === expected.length && actual.every((event, index) => event === expected[index])) return;
    const errors = this.errors.map((message) => `\n! ${message}`).join('');
    const message = `unexpected events (- expected, + recorded)\n${difference(expected, actual)}${errors}`;
    throw new AssertionError({ message, actual, expected, operator: 'track' });
  }

  /** Discards the recorded events. */
  clear(): void {
    this.#events = [];
    this.#causes = [];
  }

  /** Unsubscribes. A collection without other subscribers stops running. */
  stop(): void {
    this.#subscription.unsubscribe();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #record(batch: DeltaBatch<T>): void {
    this.#causes.push(batch.cause.type);
    const changes = batch.changes.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    for (const { type, key, object } of changes) {
      const described = this.#describe(object) ?? '';
      const description = typeof described === 'string' ? described : JSON.stringify(described);
      this.#events.push(description === '' ? `${type} ${key}` : `${type} ${key} ${description}`);
    }
  }
}

/**
 * Tracks a collection. The subscription keeps the collection running.
 * @param describe returns the text to show after the key of an object
 * @example
 * const nodes = fakeInformer(node('n1', { zone: 'a' }));
 * const events = track(podPlacements(pods, nodes), (row) => row.zone);
 * nodes.modify(node('n1', { zone: 'b' }));
 * events.expect('ADDED shop/web a', 'MODIFIED shop/web b');
 */
export function track<T>(collection: Collection<T>, describe: (object: T) => unknown = () => ''): Tracker<T> {
  return new Tracker(collection, describe);
}

/** Returns a diff of two lists of events: the common lines at the beginning and the end, and the lines that differ between them. */
function difference(expected: readonly string[], actual: readonly string[]): string {
  const shorter = Math.min(expected.length, actual.length);
  let head = 0;
  while (head < shorter && expected[head] === actual[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && expected.at(-1 - tail) === actual.at(-1 - tail)) tail += 1;
  const lines = [
    ...expected.slice(0, head).map((event) => `  ${event}`),
    ...expected.slice(head, expected.length - tail).map((event) => `- ${event}`),
    ...actual.slice(head, actual.length - tail).map((event) => `+ ${event}`),
    ...expected.slice(expected.length - tail).map((event) => `  ${event}`),
  ];
  return lines.join('\n');
}
