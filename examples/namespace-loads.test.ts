import { fakeInformer, namespace, pod, track } from 'kubefacet/testing';
import { namespaceLoads } from './namespace-loads.ts';

it('counts the pods of a namespace, and has a row for an empty namespace', () => {
  const namespaces = fakeInformer(namespace('shop'), namespace('empty'));
  const pods = fakeInformer(pod('shop/web', { phase: 'Running' }), pod('shop/task', { phase: 'Succeeded' }));
  const events = track(
    namespaceLoads(pods, namespaces),
    ({ status }) => `${status.pods} ${JSON.stringify(status.podsByPhase)} ${status.requested.cpu}`,
  );
  events.expect('ADDED empty 0 {} 0', 'ADDED shop 2 {"Running":1,"Succeeded":1} 0');

  pods.modify({
    ...pod('shop/web', { phase: 'Running' }),
    spec: { containers: [{ name: 'app', resources: { requests: { cpu: '100m' } } }] },
  });
  pods.delete('shop/task');
  namespaces.delete('empty');
  events.expect(
    'MODIFIED shop 2 {"Running":1,"Succeeded":1} 100m',
    'MODIFIED shop 1 {"Running":1} 100m',
    'DELETED empty 0 {} 0',
  );
});
