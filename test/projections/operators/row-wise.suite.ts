/**
 * The tests of every operator that makes at most one row from one object: the obligatory cases, and random histories. After every step of a
 * history the rows are compared with rows that are computed from scratch.
 * @module
 */
import { expect } from 'chai';
import fc from 'fast-check';
import type { DeltaOperator } from '../../../src/informers/collection/index.ts';
import { type FakeInformer, fakeInformer, track } from '../../../src/testing/informers/index.ts';
import { type Value, value } from '../../conformance/observed-source.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

/** An operator on numbers, and its expected rows. */
export interface RowWiseRig {
  readonly name: string;
  readonly operator: DeltaOperator<Value, Value>;
  /** The number in the row of an object with number n; undefined for no row. Throws for {@link BAD}. */
  readonly shows: (n: number) => number | undefined;
  /** Two numbers that have rows. `absent` is a number without a row; undefined if each number has one. */
  readonly present: readonly [number, number];
  readonly absent: number | undefined;
}

/** The number for which every rig throws. */
export const BAD = 13;

/** Throws for {@link BAD}. */
export function checked(n: number): number {
  if (n === BAD) throw new RangeError(`${n} is bad`);
  return n;
}

type Write =
  | { readonly type: 'put' | 'delete'; readonly key: string; readonly n: number }
  | { readonly type: 'relist' | 'replace' | 'gone' };

const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom('put', 'put', 'delete'),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      n: fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constant(BAD)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('relist', 'replace', 'gone') }) },
);

function apply(source: FakeInformer<Value>, one: Write): void {
  if (!source.hasSynced && one.type !== 'gone') source.replace();
  switch (one.type) {
    case 'put':
      if (source.get(one.key) === undefined) source.add(value(one.key, one.n));
      else source.modify(value(one.key, one.n));
      break;
    case 'delete':
      if (source.get(one.key) !== undefined) source.delete(one.key);
      break;
    case 'relist':
      source.relist();
      break;
    case 'replace':
      source.replace(value('a', 1), value('c', source.get('c')?.n ?? 3));
      break;
    case 'gone':
      source.gone();
      break;
    default:
      expect.fail();
  }
}

/** Declares the tests of a rig. */
export function rowWiseSuite({ name, operator, shows, present: [one, two], absent }: RowWiseRig): void {
  const line = (type: string, key: string, n: number): string => `${type} ${key} ${shows(n)}`;

  describe(`${name}, row by row`, () => {
    it('follows an object that is added, modified, and deleted', () => {
      const source = fakeInformer<Value>();
      const events = track(source.pipe(operator), ({ n }) => n);
      source.add(value('a', one));
      events.expect(line('ADDED', 'a', one));
      source.modify(value('a', two));
      events.expect(line('MODIFIED', 'a', two));
      source.delete('a');
      events.expect(line('DELETED', 'a', two));
    });

    if (absent !== undefined) {
      it('adds the row of an object that enters by a modification, and deletes it when the object leaves', () => {
        const source = fakeInformer(value('a', absent));
        const events = track(source.pipe(operator), ({ n }) => n);
        events.expect();
        source.modify(value('a', one));
        events.expect(line('ADDED', 'a', one));
        source.modify(value('a', absent));
        events.expect(line('DELETED', 'a', one));
        source.delete('a');
        events.expect();
      });
    }

    it('emits nothing when the same object is listed again', () => {
      const fixed: Value = { metadata: { name: 'a', uid: 'u', resourceVersion: '9' }, n: one };
      const source = fakeInformer(fixed);
      const events = track(source.pipe(operator), ({ n }) => n);
      events.clear();
      source.replace(structuredClone(fixed));
      events.expect();
    });

    it('has no row for an object for which it throws, reports the error under its key, and makes the other rows', () => {
      const source = fakeInformer(value('a', one), value('b', BAD));
      const rows = source.pipe(operator);
      const events = track(rows, ({ n }) => n);
      events.expect(line('ADDED', 'a', one));
      expect(rows.errors.get('b')?.message).to.equal(`fake | ${name}: no row for b: 13 is bad`);
      source.modify(value('a', BAD));
      events.expect(line('DELETED', 'a', one));
      source.add(value('c', two));
      events.expect(line('ADDED', 'c', two));
      source.modify(value('b', two));
      events.expect(line('ADDED', 'b', two));
      expect([...rows.errors.keys()]).to.deep.equal(['a']);
      source.delete('a');
      expect([...rows.errors.keys()]).to.deep.equal([]);
      expect([nodeOf(rows).failure, rows.hasSynced]).to.deep.equal([undefined, true]);
    });

    it('gives a late subscriber the current rows', () => {
      const source = fakeInformer(value('a', one));
      const rows = source.pipe(operator);
      track(rows);
      source.add(value('b', two), value('c', BAD));
      track(rows, ({ n }) => n).expect(line('ADDED', 'a', one), line('ADDED', 'b', two));
    });

    it('emits a relist as a difference', () => {
      const source = fakeInformer(value('a', one), value('b', one), value('c', one));
      const events = track(source.pipe(operator), ({ n }) => n);
      events.clear();
      source.replace(value('b', one), value('c', two), value('d', one));
      events.expect(line('DELETED', 'a', one), line('MODIFIED', 'c', two), line('ADDED', 'd', one));
    });

    it('keeps the lineage of its source', () => {
      const source = fakeInformer(value('a', one));
      const { lineage } = nodeOf(source.pipe(operator));
      expect(lineage?.source).to.equal(source);
      expect(lineage?.steps.map((step) => step.operator)).to.deep.equal([name]);
    });

    it('equals rows computed from scratch after any history', () => {
      fc.assert(
        fc.property(fc.array(write, { maxLength: 40 }), (history) => {
          const source = fakeInformer(value('a', one));
          const rows = source.pipe(operator);
          const replayed = new Map<string, number>();
          rows.deltas$.subscribe(({ changes }) => {
            for (const delta of changes) {
              expect(delta.type === 'ADDED', `${delta.type} ${delta.key}`).to.equal(!replayed.has(delta.key));
              if (delta.type === 'DELETED') replayed.delete(delta.key);
              else replayed.set(delta.key, delta.object.n);
            }
          });
          for (const each of history) {
            apply(source, each);
            const expected = new Map<string, number>();
            const failed: string[] = [];
            for (const [key, { n }] of source.entries()) {
              try {
                const shown = shows(n);
                if (shown !== undefined) expected.set(key, shown);
              } catch {
                failed.push(key);
              }
            }
            const sorted = (map: Map<string, number>): unknown => [...map].toSorted();
            expect(sorted(new Map(Array.from(nodeOf(rows).entries(), ([key, { n }]) => [key, n])))).to.deep.equal(
              sorted(expected),
            );
            expect(sorted(replayed)).to.deep.equal(sorted(expected));
            expect([...rows.errors.keys()].toSorted()).to.deep.equal(failed.toSorted());
          }
        }),
        { numRuns: 200 },
      );
    });
  });
}
