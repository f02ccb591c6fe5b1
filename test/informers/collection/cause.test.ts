import { expect } from 'chai';
import { mergedCause } from '../../../src/informers/collection/cause.ts';
import type { Cause } from '../../../src/informers/collection/index.ts';

const same = (key: string): string[] => [key];

describe('mergedCause()', () => {
  const causes: Cause[] = [
    { type: 'WRITE' },
    { type: 'SNAPSHOT' },
    { type: 'EVENT', version: '3' },
    { type: 'RELIST', from: '1', version: '4' },
    { type: 'GONE' },
  ];
  for (const [index, cause] of causes.entries()) {
    const among = causes.slice(0, index + 1);
    it(`returns ${cause.type} for ${among.map(({ type }) => type).join(', ')}`, () => {
      expect(mergedCause(among, same)).to.deep.equal(cause);
      expect(mergedCause(among.toReversed(), same)).to.deep.equal(cause);
    });
  }

  it('returns WRITE without causes', () => expect(mergedCause([], same)).to.deep.equal({ type: 'WRITE' }));

  it('returns the keys of the rows that have the identity of re-created objects', () => {
    const merged = mergedCause(
      [
        { type: 'EVENT', version: '3', recreated: ['a'] },
        { type: 'EVENT', version: '3', recreated: ['b', 'a'] },
      ],
      (key) => [`${key}0`, `${key}1`],
    );
    expect(merged).to.deep.equal({ type: 'EVENT', version: '3', recreated: ['a0', 'a1', 'b0', 'b1'] });
  });
});
