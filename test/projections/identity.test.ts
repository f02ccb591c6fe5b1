import { expect } from 'chai';
import { identity } from '../../src/projections/identity.ts';
import { CREATED, node, pod } from '../../src/testing/informers/index.ts';

describe('identity()', () => {
  it('takes name, namespace, labels and creationTimestamp, and nothing else', () => {
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

  it('leaves out what is not there', () => {
    expect(Object.keys(identity({ metadata: { name: 'n1' } }))).to.deep.equal(['name']);
    expect('namespace' in identity(node('n1'))).to.equal(false);
  });

  it('refuses an object without a name', () => {
    expect(() => identity({})).to.throw(TypeError, 'identity() needs an object with metadata.name, or the option name');
  });
});
