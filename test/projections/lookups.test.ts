import { expect } from 'chai';
import { LookupError } from '../../src/projections/errors.ts';
import { TrackedLookup } from '../../src/projections/lookups.ts';
import { fakeInformer } from '../../src/testing/informers/index.ts';
import { value } from '../conformance/observed-source.ts';

const setUp = () => {
  const lookup = new TrackedLookup(fakeInformer(value('b', 2), value('a', 1)));
  const row = (key: string, read: () => void): void => {
    lookup.begin();
    read();
    lookup.end(key);
  };
  const affected = (...keys: string[]): string[] =>
    Array.from(new Set(lookup.affected(keys.map((key) => ({ type: 'ADDED', key, object: value(key, 1) }))))).toSorted();
  return { lookup, row, affected };
};

describe('TrackedLookup', () => {
  it('returns the rows that read a key, also a key without an object', () => {
    const { lookup, row, affected } = setUp();
    row('x', () => void [lookup.get('a'), lookup.get('none'), lookup.get(undefined)]);
    row('y', () => void lookup.list());
    row('z', () => undefined);
    expect([affected('a'), affected('none'), affected('b'), affected('undefined')]).to.deep.equal([
      ['x', 'y'],
      ['x', 'y'],
      ['y'],
      ['y'],
    ]);
    expect(affected()).to.deep.equal([]);
  });

  it('tracks the last lookups of a row, and no lookups of a removed row', () => {
    const { lookup, row, affected } = setUp();
    row('x', () => void [lookup.get('a'), lookup.list()]);
    row('x', () => void lookup.get('b'));
    expect([affected('a'), affected('b')]).to.deep.equal([[], ['x']]);
    lookup.forget('x');
    expect(affected('a', 'b')).to.deep.equal([]);
    expect([...lookup.originsOf('x')]).to.deep.equal([]);
  });

  it('returns the existing objects that a row read', () => {
    const { lookup, row } = setUp();
    row('x', () => void [lookup.get('none'), lookup.get('b')]);
    row('y', () => void lookup.list());
    const keys = (key: string): string[] => Array.from(lookup.originsOf(key), (origin) => origin.key);
    expect([keys('x'), keys('y')]).to.deep.equal([['b'], ['a', 'b']]);
  });

  it('throws while no row is made', () => {
    const { lookup, row } = setUp();
    row('x', () => void lookup.get('a'));
    expect(() => lookup.get('a')).to.throw(LookupError);
    expect(() => lookup.list()).to.throw(LookupError);
  });
});
