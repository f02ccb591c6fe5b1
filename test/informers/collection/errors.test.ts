import { expect } from 'chai';
import { reasonOf, rowError } from '../../../src/informers/collection/errors.ts';

describe('rowError()', () => {
  it('names collection, key and reason, and keeps the cause if asked to', () => {
    const cause = new RangeError('too far');
    expect(rowError('pods | map', 'shop/web', cause, true)).to.deep.equal({
      collection: 'pods | map',
      key: 'shop/web',
      message: 'pods | map: no row for shop/web: too far',
      cause,
    });
    expect(rowError('pods', 'a', cause, false).cause).to.equal(undefined);
  });
});

describe('reasonOf()', () => {
  it('returns a text for any thrown value', () => {
    expect(reasonOf(new Error('x'))).to.equal('x');
    expect(reasonOf('plain')).to.equal('plain');
    expect(reasonOf(undefined)).to.equal('undefined');
    expect(reasonOf(Object.create(null))).to.equal('[Object: null prototype] {}');
    expect(reasonOf(Symbol('s'))).to.equal('Symbol(s)');
  });
});
