import { expect } from 'chai';
import fc from 'fast-check';
import { OrderedIndex, type RowSnapshot } from '../../../src/projections/ordered-map.ts';
import { VisibleNamespaces } from '../../../src/server/read/visible-namespaces.ts';
import { row } from '../../projections/view-rig.ts';

const NAMES = ['a', 'a-b', 'a-b-c', 'b', 'c0', 'zz'];

function rowsOf(...keys: string[]): RowSnapshot {
  const index = new OrderedIndex();
  for (const key of keys) index.set(row(key));
  return index.snapshot();
}
const keysOf = (rows: Iterable<{ readonly key: string }>): string[] => Array.from(rows, ({ key }) => key);
/** The keys of the rows that a set shows. */
const keys = (set: VisibleNamespaces, rows: RowSnapshot, start?: string): string[] =>
  Array.from(set.leaves(rows, start)).flatMap(({ leaf, from, to }) => keysOf(leaf.rows.slice(from, to)));

describe('VisibleNamespaces', () => {
  it('has an id that depends on the names only, not on their order or number', () => {
    const { id } = new VisibleNamespaces(['b', 'a']);
    expect(new VisibleNamespaces(new Set(['a', 'b'])).id).to.equal(id);
    expect(id).to.match(/^[\w-]{22}$/);
    const sets = [undefined, [], ['a'], ['b'], ['a', 'b'], ['a,b'], ['ab'], ['all'], ['"all"'], ['["a","b"]']];
    expect(new Set(sets.map((names) => new VisibleNamespaces(names).id)).size).to.equal(sets.length);
  });

  it('without names has all namespaces, and with none has none', () => {
    const rows = rowsOf('a/x', 'b/x');
    const [all, none] = [new VisibleNamespaces(undefined), new VisibleNamespaces([])];
    expect([all.has('a'), all.has('new'), none.has('a'), none.has('')]).to.deep.equal([true, true, false, false]);
    expect([keys(all, rows), all.count(rows)]).to.deep.equal([['a/x', 'b/x'], 2]);
    expect([keys(none, rows), none.count(rows)]).to.deep.equal([[], 0]);
  });

  it('marks a position with 16 bits, which a second mark removes', () => {
    for (const names of [undefined, [], ['a'], ['b', 'c']]) {
      const set = new VisibleNamespaces(names);
      for (const position of [1n, 2n ** 20n, 2n ** 63n - 1n, 12345678901234567n]) {
        const marked = set.marked(position);
        // A mark that is 0 would not distinguish the set from none.
        expect(marked).not.to.equal(position);
        expect(marked >> 16n).to.equal(position >> 16n);
        expect(set.marked(marked)).to.equal(position);
      }
    }
    expect(new VisibleNamespaces(['a']).marked(0n)).not.to.equal(new VisibleNamespaces(['b']).marked(0n));
  });

  it('has an id in a state that ignores namespaces without rows', () => {
    const rows = rowsOf('a/x', 'c0/x');
    const idOf = (...names: string[]): string => new VisibleNamespaces(names).idIn(rows);
    expect(idOf('a', 'b')).to.equal(idOf('a'));
    expect(idOf('b')).to.equal(idOf());
    expect(idOf('a', 'c0')).not.to.equal(idOf('a'));
    // All namespaces are another set than those that have rows now: it also has those of later states.
    expect(new VisibleNamespaces(undefined).idIn(rows)).not.to.equal(idOf('a', 'c0'));
  });

  it('shows and counts exactly the rows of its namespaces, in the order of a list, from any key', () => {
    const name = fc.constantFrom(...NAMES);
    const key = fc.tuple(name, fc.constantFrom('0', 'x', 'x-y', 'z')).map((parts) => parts.join('/'));
    const start = fc.option(
      fc.oneof(
        key,
        key.map((last) => `${last}\0`),
        name,
      ),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.uniqueArray(key), fc.uniqueArray(name), start, (all, names, from) => {
        const rows = rowsOf(...all);
        const set = new VisibleNamespaces(names);
        const expected = keysOf(rows.range('')).filter(
          (one) => names.includes(one.slice(0, one.indexOf('/'))) && (from === undefined || one >= from),
        );
        expect(keys(set, rows, from)).to.deep.equal(expected);
        expect(set.count(rows, from)).to.equal(expected.length);
        expect(
          all.every((one) => set.has(one.slice(0, one.indexOf('/'))) === names.includes(one.split('/')[0] ?? '')),
        ).to.equal(true);
      }),
    );
  });
});
