import { expect } from 'chai';
import { keyOf, keyOfParts, splitKey } from '../src/key.ts';

describe('keyOf()', () => {
  for (const [metadata, key] of [
    [{ name: 'n1' }, 'n1'],
    [{ name: 'web', namespace: 'shop' }, 'shop/web'],
    [{ name: 'web', namespace: '' }, 'web'],
    [{ name: 'web', namespace: undefined }, 'web'],
  ] as const) {
    it(`makes ${key} of ${JSON.stringify(metadata)}`, () => {
      expect(keyOf({ metadata })).to.equal(key);
    });
  }

  it('refuses an object without a name', () => {
    for (const object of [{}, { metadata: {} }, { metadata: { name: '' } }, { metadata: { namespace: 'shop' } }]) {
      expect(() => keyOf(object)).to.throw(TypeError, 'an object without metadata.name has no key');
    }
  });
});

describe('splitKey()', () => {
  it('is the inverse of keyOfParts()', () => {
    for (const [namespace, name] of [
      ['shop', 'web'],
      ['', 'n1'],
    ] as const) {
      expect(splitKey(keyOfParts(namespace, name))).to.deep.equal({ namespace, name });
    }
    expect(keyOfParts(undefined, 'n1')).to.equal('n1');
  });

  it('splits at the first slash', () => {
    expect(splitKey('a/b/c')).to.deep.equal({ namespace: 'a', name: 'b/c' });
  });
});
