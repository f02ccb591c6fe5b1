import { expect } from 'chai';
import fc from 'fast-check';
import { RowNamespaces } from '../../src/projections/row-namespaces.ts';

describe('RowNamespaces', () => {
  it('numbers namespaces in the order of their first rows', () => {
    const namespaces = new RowNamespaces();
    for (const name of ['b', 'a', 'b', 'c']) namespaces.add(name);
    expect([...namespaces.names]).to.deep.equal(['b', 'a', 'c']);
    expect([0, 1, 2, 3].map((number) => namespaces.after(number))).to.deep.equal([
      ['b', 'a', 'c'],
      ['a', 'c'],
      ['c'],
      [],
    ]);
    expect(namespaces.newest).to.equal(3);
  });

  it('keeps a namespace until its last row is deleted, and counts it as new when it gets another', () => {
    const namespaces = new RowNamespaces();
    namespaces.add('a');
    namespaces.add('a');
    namespaces.delete('a');
    expect([[...namespaces.names], namespaces.newest]).to.deep.equal([['a'], 1]);
    namespaces.delete('a');
    expect([[...namespaces.names], namespaces.newest]).to.deep.equal([[], 1]);
    // A namespace that came and went is missing, but its number shows it.
    expect([namespaces.after(0), namespaces.newest]).to.deep.equal([[], 1]);
    namespaces.add('a');
    expect([namespaces.after(1), namespaces.newest]).to.deep.equal([['a'], 2]);
  });

  it('ignores the deletion of a row of an unknown namespace', () => {
    const namespaces = new RowNamespaces();
    namespaces.delete('a');
    namespaces.add('a');
    expect([...namespaces.names]).to.deep.equal(['a']);
  });

  it('never lowers the newest number, also when it is cleared', () => {
    const namespaces = new RowNamespaces();
    namespaces.add('a');
    namespaces.clear();
    expect([[...namespaces.names], namespaces.newest]).to.deep.equal([[], 1]);
    namespaces.add('a');
    expect([namespaces.after(1), namespaces.newest]).to.deep.equal([['a'], 2]);
  });

  it('agrees with a list of the rows, in random histories', () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', ''), isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(20), (steps, seen) => {
        const namespaces = new RowNamespaces();
        const rows: string[] = [];
        /** The namespaces in the order in which they got their first row, with their numbers. */
        let known: { readonly name: string; readonly number: number }[] = [];
        let newest = 0;
        for (const { name, isAdded } of steps) {
          if (isAdded) {
            if (!rows.includes(name)) known.push({ name, number: (newest += 1) });
            rows.push(name);
            namespaces.add(name);
          } else if (rows.includes(name)) {
            rows.splice(rows.indexOf(name), 1);
            if (!rows.includes(name)) known = known.filter((one) => one.name !== name);
            namespaces.delete(name);
          }
        }
        expect([...namespaces.names]).to.deep.equal(known.map(({ name }) => name));
        expect(namespaces.newest).to.equal(newest);
        expect(namespaces.after(seen)).to.deep.equal(
          known.filter(({ number }) => number > seen).map(({ name }) => name),
        );
      }),
    );
  });
});
