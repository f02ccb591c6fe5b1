import { map, union } from 'kubefacet/projections';
import { daemonSet, deployment, fakeInformer, track } from 'kubefacet/testing';

it('shows workloads of two kinds in one collection', () => {
  const deployments = fakeInformer(deployment('shop/web'));
  const daemonSets = fakeInformer(daemonSet('shop/agent'));
  const workloads = deployments.pipe(
    union([daemonSets], { onDuplicate: 'first' }),
    map(({ metadata, kind }) => ({ metadata, kind })),
  );
  const events = track(workloads, ({ kind }) => kind);

  daemonSets.add(daemonSet('shop/web'));
  deployments.delete('shop/web');

  events.expect('ADDED shop/agent DaemonSet', 'ADDED shop/web Deployment', 'MODIFIED shop/web DaemonSet');
});
