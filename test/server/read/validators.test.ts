import { expect } from 'chai';
import { type TaggedList, Validators } from '../../../src/server/read/validators.ts';

describe('Validators', () => {
  let oldest: bigint;
  let validators: Validators;
  const listOf = (list: Partial<TaggedList> = {}): TaggedList => ({
    parts: [],
    form: ['json'],
    position: 5n,
    version: 5n,
    isKnown: () => true,
    ...list,
  });

  beforeEach(() => {
    oldest = 0n;
    validators = new Validators({ honours: (position) => position >= oldest });
  });

  it('returns the same tag for the same parts and form, at any position', () => {
    const [a, b] = [{}, {}];
    const tag = validators.tagOf(listOf({ parts: [a, b] }));
    expect(validators.tagOf(listOf({ parts: [a, b], position: 9n, version: 9n }))).to.equal(tag);
    for (const other of [{ parts: [b, a] }, { parts: [a] }, { parts: [a, b], form: ['yaml'] }]) {
      expect(validators.tagOf(listOf(other))).to.not.equal(tag);
    }
  });

  it('returns another tag when the first position with it has expired', () => {
    const tag = validators.tagOf(listOf({ position: 5n }));
    oldest = 5n;
    expect(validators.tagOf(listOf({ position: 9n }))).to.equal(tag);
    oldest = 6n;
    const next = validators.tagOf(listOf({ position: 9n }));
    expect(next).to.not.equal(tag);
    expect(validators.tagOf(listOf({ position: 12n }))).to.equal(next);
  });

  it('returns another tag when a client may not use the first version with it', () => {
    const asked: bigint[] = [];
    const isKnown = (version: bigint): boolean => {
      asked.push(version);
      return version !== 7n;
    };
    const tag = validators.tagOf(listOf({ version: 7n, isKnown }));
    const next = validators.tagOf(listOf({ version: 8n, isKnown }));
    expect(next).to.not.equal(tag);
    expect(validators.tagOf(listOf({ version: 9n, isKnown }))).to.equal(next);
    expect(asked).to.deep.equal([7n, 8n]);
  });

  it('keeps a bounded number of tags', () => {
    for (let number = 0; number < 1200; number += 1) validators.tagOf(listOf({ form: [String(number)] }));
    expect(validators.size).to.equal(1000);
  });
});
