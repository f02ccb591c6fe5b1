import { expect } from 'chai';
import { type Cause, DeltaBatch, DerivedBatch, isNewsByItself } from '../../../src/informers/collection/delta.ts';
import { unreachable } from '../../../src/informers/collection/unreachable.ts';

describe('DeltaBatch', () => {
  it('makes the answer of an operator, with the changes as they are', () => {
    const changes = [{ type: 'PUT', key: 'a', object: 1 } as const, { type: 'REMOVE', key: 'b' } as const];
    const derived = new DeltaBatch<string>([], { type: 'WRITE' }).derive(changes);
    expect(derived).to.be.instanceOf(DerivedBatch);
    expect(derived.changes).to.deep.equal(changes);
  });
});

describe('isNewsByItself()', () => {
  for (const [cause, news] of [
    [{ type: 'SNAPSHOT' }, false],
    [{ type: 'WRITE' }, false],
    [{ type: 'EVENT', version: 1 }, false],
    [{ type: 'EVENT', version: 1, recreated: ['a'] }, true],
    [{ type: 'RELIST', from: 1, version: 2 }, true],
    [{ type: 'GONE' }, true],
  ] as const satisfies [Cause, boolean][]) {
    it(`is ${news} of ${JSON.stringify(cause)}`, () => {
      expect(isNewsByItself(cause)).to.equal(news);
    });
  }
});

describe('unreachable()', () => {
  it('throws what came from outside the types', () => {
    expect(() => unreachable({ type: 'NEW' } as never)).to.throw(TypeError, 'unexpected {"type":"NEW"}');
  });
});
