import { expect } from 'chai';
import { mergedCause } from '../../../src/informers/collection/cause.ts';
import type { Cause } from '../../../src/informers/collection/index.ts';

const same = (key: string): string[] => [key];

describe('mergedCause()', () => {
  const causes: Cause[] = [
    { type: 'WRITE' },
    { type: 'SNAPSHOT' },
    { type: 'EVENT', version: 3 },
    { type: 'RELIST', from: 1, version: 4 },
    { type: 'GONE' },
  ];
  for (const [index, cause] of causes.entries()) {
    it(`is ${cause.type} among ${
      causes
        .slice(0, index)
        .map(({ type }) => type)
        .join(', ') || 'none'
    }`, () => {
      expect(mergedCause(causes.slice(0, index + 1), same)).to.deep.equal(cause);
      expect(mergedCause(causes.slice(0, index + 1).toReversed(), same)).to.deep.equal(cause);
    });
  }

  it('is WRITE of nothing', () => expect(mergedCause([], same)).to.deep.equal({ type: 'WRITE' }));

  it('names re-created objects by the rows that carry on their identity', () => {
    const merged = mergedCause(
      [
        { type: 'EVENT', version: 3, recreated: ['a'] },
        { type: 'EVENT', version: 3, recreated: ['b', 'a'] },
      ],
      (key) => [`${key}0`, `${key}1`],
    );
    expect(merged).to.deep.equal({ type: 'EVENT', version: 3, recreated: ['a0', 'a1', 'b0', 'b1'] });
  });
});
