/**
 * Records the batches of a collection as marbles, and compares them with expected ones.
 * @module
 */
import { AssertionError } from 'node:assert';
import type { Collection } from '../../informers/collection/collection.ts';
import type { Delta } from '../../informers/collection/delta.ts';
import { type Marble, parseMarbles } from './marbles.ts';

/** Records the batches of a collection, beginning with its snapshot. Batches without changes are not recorded. */
export class MarbleTracker<T> implements Disposable {
  readonly #describe: (object: T) => unknown;
  readonly #subscription: { unsubscribe(): void };
  #ticks: string[] = [];

  constructor(collection: Collection<T>, describe: (object: T) => unknown) {
    this.#describe = describe;
    this.#subscription = collection.deltas$.subscribe(({ changes }) => {
      if (changes.length > 0) this.#ticks.push(sortedText(changes.map((delta) => this.#marbleOf(delta))));
    });
  }

  /**
   * Asserts that exactly these batches were emitted since the last `expect`. The order within a batch is not compared.
   * @throws AssertionError with the expected and the actual batches
   * @throws MarbleError for text that is not marbles
   */
  expect(marbles: string): void {
    const actual = this.#ticks.splice(0).join(' | ');
    const expected = parseMarbles(marbles)
      .map((tick) => (typeof tick === 'string' ? `!${tick}` : sortedText(tick)))
      .join(' | ');
    if (actual === expected) return;
    const message = `unexpected batches\nexpected "${expected}"\n  actual "${actual}"`;
    throw new AssertionError({ message, actual, expected, operator: 'trackMarbles' });
  }

  /** Stops recording and unsubscribes from the collection. */
  stop(): void {
    this.#subscription.unsubscribe();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #marbleOf(delta: Delta<T>): Marble {
    if (delta.type === 'DELETED') return { sign: '-', key: delta.key, text: '' };
    const described = this.#describe(delta.object) ?? '';
    const text = typeof described === 'string' ? described : JSON.stringify(described);
    return { sign: delta.type === 'ADDED' ? '+' : '~', key: delta.key, text: text.replaceAll(/\s+/g, '_') };
  }
}

/**
 * Subscribes to a collection and records its batches as marbles.
 * @param describe returns the text after the colon for an object; white space becomes `_`
 * @example
 * const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
 * const nodes = fakeInformer(node('n1', { zone: 'a' }));
 * const rows = trackMarbles(podPlacements(pods, nodes), (row) => row.zone);
 * playMarbles(nodes, '~n1:b', (name, zone) => node(name, { zone }));
 * rows.expect('+shop/web:a | ~shop/web:b');
 */
export function trackMarbles<T>(
  collection: Collection<T>,
  describe: (object: T) => unknown = () => '',
): MarbleTracker<T> {
  return new MarbleTracker(collection, describe);
}

function sortedText(marbles: readonly Marble[]): string {
  return marbles
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ sign, key, text }) => `${sign}${key}${text === '' ? '' : `:${text}`}`)
    .join(' ');
}
