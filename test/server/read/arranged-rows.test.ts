import { expect } from 'chai';
import fc from 'fast-check';
import { type Leaf, rowsOf } from '../../../src/projections/leaf.ts';
import { OrderedIndex } from '../../../src/projections/ordered-map.ts';
import type { Row } from '../../../src/projections/row.ts';
import { ArrangedRows } from '../../../src/server/read/arranged-rows.ts';
import { row } from '../../projections/view-rig.ts';

const isWanted = ({ object }: Row): boolean => Number(object['n']) % 10 === 0;

/** An index, and the arranged rows of which `n` is a multiple of ten. */
class Rig {
  readonly index = new OrderedIndex();
  readonly arranged = new ArrangedRows();
  turns = 0;

  constructor(count: number) {
    for (let number = 0; number < count; number += 1) this.put(number, number);
  }

  put(key: number, n: number): void {
    this.index.set(row(`n/k${String(key).padStart(5, '0')}`, 1n, n));
  }

  leaves(): Leaf[] {
    const rows = this.index.snapshot();
    const state = { parts: Array.from(rows.parts('')), leaves: rows.leaves(''), matches: isWanted };
    return Array.from(this.arranged.leaves(state)).flatMap((range) => {
      if (range === undefined) this.turns += 1;
      return range?.leaf ?? [];
    });
  }

  /** The leaves that were not there before. */
  fresh(before: readonly Leaf[]): number {
    return this.leaves().filter((leaf) => !before.includes(leaf)).length;
  }
}

const rowsIn = (leaves: readonly Leaf[]): Row[] => rowsOf(leaves.map((leaf) => ({ leaf, from: 0, to: leaf.size })));

describe('ArrangedRows', () => {
  it('has the selected rows in few leaves', () => {
    const rig = new Rig(3000);
    const leaves = rig.leaves();
    expect(rowsIn(leaves)).to.deep.equal([...rig.index.snapshot().range('')].filter(isWanted));
    expect(leaves.length).to.be.within(300 / 64, 300 / 38);
    expect(rig.turns).to.equal(Math.floor(3000 / 448));
  });

  it('compares and arranges nothing again while the rows stay the same', () => {
    const rig = new Rig(3000);
    const leaves = rig.leaves();
    const { comparisons } = rig.arranged;
    expect(comparisons).to.equal(3000);
    expect(rig.leaves()).to.deep.equal(leaves);
    expect(rig.fresh(leaves)).to.equal(0);
    expect(rig.arranged.comparisons).to.equal(comparisons);
  });

  it('compares the rows of one leaf after a change, and makes one leaf anew', () => {
    const rig = new Rig(3000);
    for (const n of [7, 10, 7, 20]) {
      const before = rig.leaves();
      const { comparisons } = rig.arranged;
      rig.put(1234, n);
      expect(rig.fresh(before)).to.equal(1);
      expect(rig.arranged.comparisons - comparisons).to.be.at.most(64);
      expect(before.filter(({ isRetired }) => isRetired)).to.have.length(1);
    }
  });

  it('has the selected rows after any changes, in leaves of a bounded number and size', () => {
    const change = fc.record({ key: fc.nat(900), n: fc.option(fc.nat(30), { freq: 3 }) });
    fc.assert(
      fc.property(fc.nat(900), fc.array(fc.array(change, { maxLength: 80 }), { maxLength: 12 }), (count, rounds) => {
        const rig = new Rig(count);
        for (const changes of rounds) {
          for (const { key, n } of changes) {
            if (n !== null) rig.put(key, n);
            else rig.index.delete(`n/k${String(key).padStart(5, '0')}`);
          }
          const leaves = rig.leaves();
          expect(rowsIn(leaves)).to.deep.equal([...rig.index.snapshot().range('')].filter(isWanted));
          expect(leaves.length).to.be.at.most(3 * (2 + leaves.reduce((sum, { size }) => sum + size, 0) / 64));
          for (const leaf of leaves) {
            expect(leaf.size).to.be.at.most(64);
            expect(leaf.isRetired).to.equal(false);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('drops everything when it is retired, and can be read again', () => {
    const rig = new Rig(1000);
    const leaves = rig.leaves();
    rig.arranged.retire();
    for (const leaf of leaves) expect(leaf.isRetired).to.equal(true);
    expect(rowsIn(rig.leaves())).to.deep.equal(rowsIn(leaves));
  });
});
