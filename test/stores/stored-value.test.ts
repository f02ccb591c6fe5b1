import { expect } from 'chai';
import { StoredValueError } from '../../src/stores/errors.ts';
import { decodeObject, encodeObject } from '../../src/stores/stored-value.ts';

const json = (spec: string): Buffer =>
  Buffer.from(`{"apiVersion":"a/v1","kind":"A","metadata":{"name":"a"},"spec":${spec}}`);

describe('decodeObject()', () => {
  it('returns the object that encodeObject() has encoded', () => {
    const object = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, spec: { n: 9007199254740991 } };
    expect(decodeObject('a', encodeObject(object, 1000).json)).to.deep.equal(object);
  });

  it('refuses an integer that a number would round, which another program has written', () => {
    expect(() => decodeObject('a', json('{"list":[{"at":9007199254740993}]}'))).to.throw(
      StoredValueError,
      'the value stored under a is an object whose spec.list[0].at is an integer above 2^53',
    );
    expect(decodeObject('a', json('{"at":9007199254740992}'))).to.deep.include({ spec: { at: 9007199254740992 } });
  });
});
