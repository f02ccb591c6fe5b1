import { expect } from 'chai';
import fc from 'fast-check';
import { identity } from '../../../src/projections/identity.ts';
import { byValues, equalRelation } from '../../../src/projections/match/equal-values.ts';
import type { Values } from '../../../src/projections/results.ts';
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
  it('matches a node with its pods in all namespaces', () => {
    const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('store/db', { node: 'n1' }), pod('shop/new'));
    const rows = fakeInformer(node('n1'), node('n2')).pipe(
      leftJoin(
        pods,
        byValues(
          (n) => n.metadata?.name,
          (p) => p.spec?.nodeName,
        ),
        (n, running) => ({ metadata: identity(n), pods: running.map((p) => p.metadata?.name) }),
      ),
    );
    const events = track(rows, (row) => row.pods.join());
    pods.modify(pod('shop/web', { node: 'n2' }));
    events.expect('ADDED n1 web,db', 'ADDED n2', 'MODIFIED n1 db', 'MODIFIED n2 web');
  });

  for (const [what, result] of [
    ['a number', 3],
    ['an object', {}],
    ['a list of numbers', [3]],
  ] as const) {
    it(`reports ${what} as an error`, () => {
      const wrong = (): string => result as unknown as string;
      const rows = fakeInformer(node('n1')).pipe(
        leftJoin(fakeInformer(pod('shop/web')), byValues(wrong, wrong), () => 1),
      );
      track(rows).expect();
      expect([...rows.errors.keys()].toSorted()).to.deep.equal(['n1', 'shop/web']);
      expect(rows.errors.get('n1')?.message).to.contain('objects are matched by strings, not by a');
    });
  }
});

const values = (_: string, text: string): readonly string[] => (text === '' ? [] : text.split(''));

describe('equalRelation()', () => {
  const affectedBy = (change: (affected: Set<string>) => void): string[] => {
    const affected = new Set<string>();
    change(affected);
    return [...affected].toSorted();
  };

  it('reports the left objects that lose a partner, get one, or have one that changed', () => {
    const relation = equalRelation(values, values);
    for (const [key, text] of [
      ['l1', 'x'],
      ['l2', 'xy'],
      ['l3', 'z'],
    ] as const) {
      relation.setLeft(key, text);
    }
    expect(affectedBy((affected) => relation.setRight('r', 'x', affected))).to.deep.equal(['l1', 'l2']);
    expect(affectedBy((affected) => relation.setRight('r', 'x', affected))).to.deep.equal(['l1', 'l2']);
    expect(affectedBy((affected) => relation.setRight('r', 'yz', affected))).to.deep.equal(['l1', 'l2', 'l3']);
    expect(affectedBy((affected) => relation.setRight('r', undefined, affected))).to.deep.equal(['l2', 'l3']);
    expect(affectedBy((affected) => relation.setRight('never', undefined, affected))).to.deep.equal([]);
  });

  it('returns a partner once, also with several common values', () => {
    const relation = equalRelation(values, values);
    relation.setLeft('l', 'xyz');
    relation.setRight('r', 'xz', new Set());
    relation.setRight('s', 'q', new Set());
    expect([...relation.partnersOf('l')]).to.deep.equal(['r']);
    relation.setLeft('l', 'q');
    expect([...relation.partnersOf('l')]).to.deep.equal(['s']);
    relation.setLeft('l', undefined);
    expect([...relation.partnersOf('l')]).to.deep.equal([]);
  });

  it('does not change when a function throws', () => {
    const relation = equalRelation(values, (key: string, text: string) =>
      text === 'bad' ? expect.fail() : values(key, text),
    );
    relation.setLeft('l', 'x');
    relation.setRight('r', 'x', new Set());
    expect(() => relation.setRight('r', 'bad', new Set())).to.throw();
    expect([...relation.partnersOf('l')]).to.deep.equal(['r']);
  });
});
