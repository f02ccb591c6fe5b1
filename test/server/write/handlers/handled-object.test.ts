import { expect } from 'chai';
import { copyForHandler, handledObject, writtenObject } from '../../../../src/server/write/handlers/handled-object.ts';
import { KIND, task } from './tasks.ts';

const NAMESPACED = { ...KIND, namespaced: true };
const cyclic: Record<string, unknown> = { metadata: { name: 'a' } };
cyclic['self'] = cyclic;

describe('handledObject()', () => {
  for (const [what, value, kind, message] of [
    ['undefined', undefined, KIND, 'undefined is no object'],
    ['null', null, KIND, 'null is no object'],
    ['text', 'a', KIND, 'a string is no object'],
    ['an array', [], KIND, 'an array is no object'],
    ['a function', () => 1, KIND, 'a function is no object'],
    ['what has no JSON', { toJSON: () => undefined }, KIND, 'its JSON is null, no object'],
    ['a cycle', cyclic, KIND, 'circular structure'],
    ['a bigint', { metadata: { name: 'a' }, spec: 1n }, KIND, 'BigInt'],
    ['no metadata', { spec: {} }, KIND, 'an object without metadata'],
    ['no name', { metadata: {} }, KIND, 'an object without metadata.name'],
    ['a number for a name', { metadata: { name: 1 } }, KIND, 'an object without metadata.name'],
    ['a slash in the name', { metadata: { name: 'x/y' } }, KIND, 'there is a slash in it'],
    ['another name', { metadata: { name: 'b' } }, KIND, 'the object b instead of a'],
    ['a namespace too many', { metadata: { name: 'a', namespace: 'n' } }, KIND, 'in a namespace, of a resource that'],
    ['no namespace', { metadata: { name: 'a' } }, NAMESPACED, 'the object a without a namespace'],
    ['another namespace', { metadata: { name: 'a', namespace: 'm' } }, NAMESPACED, 'the object m/a instead of'],
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
    expect(() => writtenObject(task('b', 'one'), KIND, given)).to.throw('the object b instead of a');
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
