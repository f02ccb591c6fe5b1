import { expect } from 'chai';
import { daemonSet, deployment, job, replicaSet, statefulSet } from '../../../src/testing/informers/index.ts';

describe('makers of workloads', () => {
  it('return an object of each kind', () => {
    const objects = [
      deployment('shop/web', { replicas: 3, readyReplicas: 2 }),
      replicaSet('shop/web-1'),
      statefulSet('shop/db'),
      daemonSet('shop/agent'),
      job('shop/once', { succeeded: 1 }),
    ];
    expect(objects.map(({ kind }) => kind)).to.deep.equal([
      'Deployment',
      'ReplicaSet',
      'StatefulSet',
      'DaemonSet',
      'Job',
    ]);
    expect(objects.map(({ metadata }) => metadata?.namespace)).to.deep.equal(Array(5).fill('shop'));
  });

  it('put the replicas into the spec and the status', () => {
    const web = deployment('shop/web', { replicas: 3, readyReplicas: 2 });
    expect(web.spec).to.deep.include({ replicas: 3, selector: { matchLabels: { app: 'web' } } });
    expect(web.status).to.include({ replicas: 3, readyReplicas: 2 });
  });
});
