import { expect } from 'chai';
import fc from 'fast-check';
import type { Row } from '../../src/projections/row.ts';
import { type Leaf, RowTree } from '../../src/projections/row-tree.ts';
import { row } from './view-rig.ts';

/** A row whose JSON has this many bytes. The tree reads nothing else of it. */
function rowOf(key: string, bytes: number): Row {
  return { ...row(key), bytes: Buffer.alloc(bytes) };
}

function leavesOf(tree: RowTree): Leaf[] {
  return Array.from(tree.leaves('', undefined), ({ leaf }) => leaf);
}

function keysOf(tree: RowTree, low = '', high?: string): string[] {
  return Array.from(tree.leaves(low, high)).flatMap(({ leaf, from, to }) =>
    leaf.rows.slice(from, to).map(({ key }) => key),
  );
}

const key = fc.nat(400).map((number) => `n${number % 7}/k${number}`);
const write = fc.record({
  key,
  bytes: fc.option(fc.oneof({ weight: 9, arbitrary: fc.nat(2000) }, { weight: 1, arbitrary: fc.nat(100_000) }), {
    freq: 3,
  }),
});
/** Writes of many rows, in order or not, before random ones. */
const filling = fc.record({ rows: fc.nat(3000), step: fc.constantFrom(1, 7, 997) });

describe('RowTree', () => {
  it('has the rows, ranges, ranks and sizes of a sorted array', () => {
    fc.assert(
      fc.property(
        filling,
        fc.array(write, { maxLength: 150 }),
        fc.array(key, { maxLength: 6 }),
        (fill, writes, ends) => {
          let tree = RowTree.empty;
          const model = new Map<string, number>();
          const put = (each: string, bytes: number): void => {
            tree = tree.with(rowOf(each, bytes));
            model.set(each, bytes);
          };
          for (let number = 0; number < fill.rows; number += 1) put(`n/${(number * fill.step) % 3001}`, 10);
          for (const { key: each, bytes } of writes) {
            if (bytes !== null) put(each, bytes);
            else {
              tree = tree.without(each);
              model.delete(each);
            }
          }
          const sorted = [...model.keys()].toSorted();
          expect(keysOf(tree)).to.deep.equal(sorted);
          expect([tree.size, tree.bytes]).to.deep.equal([
            model.size,
            [...model.values()].reduce((sum, one) => sum + one, 0),
          ]);
          for (const low of ends) {
            expect(tree.rank(low)).to.equal(sorted.filter((each) => each < low).length);
            for (const high of ends)
              expect(keysOf(tree, low, high)).to.deep.equal(sorted.filter((each) => each >= low && each < high));
            expect(tree.get(low)?.key).to.equal(model.has(low) ? low : undefined);
          }
          for (const rank of [0, 1, sorted.length >> 1, sorted.length - 1, sorted.length, -1])
            expect(tree.at(rank)?.key).to.equal(sorted[rank]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps leaves between bounds, so that a change copies little and a list has few parts', () => {
    fc.assert(
      fc.property(fc.array(write, { minLength: 100, maxLength: 800 }), (writes) => {
        let tree = RowTree.empty;
        for (const { key: each, bytes } of writes) {
          const before = leavesOf(tree);
          tree = bytes === null ? tree.without(each) : tree.with(rowOf(each, bytes));
          const leaves = leavesOf(tree);
          expect(leaves.filter((leaf) => !before.includes(leaf)).length, 'new leaves').to.be.lessThan(5);
          for (const leaf of leaves) {
            expect(leaf.size).to.be.within(1, 64);
            if (leaf.size > 1) expect(leaf.bytes).to.be.at.most(64 * 1024);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('has equal parts for a range only if it has the same rows, and few of them', () => {
    fc.assert(
      fc.property(filling, fc.array(fc.tuple(write, key, key), { maxLength: 100 }), (fill, writes) => {
        let tree = RowTree.empty;
        for (let number = 0; number < fill.rows; number += 1) tree = tree.with(rowOf(`n/${number}`, 10));
        const rowsIn = (one: RowTree, low: string, high?: string): Row[] =>
          Array.from(one.leaves(low, high)).flatMap(({ leaf, from, to }) => leaf.rows.slice(from, to));
        for (const [{ key: each, bytes }, low, high] of writes) {
          const before = tree;
          tree = bytes === null ? tree.without(each) : tree.with(rowOf(each, bytes));
          const [old, current] = [before, tree].map((one) => Array.from(one.parts(low, high)));
          const isSame =
            old?.length === current?.length && old?.every((part, index) => part === current?.[index]) === true;
          if (isSame) expect(rowsIn(tree, low, high)).to.deep.equal(rowsIn(before, low, high));
          if (tree === before) expect(isSame).to.equal(true);
          expect(current?.length).to.be.at.most(4 * 64);
        }
        expect(Array.from(tree.parts('', undefined))).to.have.length(tree.size === 0 ? 0 : 1);
      }),
      { numRuns: 40 },
    );
  });

  it('merges leaves when rows are deleted', () => {
    let tree = RowTree.empty;
    for (let number = 0; number < 5000; number += 1) tree = tree.with(rowOf(`n/${number}`, 100));
    for (let number = 0; number < 5000; number += 1) if (number % 50 !== 0) tree = tree.without(`n/${number}`);
    expect(tree.size).to.equal(100);
    expect(leavesOf(tree).length).to.be.lessThan(15);
  });

  it('returns itself if a key is absent', () => {
    const tree = RowTree.empty.with(rowOf('a/a', 1));
    expect(tree.without('a/b')).to.equal(tree);
    expect(RowTree.empty.without('a/b')).to.equal(RowTree.empty);
    expect(tree.without('a/a').size).to.equal(0);
  });

  it('does not change earlier trees', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 300 }), (writes) => {
        const taken: { readonly tree: RowTree; readonly keys: readonly string[] }[] = [];
        let tree = RowTree.empty;
        for (const { key: each, bytes } of writes) {
          tree = bytes === null ? tree.without(each) : tree.with(rowOf(each, bytes));
          taken.push({ tree, keys: keysOf(tree) });
        }
        for (const { tree: earlier, keys } of taken) expect(keysOf(earlier)).to.deep.equal(keys);
      }),
      { numRuns: 20 },
    );
  });
});
