import { expect } from 'chai';
import { identity } from '../../src/projections/identity.ts';
import { CREATED, node, pod } from '../../src/testing/informers/index.ts';

describe('identity()', () => {
  it('returns only name, namespace, labels and creationTimestamp', () => {
    const source = pod('shop/web', {
      labels: { app: 'web' },
      annotations: { note: 'x' },
      uid: 'u',
      resourceVersion: '5',
      deletionTimestamp: CREATED,
      finalizers: ['x/y'],
      ownerReferences: [],
    });
    expect(identity(source)).to.deep.equal({
      name: 'web',
      namespace: 'shop',
      labels: { app: 'web' },
      creationTimestamp: CREATED,
    });
  });

  it('leaves out missing fields', () => {
    expect(Object.keys(identity({ metadata: { name: 'n1' } }))).to.deep.equal(['name']);
    expect('namespace' in identity(node('n1'))).to.equal(false);
  });

  it('throws for an object without a name', () => {
    expect(() => identity({})).to.throw(TypeError, 'identity() needs an object with metadata.name, or the option name');
  });

  it('sets another name, with the other fields of the object', () => {
    const source = pod('shop/web', { labels: { app: 'web' } });
    expect(identity(source, { name: 'web-main' })).to.deep.equal({ ...identity(source), name: 'web-main' });
    expect(identity(source, {})).to.deep.equal(identity(source));
    expect(identity({}, { name: 'all' })).to.deep.equal({ name: 'all' });
  });
});
