import { expect } from 'chai';
import {
  controlledBy,
  customObject,
  deployment,
  event,
  namespace,
  node,
  pod,
  replicaSet,
} from '../../../src/testing/informers/index.ts';

describe('makers of objects', () => {
  it('return an object with its key, its type and the given fields only', () => {
    expect(pod('shop/web', { node: 'n1', ip: '10.0.0.1', ready: true, labels: { app: 'web' } })).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z', labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'nginx' }], nodeName: 'n1' },
      status: { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(node('n1', { zone: 'a' }).metadata?.labels).to.include({ 'topology.kubernetes.io/zone': 'a' });
    expect(node('n1').metadata).to.not.have.property('namespace');
  });

  it('exist for namespaces, events and custom resources', () => {
    const objects = [
      namespace('shop'),
      event('shop/web.1', pod('shop/web'), { reason: 'BackOff' }),
      customObject('example.com/v1', 'Widget', 'shop/w', { size: 1 }),
    ];
    expect(objects.map(({ kind }) => kind)).to.deep.equal(['Namespace', 'Event', 'Widget']);
    expect(event('a/e', pod('a/p')).involvedObject).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      namespace: 'a',
    });
  });

  it('accept a reference to the owner that controls the object', () => {
    const owned = replicaSet('shop/web-1', { ownerReferences: [controlledBy(deployment('shop/web'))] });
    expect(owned.metadata?.ownerReferences?.[0]).to.include({ kind: 'Deployment', name: 'web', controller: true });
  });

  for (const [make, message] of [
    [() => pod('a/b/c'), '"a/b/c" is not a key of an object; use name or namespace/name'],
    [() => pod('shop/'), '"shop/" is not a key of an object'],
    [() => pod('/web'), '"/web" is not a key of an object'],
    [() => pod(''), '"" is not a key of an object'],
    [() => customObject('example.com/v1', 'Widget', 'a/b/c'), '"a/b/c" is not a key of an object'],
    [() => node('x/n1'), 'node("x/n1"): a node has no namespace; use its name'],
    [() => namespace('x/shop'), 'namespace("x/shop"): a namespace has no namespace; use its name'],
  ] as const) {
    it(`refuse an invalid key: ${message}`, () => expect(make).to.throw(TypeError, message));
  }
});
