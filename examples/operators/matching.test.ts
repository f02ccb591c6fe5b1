import { identity, leftJoin, leftNamesRight, leftOwnsRight, leftSelectsRight } from 'kubefacet/projections';
import { controlledBy, customObject, fakeInformer, pod, replicaSet, service, track } from 'kubefacet/testing';

const web = replicaSet('shop/web', { uid: 'uid-of-web' });
const pods = fakeInformer(
  pod('shop/web-1', { labels: { app: 'web' }, ownerReferences: [controlledBy(web)] }),
  pod('shop/web-2', { labels: { app: 'web' }, ownerReferences: [controlledBy(web)] }),
  pod('shop/alone'),
);

it('counts the pods of a ReplicaSet and of a Service', () => {
  const owned = fakeInformer(web).pipe(
    leftJoin(pods, leftOwnsRight(), (rs, members) => ({ metadata: identity(rs), pods: members.length })),
  );
  const selected = fakeInformer(service('shop/web', { selector: { app: 'web' } })).pipe(
    leftJoin(
      pods,
      leftSelectsRight((svc) => svc.spec?.selector),
      (svc, members) => ({ metadata: identity(svc), pods: members.length }),
    ),
  );
  track(owned, (row) => row.pods).expect('ADDED shop/web 2');
  track(selected, (row) => row.pods).expect('ADDED shop/web 2');
});

it('lists the ConfigMaps that a pod names', () => {
  const configMaps = fakeInformer(customObject('v1', 'ConfigMap', 'shop/settings', {}));
  const namesOf = (annotations: Readonly<Record<string, string>> = {}) => (annotations['config-maps'] ?? '').split(',');
  const mounts = fakeInformer(pod('shop/web', { annotations: { 'config-maps': 'settings,missing' } })).pipe(
    leftJoin(
      configMaps,
      leftNamesRight((p) => namesOf(p.metadata?.annotations).map((name) => `${p.metadata?.namespace}/${name}`)),
      (p, mounted) => ({ metadata: identity(p), configMaps: mounted.map(({ metadata }) => metadata.name) }),
    ),
  );
  track(mounts, (row) => row.configMaps.join()).expect('ADDED shop/web settings');
});
