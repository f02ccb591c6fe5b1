import { expect } from 'chai';
import { ServerDefinitionError } from '../../../src/server/errors.ts';
import { ByteBudget, type Kept } from '../../../src/server/read/byte-budget.ts';

describe('ByteBudget', () => {
  let dropped: string[];
  const kept = (name: string, size: number): Kept => ({ size, drop: () => void dropped.push(name) });

  beforeEach(() => {
    dropped = [];
  });

  it('drops the least recently read when it is full', () => {
    const budget = new ByteBudget(30);
    const [a, b, c] = [kept('a', 10), kept('b', 10), kept('c', 10)];
    for (const one of [a, b, c]) budget.keep(one);
    budget.touch(a);
    budget.keep(kept('d', 15));
    expect(dropped).to.deep.equal(['b', 'c']);
    expect(budget.bytes).to.equal(25);
  });

  it('drops at once what is larger than the budget, and nothing else', () => {
    const budget = new ByteBudget(30);
    budget.keep(kept('a', 10));
    budget.keep(kept('b', 31));
    expect(dropped).to.deep.equal(['b']);
    expect(budget.bytes).to.equal(10);
  });

  it('drops what its owner no longer needs, once', () => {
    const budget = new ByteBudget(30);
    const a = kept('a', 10);
    budget.keep(a);
    budget.drop(a);
    budget.drop(a);
    expect(dropped).to.deep.equal(['a']);
    expect(budget.bytes).to.equal(0);
  });

  it('keeps nothing with a size of 0', () => {
    const budget = new ByteBudget(0);
    budget.keep(kept('a', 1));
    expect(dropped).to.deep.equal(['a']);
    expect(budget.bytes).to.equal(0);
  });

  for (const bytes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`rejects a size of ${bytes}`, () => {
      expect(() => new ByteBudget(bytes)).to.throw(
        ServerDefinitionError,
        `listCacheBytes ${bytes} must be a whole number, 0 or more`,
      );
    });
  }
});
