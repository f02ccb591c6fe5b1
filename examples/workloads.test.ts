import type { V1DaemonSet, V1Deployment, V1Job, V1Pod, V1ReplicaSet, V1StatefulSet } from 'kubefacet/informers';
import {
  controlledBy,
  daemonSet,
  deployment,
  fakeInformer,
  job,
  pod,
  replicaSet,
  statefulSet,
  track,
} from 'kubefacet/testing';
import { workloads } from './workloads.ts';

const informers = () => ({
  pods: fakeInformer<V1Pod>(),
  replicaSets: fakeInformer<V1ReplicaSet>(),
  deployments: fakeInformer<V1Deployment>(),
  statefulSets: fakeInformer<V1StatefulSet>(),
  daemonSets: fakeInformer<V1DaemonSet>(),
});
function ownedBy(owner: V1ReplicaSet | V1StatefulSet | V1DaemonSet | V1Job) {
  return { ownerReferences: [controlledBy(owner)] };
}

it('counts the pods of a Deployment through its ReplicaSets', () => {
  const { pods, replicaSets, deployments, ...others } = informers();
  const web = deployment('shop/web', { uid: 'd', replicas: 2 });
  const old = replicaSet('shop/web-1', { uid: 'r1', ownerReferences: [controlledBy(web)] });
  const current = replicaSet('shop/web-2', { uid: 'r2', ownerReferences: [controlledBy(web)] });
  const rows = workloads({ pods, replicaSets, deployments, ...others });
  const events = track(rows, ({ status }) => `${status.ready}/${status.wanted} ${status.reason}`);

  deployments.add(web);
  replicaSets.replace(old, current);
  pods.add(pod('shop/web-1-a', { node: 'n1', ready: true, ...ownedBy(old) }));
  pods.add(pod('shop/web-2-a', { ...ownedBy(current) }));
  pods.modify(pod('shop/web-2-a', { node: 'n1', ready: true, ...ownedBy(current) }));

  events.expect(
    'ADDED shop/deployment-web 0/2 undefined',
    'MODIFIED shop/deployment-web 1/2 undefined',
    'MODIFIED shop/deployment-web 1/2 Pending',
    'MODIFIED shop/deployment-web 2/2 undefined',
  );
});

it('has rows for workloads of all kinds, for pods without a controller, and for controllers that are only known through their pods', () => {
  const { pods, statefulSets, daemonSets, ...others } = informers();
  const set = statefulSet('shop/web', { uid: 's' });
  const agent = daemonSet('shop/agent', { uid: 'a', replicas: 3 });
  const backup = job('shop/backup', { uid: 'j' });
  statefulSets.add(set);
  daemonSets.add(agent);
  pods.replace(
    pod('shop/web-0', { phase: 'Running', ready: true, ...ownedBy(set) }),
    pod('shop/agent-x', { phase: 'Running', ready: false, ...ownedBy(agent) }),
    pod('shop/backup-x', { phase: 'Failed', ...ownedBy(backup) }),
    pod('shop/backup-y', { phase: 'Running', ready: true, ...ownedBy(backup) }),
    pod('shop/alone', { phase: 'Running', ready: true }),
  );

  const rows = workloads({ pods, statefulSets, daemonSets, ...others });
  const events = track(rows, ({ spec, status }) => `${spec.kind} ${status.ready}/${status.wanted} ${status.reason}`);
  events.expect(
    'ADDED shop/daemonset-agent DaemonSet 0/3 NotReady',
    'ADDED shop/job-backup Job 1/1 Failed',
    'ADDED shop/pod-alone Pod 1/1 undefined',
    'ADDED shop/statefulset-web StatefulSet 1/1 undefined',
  );
});

it('keeps the row of a deleted Deployment until its pods are deleted', () => {
  const { pods, replicaSets, deployments, ...others } = informers();
  const web = deployment('shop/web', { uid: 'd' });
  const set = replicaSet('shop/web-1', { uid: 'r', ownerReferences: [controlledBy(web)] });
  deployments.add(web);
  replicaSets.add(set);
  pods.add(pod('shop/web-1-a', { phase: 'Running', ready: true, ...ownedBy(set) }));
  const rows = workloads({ pods, replicaSets, deployments, ...others });
  const events = track(rows, ({ status }) => `${status.ready}/${status.wanted}`);

  pods.modify(pod('shop/web-1-a', { phase: 'Running', deletionTimestamp: '2026-01-02T00:00:00Z', ...ownedBy(set) }));
  deployments.delete('shop/web');
  pods.delete('shop/web-1-a');
  events.expect(
    'ADDED shop/deployment-web 1/1',
    'MODIFIED shop/deployment-web 0/1',
    'MODIFIED shop/deployment-web 0/0',
    'DELETED shop/deployment-web 0/0',
  );
});
