import { expect } from 'chai';
import fc from 'fast-check';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import type { ObjectStore, Versioned } from '../../../src/stores/object-store.ts';
import { fakeClock } from '../../../src/testing/informers/fake-clock.ts';
import { NEVER, task, TASKS, titleOf } from '../tasks.ts';
import { FaultyStores } from './faulty-stores.ts';

describe('SqliteObjectStore', () => {
  const stores = new FaultyStores();
  after(() => stores.remove());

  it('agrees with a memory store about every outcome, also of concurrent writes', async () => {
    const step = fc.record({
      type: fc.constantFrom('create' as const, 'replace' as const, 'delete' as const, 'read' as const),
      key: fc.constantFrom('a', 'b', 'shop/a'),
      age: fc.integer({ min: 0, max: 2 }),
    });
    const histories = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(histories, fc.boolean(), async (history, isServed) => {
        const rigs = [
          memoryStore({ clock: fakeClock() }).open(TASKS),
          stores.open({ log: { entries: 4 } }).tasks,
        ] as const;
        const subscriptions = isServed ? rigs.map(({ objects }) => objects.deltas$.subscribe()) : [];
        const outcomes = await Promise.all(rigs.map((store) => outcomesOf(store, history)));
        expect(outcomes[1]).to.deep.equal(outcomes[0]);
        for (const subscription of subscriptions) subscription.unsubscribe();
        await stores.close();
      }),
      { numRuns: 25 },
    );
  });
});

interface Step {
  readonly type: 'create' | 'replace' | 'delete' | 'read';
  readonly key: string;
  /** The number of writes of the key since the revision that a write expects. */
  readonly age: number;
}

/** Runs groups of concurrent calls, and returns their outcomes. Revisions are counted from the first write. */
async function outcomesOf(store: ObjectStore, history: readonly (readonly Step[])[]): Promise<string[]> {
  const outcomes: string[] = [];
  const revisions = new Map<string, number[]>();
  let first: number | undefined;
  const shownAs = ({ object, revision }: Versioned): string => {
    first ??= revision;
    return `${titleOf(object)} at ${revision - first}`;
  };
  for (const [round, group] of history.entries()) {
    const reads = group.filter(({ type }) => type === 'read').length;
    const calls = group.map(async ({ type, key, age }, index) => {
      const expected = revisions.get(key)?.at(-1 - age) ?? 1;
      const object = task(key, `${round}-${index}`);
      // A read beside writes may see the state before or after them.
      if (type === 'read') return reads === group.length ? await store.read(key, NEVER) : undefined;
      const written =
        type === 'create'
          ? await store.create(object, NEVER)
          : type === 'replace'
            ? await store.replace(object, expected, NEVER)
            : await store.delete(key, expected, NEVER);
      revisions.set(key, [...(revisions.get(key) ?? []), written.revision]);
      return written;
    });
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'fulfilled')
        outcomes.push(outcome.value === undefined ? 'nothing' : shownAs(outcome.value));
      else outcomes.push((outcome.reason as Error).name);
    }
  }
  return outcomes;
}
