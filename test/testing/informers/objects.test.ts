import { expect } from 'chai';
import {
  configMap,
  controlledBy,
  customObject,
  daemonSet,
  deployment,
  event,
  job,
  namespace,
  node,
  pod,
  replicaSet,
  secret,
  service,
  statefulSet,
} from '../../../src/testing/informers/index.ts';

describe('objects for tests', () => {
  it('have the key they are asked for, their type, and nothing that was not said', () => {
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

  it('are there for the usual kinds', () => {
    const web = deployment('shop/web', { replicas: 3, readyReplicas: 2 });
    const objects = [
      web,
      replicaSet('shop/web-1', { ownerReferences: [controlledBy(web)] }),
      statefulSet('shop/db'),
      daemonSet('shop/agent'),
      job('shop/once', { succeeded: 1 }),
      namespace('shop'),
      service('shop/web', { ports: [80], selector: { app: 'web' } }),
      configMap('shop/settings', { a: 'b' }),
      secret('shop/secret', { a: 'b' }),
      event('shop/web.1', pod('shop/web'), { reason: 'BackOff' }),
      customObject('example.com/v1', 'Widget', 'shop/w', { size: 1 }),
    ];
    expect(objects.map(({ kind }) => kind)).to.deep.equal([
      'Deployment',
      'ReplicaSet',
      'StatefulSet',
      'DaemonSet',
      'Job',
      'Namespace',
      'Service',
      'ConfigMap',
      'Secret',
      'Event',
      'Widget',
    ]);
    expect(objects[1]?.metadata?.ownerReferences?.[0]).to.include({
      kind: 'Deployment',
      name: 'web',
      controller: true,
    });
    expect(secret('a/b', { a: 'b' }).data).to.deep.equal({ a: 'Yg==' });
    expect(event('a/e', pod('a/p')).involvedObject).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      namespace: 'a',
    });
  });

  for (const [make, message] of [
    [() => pod('a/b/c'), '"a/b/c" is no key of an object: it is a name, or namespace/name'],
    [() => pod('shop/'), '"shop/" is no key of an object'],
    [() => pod('/web'), '"/web" is no key of an object'],
    [() => pod(''), '"" is no key of an object'],
    [() => customObject('example.com/v1', 'Widget', 'a/b/c'), '"a/b/c" is no key of an object'],
    [() => node('x/n1'), 'node("x/n1"): a node has a name and no namespace'],
    [() => namespace('x/shop'), 'namespace("x/shop"): a namespace has a name and no namespace'],
  ] as const) {
    it(`refuse what is no key: ${message}`, () => expect(make).to.throw(TypeError, message));
  }
});
