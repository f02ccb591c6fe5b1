import { expect } from 'chai';
import { jsonOf, ownBytes } from '../../src/projections/leaf-json.ts';
import { type Leaf, looseRange, rowsOf } from '../../src/projections/leaf.ts';
import { OrderedIndex, type RowSnapshot } from '../../src/projections/ordered-map.ts';
import { row } from './view-rig.ts';

const leavesOf = (rows: RowSnapshot): Leaf[] => Array.from(rows.leaves(''), ({ leaf }) => leaf);
const joined = (leaf: Leaf): string => leaf.rows.map(({ bytes }) => `${bytes.toString()},`).join('');

describe('jsonOf()', () => {
  let index: OrderedIndex;

  beforeEach(() => {
    index = new OrderedIndex();
    for (let number = 100; number < 300; number += 1) index.set(row(`n/k${number}`, 1n, number));
  });

  it('joins the rows of a leaf once, and gives them their place in its buffer', () => {
    const [leaf] = leavesOf(index.snapshot());
    if (leaf === undefined) throw new Error('there is no leaf');
    const expected = joined(leaf);
    const json = jsonOf(leaf);
    expect(json.bytes.toString()).to.equal(expected);
    expect(jsonOf(leaf)).to.equal(json);
    for (const one of leaf.rows) expect(one.bytes.buffer).to.equal(json.bytes.buffer);
    expect(joined(leaf)).to.equal(expected);
  });

  it('returns any part of a leaf without a copy', () => {
    const [leaf] = leavesOf(index.snapshot());
    if (leaf === undefined) throw new Error('there is no leaf');
    const json = jsonOf(leaf);
    expect(json.slice(0, leaf.size)).to.equal(json.bytes);
    for (const [from, to] of [
      [0, 1],
      [3, 9],
      [leaf.size - 1, leaf.size],
    ] as const) {
      const slice = json.slice(from, to);
      const rows = leaf.rows.slice(from, to).map(({ bytes }) => `${bytes.toString()},`);
      expect(slice.toString()).to.equal(rows.join(''));
      expect(slice.buffer).to.equal(json.bytes.buffer);
    }
  });

  it('joins one leaf again after a change', () => {
    const before = leavesOf(index.snapshot()).map(jsonOf);
    index.set(row('n/k150', 2n, 0));
    const after = leavesOf(index.snapshot()).map(jsonOf);
    expect(after.filter((json) => !before.includes(json))).to.have.length(1);
    for (const leaf of leavesOf(index.snapshot())) expect(jsonOf(leaf).bytes.toString()).to.equal(joined(leaf));
  });

  it('keeps nothing of rows that are no longer current, and moves no row into them', () => {
    const snapshot = index.snapshot();
    const old = leavesOf(snapshot);
    for (const leaf of old) jsonOf(leaf);
    index.set(row('n/k150', 2n, 0));
    const [replaced, ...others] = old.filter((leaf) => leaf.isRetired);
    expect(others).to.deep.equal([]);
    if (replaced === undefined) throw new Error('no leaf was replaced');
    expect(replaced.json).to.equal(undefined);
    const json = jsonOf(replaced);
    expect(json.bytes.toString()).to.equal(joined(replaced));
    expect(jsonOf(replaced)).to.not.equal(json);
    for (const one of replaced.rows) expect(one.bytes.buffer).to.not.equal(json.bytes.buffer);
  });

  it('keeps nothing of a merged leaf, of a cleared index, of an earlier state and of loose rows', () => {
    const some = leavesOf(index.snapshot());
    for (const leaf of some) jsonOf(leaf);
    for (let number = 100; number < 300; number += 1) if (number % 20 !== 0) index.delete(`n/k${number}`);
    const merged = leavesOf(index.snapshot());
    for (const leaf of some) if (!merged.includes(leaf)) expect(leaf.json).to.equal(undefined);
    for (const leaf of merged) jsonOf(leaf);
    const before = row('n/k200', 1n, 200);
    const earlier = leavesOf(index.snapshot().before([{ before, after: index.get('n/k200') }]));
    for (const leaf of earlier) if (!merged.includes(leaf)) jsonOf(leaf);
    expect(earlier.filter((leaf) => leaf.json !== undefined && !merged.includes(leaf))).to.deep.equal([]);
    index.clear();
    for (const leaf of merged) expect(leaf.json).to.equal(undefined);
    const { leaf } = looseRange([row('n/a')]);
    jsonOf(leaf);
    expect(leaf.json).to.equal(undefined);
  });
});

describe('ownBytes()', () => {
  it('copies the bytes of a row out of the buffer of its leaf', () => {
    const index = new OrderedIndex();
    for (const name of ['a', 'b']) index.set(row(`n/${name}`));
    const [first] = rowsOf(index.snapshot().leaves(''));
    const [leaf] = leavesOf(index.snapshot());
    if (leaf === undefined || first === undefined) throw new Error('there is no row');
    const own = first.bytes;
    ownBytes(first);
    expect(first.bytes).to.equal(own);
    const text = own.toString();
    jsonOf(leaf);
    expect(first.bytes.length).to.be.below(first.bytes.buffer.byteLength);
    ownBytes(first);
    expect(first.bytes.length).to.equal(first.bytes.buffer.byteLength);
    expect(first.bytes.toString()).to.equal(text);
  });
});
