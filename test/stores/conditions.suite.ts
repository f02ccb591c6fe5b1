/**
 * A grid of writes and states: each write succeeds on exactly one state. Part of the suite of every store.
 * @module
 */
import { expect } from 'chai';
import { KeyExistsError, KeyNotFoundError, type RevisionConflictError } from '../../src/stores/errors.ts';
import type { ObjectStore, Versioned } from '../../src/stores/object-store.ts';
import type { StoreRig } from './store-rig.ts';
import { failureOf, NEVER, task, TASKS } from './tasks.ts';

/** Declares the tests. */
export function conditionSuite({ name, open }: StoreRig): void {
  const tasks = (): ObjectStore => open().open(TASKS);

  describe(`${name}: conditions of writes`, () => {
    type Write = (store: ObjectStore, now: number, before: number) => Promise<Versioned>;
    const conditions: readonly (readonly [name: string, expected: (now: number, before: number) => number])[] = [
      ['at the current revision', (now) => now],
      ['at an older revision', (_now, before) => before],
      ['at a later revision', (now) => now + 1],
      ['at revision 0', () => 0],
      ['at a negative revision', () => -1],
      ['at a revision that is not a number', () => Number.NaN],
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
      const succeedsOn =
        write === 'create' ? 'nothing' : write.endsWith('at the current revision') ? 'an object' : 'neither';

      it(`${write} ${succeedsOn === 'an object' ? 'succeeds' : 'fails'} if the object exists`, async () => {
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

      it(`${write} ${succeedsOn === 'nothing' ? 'succeeds' : 'fails'} if the object does not exist`, async () => {
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
