/**
 * On which states a write succeeds, as a grid: part of the suite of every store.
 * @module
 */
import { expect } from 'chai';
import { KeyExistsError, KeyNotFoundError, type RevisionConflictError } from '../../src/stores/errors.ts';
import type { ObjectStore, Versioned } from '../../src/stores/object-store.ts';
import type { StoreRig } from './store-rig.ts';
import { failureOf, NEVER, task, TASKS } from './tasks.ts';

/** Declares the tests of a store. */
export function conditionSuite({ name, open }: StoreRig): void {
  const tasks = (): ObjectStore => open().open(TASKS);

  describe(`writes of ${name}`, () => {
    type Write = (store: ObjectStore, now: number, before: number) => Promise<Versioned>;
    const conditions: readonly (readonly [name: string, expected: (now: number, before: number) => number])[] = [
      ['at the revision that is there', (now) => now],
      ['at a revision before', (_now, before) => before],
      ['at a revision after', (now) => now + 1],
      ['at revision 0', () => 0],
      ['at a negative revision', () => -1],
      ['at no number', () => Number.NaN],
    ];
    const writes: readonly (readonly [name: string, write: Write])[] = [
      ['create', (store) => store.create(task('shop/a', 'new'), NEVER)],
      ...conditions.flatMap(([condition, expected]): (readonly [string, Write])[] => [
        [
          `replace ${condition}`,
          (store, now, before) => store.replace(task('shop/a', 'new'), expected(now, before), NEVER),
        ],
        [`delete ${condition}`, (store, now, before) => store.delete('shop/a', expected(now, before), NEVER)],
      ]),
    ];
    for (const [write, run] of writes) {
      const succeedsOn = write === 'create' ? 'nothing' : write.endsWith('that is there') ? 'an object' : 'neither';

      it(`${write}: on an object`, async () => {
        const store = tasks();
        const before = await store.create(task('shop/a', 'one'), NEVER);
        const now = await store.replace(task('shop/a', 'two'), before.revision, NEVER);
        if (succeedsOn === 'an object') {
          expect((await run(store, now.revision, before.revision)).revision).to.be.above(now.revision);
          return;
        }
        const failure = await failureOf(run(store, now.revision, before.revision));
        if (write === 'create') expect(failure).to.be.instanceOf(KeyExistsError);
        else expect((failure as RevisionConflictError).current).to.deep.equal(now);
        expect(await store.read('shop/a', NEVER)).to.deep.equal(now);
      });

      it(`${write}: on nothing`, async () => {
        const store = tasks();
        const last = await store.create(task('shop/a', 'one'), NEVER);
        const gone = await store.delete('shop/a', last.revision, NEVER);
        if (succeedsOn === 'nothing') {
          expect((await run(store, gone.revision, last.revision)).revision).to.be.above(gone.revision);
          return;
        }
        expect(await failureOf(run(store, gone.revision, last.revision))).to.be.instanceOf(KeyNotFoundError);
        expect(await store.read('shop/a', NEVER)).to.equal(undefined);
      });
    }
  });
}
