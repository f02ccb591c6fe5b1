import { expect } from 'chai';
import fc from 'fast-check';
import { identity } from '../../../src/projections/identity.ts';
import { byValues } from '../../../src/projections/match/by-values.ts';
import type { Values } from '../../../src/projections/match/values.ts';
import { leftJoin } from '../../../src/projections/operators/left-join.ts';
import { fakeInformer, node, pod, track } from '../../../src/testing/informers/index.ts';
import { type Content, matchSuite, type Thing } from './match.suite.ts';

interface Valued {
  /** The function throws for `BAD`. */
  readonly values?: Values;
}

const text = fc.constantFrom('x', 'y', 'z', '');
const valued: fc.Arbitrary<Content<Valued>> = fc.record({
  spec: fc.record({
    values: fc.oneof(text, fc.array(text, { maxLength: 4 }), fc.constantFrom(undefined, null, 'BAD')),
  }),
});
const isBad = ({ spec }: Thing<Valued>): boolean => spec?.values === 'BAD';
const valuesOf = (thing: Thing<Valued>): Values => {
  if (isBad(thing)) throw new RangeError('bad');
  return thing.spec?.values;
};
const listed = ({ spec }: Thing<Valued>): readonly string[] =>
  [spec?.values].flat().flatMap((value) => (value === undefined || value === null || value === '' ? [] : [value]));

matchSuite({
  name: 'byValues()',
  match: byValues(valuesOf, valuesOf),
  left: valued,
  right: valued,
  leftIsBad: isBad,
  rightIsBad: isBad,
  belong: (left, right) => listed(left).some((value) => listed(right).includes(value)),
});

describe('byValues()', () => {
  it('gives a node its pods, in whatever namespaces', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('store/db', { node: 'n1' }), pod('shop/new'));
    const rows = fakeInformer(node('n1'), node('n2')).pipe(
      leftJoin(
        pods,
        byValues(
          (n) => n.metadata?.name,
          (p) => p.spec?.nodeName,
        ),
        (n, there) => ({ metadata: identity(n), pods: there.map((p) => p.metadata?.name) }),
      ),
    );
    const events = track(rows, (row) => row.pods.join());
    pods.modify(pod('shop/web', { node: 'n2' }));
    events.expect('ADDED n1 web,db', 'ADDED n2', 'MODIFIED n1 db', 'MODIFIED n2 web');
  });

  for (const [what, answer] of [
    ['a number', 3],
    ['an object', {}],
    ['a list of numbers', [3]],
  ] as const) {
    it(`takes ${what} for a mistake, not for a value`, () => {
      const wrong = (): string => answer as unknown as string;
      const rows = fakeInformer(node('n1')).pipe(
        leftJoin(fakeInformer(pod('shop/web')), byValues(wrong, wrong), () => 1),
      );
      track(rows).expect();
      expect([...rows.errors.keys()].toSorted()).to.deep.equal(['n1', 'shop/web']);
      expect(rows.errors.get('n1')?.message).to.contain('objects are matched by strings, not by a');
    });
  }
});
