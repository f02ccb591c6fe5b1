import { expect } from 'chai';
import { copyForHandler, handledObject, writtenObject } from '../../../../src/server/write/handlers/handled-object.ts';
import { KIND, task } from './tasks.ts';

const NAMESPACED = { ...KIND, namespaced: true };
const cyclic: Record<string, unknown> = { metadata: { name: 'a' } };
cyclic['self'] = cyclic;

describe('handledObject()', () => {
  for (const [what, value, kind, message] of [
    ['undefined', undefined, KIND, 'undefined is not an object'],
    ['null', null, KIND, 'null is not an object'],
    ['text', 'a', KIND, 'a string is not an object'],
    ['an array', [], KIND, 'an array is not an object'],
    ['a function', () => 1, KIND, 'a function is not an object'],
    ['a value without JSON', { toJSON: () => undefined }, KIND, 'its JSON form is null, not an object'],
    ['a cycle', cyclic, KIND, 'circular structure'],
    ['a bigint', { metadata: { name: 'a' }, spec: 1n }, KIND, 'BigInt'],
    ['no metadata', { spec: {} }, KIND, 'the object has no metadata'],
    ['no name', { metadata: {} }, KIND, 'the object has no metadata.name'],
    ['a number for a name', { metadata: { name: 1 } }, KIND, 'the object has no metadata.name'],
    ['a slash in the name', { metadata: { name: 'x/y' } }, KIND, 'the name "x/y" must not contain a slash'],
    ['another name', { metadata: { name: 'b' } }, KIND, 'the object is b, but a was requested'],
    [
      'a namespace too many',
      { metadata: { name: 'a', namespace: 'n' } },
      KIND,
      'has a namespace, but its resource is cluster-scoped',
    ],
    ['no namespace', { metadata: { name: 'a' } }, NAMESPACED, 'the object a has no metadata.namespace'],
    [
      'another namespace',
      { metadata: { name: 'a', namespace: 'm' } },
      NAMESPACED,
      'the object is m/a, but n/a was requested',
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => handledObject(value, kind, kind === KIND ? 'a' : 'n/a')).to.throw(message);
    });
  }

  it('returns a frozen copy with the apiVersion and kind of the resource, without a version', () => {
    const spec = { title: 'one', at: new Date(0), absent: undefined };
    const answered = { kind: 'Other', metadata: { name: 'a', uid: 'u', resourceVersion: '7', selfLink: '/a' }, spec };
    const { key, object } = handledObject(answered, KIND, 'a');
    spec.title = 'two';
    expect(key).to.equal('a');
    expect(object).to.deep.equal({
      apiVersion: 'example.com/v1',
      kind: 'Task',
      metadata: { name: 'a', uid: 'u' },
      spec: { title: 'one', at: '1970-01-01T00:00:00.000Z' },
    });
    expect(Object.isFrozen(object['spec'])).to.equal(true);
  });

  it('gives an object without a uid always the same uid', () => {
    const uid = (name: string): unknown => handledObject({ metadata: { name } }, KIND).object.metadata.uid;
    expect(uid('a')).to.match(/^[0-9a-f-]{36}$/);
    expect(uid('a')).to.equal(uid('a'));
    expect(uid('a')).to.not.equal(uid('b'));
  });
});

describe('writtenObject()', () => {
  it('refuses an object whose metadata was not stored', () => {
    const given = task('a', 'one');
    expect(writtenObject({ ...given }, KIND, given).object).to.deep.equal(given);
    expect(() => writtenObject({ metadata: { name: 'a' } }, KIND, given)).to.throw('handlers must store the metadata');
    expect(() => writtenObject(task('b', 'one'), KIND, given)).to.throw('the object is b, but a was requested');
  });
});

describe('copyForHandler()', () => {
  it('returns a mutable copy without a version', () => {
    const object = Object.freeze(task('a', 'one', { resourceVersion: '7' }));
    const given = copyForHandler<{ spec: { title: string } }>(object);
    given.spec.title = 'two';
    expect(given.metadata).to.not.have.property('resourceVersion');
    expect(object['spec']).to.deep.equal({ title: 'one' });
  });
});
