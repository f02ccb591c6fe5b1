import { expect } from 'chai';
import fc from 'fast-check';
import {
  compareVersions,
  isAtLeast,
  isComparable,
  isNewer,
  isOlder,
  isVersion,
  predecessor,
} from '../../../src/informers/collection/source-version.ts';

describe('resource versions', () => {
  it('are compared as integers of any size', () => {
    const version = fc.bigInt({ min: 1n, max: 10n ** 39n - 1n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(isComparable(String(a))).to.equal(true);
        expect(Math.sign(compareVersions(String(a), String(b)))).to.equal(a < b ? -1 : Number(a > b));
        expect(predecessor(String(a))).to.equal(String(a - 1n));
      }),
    );
  });

  for (const version of [undefined, '', '0', '01', '-1', '1.5', 'abc', '1e3', ' 1', '1'.repeat(40)]) {
    it(`do not include ${JSON.stringify(version)}`, () => expect(isComparable(version)).to.equal(false));
  }

  /** Each kind, and whether it is a version, can be compared, and is older than, newer than or at least `100`. */
  const kinds: readonly [
    string,
    string | undefined,
    Record<'isVersion' | 'isComparable' | 'older' | 'newer' | 'atLeast', boolean>,
  ][] = [
    ['a small number', '7', { isVersion: true, isComparable: true, older: true, newer: false, atLeast: false }],
    ['the same number', '100', { isVersion: true, isComparable: true, older: false, newer: false, atLeast: true }],
    [
      'above 2^43',
      '1764512345678901',
      { isVersion: true, isComparable: true, older: false, newer: true, atLeast: true },
    ],
    [
      'above 2^53',
      '9007199254740993',
      { isVersion: true, isComparable: true, older: false, newer: true, atLeast: true },
    ],
    [
      'above 2^63',
      '9223372036854775809',
      { isVersion: true, isComparable: true, older: false, newer: true, atLeast: true },
    ],
    ['leading zeros', '007', { isVersion: true, isComparable: false, older: false, newer: true, atLeast: false }],
    ['negative', '-1', { isVersion: true, isComparable: false, older: false, newer: true, atLeast: false }],
    ['not a number', 'abc', { isVersion: true, isComparable: false, older: false, newer: true, atLeast: false }],
    ['empty', '', { isVersion: false, isComparable: false, older: false, newer: true, atLeast: false }],
    ['zero', '0', { isVersion: false, isComparable: false, older: false, newer: true, atLeast: false }],
    ['missing', undefined, { isVersion: false, isComparable: false, older: false, newer: true, atLeast: false }],
  ];
  for (const [kind, version, expected] of kinds) {
    it(`have the kind "${kind}": ${JSON.stringify(version)}`, () => {
      const text = version ?? '';
      expect({
        isVersion: isVersion(version),
        isComparable: isComparable(version),
        older: isOlder(text, '100'),
        newer: isNewer(text, '100'),
        atLeast: isAtLeast(text, '100'),
      }).to.deep.equal(expected);
    });
  }

  it('that are neighbours above 2^53 differ, although JavaScript reads them as one number', () => {
    const [a, b] = ['9007199254740992', '9007199254740993'];
    expect(Number(a)).to.equal(Number(b));
    expect([isOlder(a, b), isNewer(b, a), predecessor(b)]).to.deep.equal([true, true, a]);
  });

  it('that are opaque are equal or not', () => {
    expect([
      isNewer('abc', 'abc'),
      isAtLeast('abc', 'abc'),
      isNewer('abc', 'abd'),
      isAtLeast('abd', 'abc'),
    ]).to.deep.equal([false, true, true, false]);
  });
});
