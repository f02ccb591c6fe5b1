import { expect } from 'chai';
import fc from 'fast-check';
import { nameOf, nameProblem, safeName } from '../../src/projections/names.ts';

/** RFC 1123, as apimachinery checks it (`IsDNS1123Label`). */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

describe('safeName()', () => {
  it('has a readable part and a hash', () => {
    expect(safeName('ghcr.io/shop/web:1.25')).to.match(/^ghcr-io-shop-web-1-25--[0-9a-z]{12}$/);
    expect(safeName('shop', 'Web Server')).to.match(/^shop-web-server--[0-9a-z]{12}$/);
    expect(safeName('日本')).to.match(/^x--[0-9a-z]{12}$/);
  });

  it('gives the same name for the same parts, in every version', () => {
    expect(safeName('a/b')).to.equal(safeName('a/b'));
    expect(safeName('a/b')).to.equal('a-b--pkgf4t17cv2m');
  });

  it('gives different names for different parts', () => {
    const names = [[], [''], ['', ''], ['a', 'b'], ['a-b'], ['a', 'b', ''], ['A', 'b'], ['\ud800'], ['\udfff']].map(
      (parts) => safeName(...parts),
    );
    expect(new Set(names).size).to.equal(names.length);
  });

  it('is a valid name and a valid label value for any parts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 80 }), { maxLength: 4 }), (parts) => {
        const name = safeName(...parts);
        expect(name).to.match(LABEL);
        expect(name.length).to.be.at.most(63);
      }),
      { numRuns: 1000 },
    );
  });
});

/** Returns a text in quotes, or the length of a long one. */
const titleOf = (text: string): string =>
  text.length > 40 ? `a text of ${text.length} characters` : JSON.stringify(text);

describe('nameOf()', () => {
  for (const text of ['web', 'Running', 'system:node', 'web-5d4f8c7b9d', '1.25', 'a_b', 'x'.repeat(253)]) {
    it(`keeps ${titleOf(text)}`, () => {
      expect(nameOf(text)).to.equal(text);
    });
  }

  for (const text of ['.', '..', 'a/b', 'a%b', 'a b', '-a', 'a-', '', 'é', 'a\n', 'x'.repeat(254), safeName('a b')]) {
    it(`makes a safe name from ${titleOf(text)}`, () => {
      expect(nameOf(text)).to.equal(safeName(text));
    });
  }

  it('gives different names for different texts', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 3 }),
      fc.string({ maxLength: 3 }).map((each) => safeName(each)),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(nameOf(a) === nameOf(b)).to.equal(a === b);
        expect(nameProblem(nameOf(a))).to.equal(undefined);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('nameProblem()', () => {
  for (const [name, problem] of [
    ['web', undefined],
    ['...', undefined],
    ['a b', undefined],
    ['.', "a name may not be '.'"],
    ['..', "a name may not be '..'"],
    ['a/b', "a name may not contain '/'"],
    ['a%b', "a name may not contain '%'"],
  ] as const) {
    it(`returns ${problem === undefined ? 'undefined' : `"${problem}"`} for "${name}"`, () => {
      expect(nameProblem(name)).to.equal(problem);
    });
  }
});
