import { expect } from 'chai';
import { acceptedPod } from '../../../bench/kube-apiserver/accepted-pod.ts';

describe('acceptedPod()', () => {
  const { pod, status } = acceptedPod(
    {
      metadata: {
        name: 'etcd',
        namespace: 'openshift-etcd',
        uid: 'u',
        labels: { app: 'etcd' },
        annotations: { 'kubernetes.io/config.mirror': 'm', note: 'n' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'n' }],
      },
      spec: { containers: [{ name: 'etcd' }], nodeName: 'n1', priority: 5, priorityClassName: 'system-node-critical' },
      status: { phase: 'Running' },
    },
    'bench',
  );

  it('keeps labels, annotations, containers and status', () => {
    expect(pod).to.have.nested.property('metadata.labels.app', 'etcd');
    expect(pod).to.have.nested.property('metadata.annotations.note', 'n');
    expect(pod).to.have.nested.property('spec.containers[0].name', 'etcd');
    expect(status).to.deep.equal({ phase: 'Running' });
  });

  it('has nothing that refers to objects of its old cluster, or that only a kubelet may write', () => {
    expect(pod).to.have.deep.property('metadata', {
      name: 'etcd',
      namespace: 'bench',
      labels: { app: 'etcd' },
      annotations: { note: 'n' },
    });
    expect(pod)
      .to.have.property('spec')
      .that.has.keys('containers', 'serviceAccountName', 'automountServiceAccountToken', 'schedulerName');
  });
});
