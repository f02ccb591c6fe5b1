/** The objects of the end-to-end tests of the examples: two nodes, and workloads of all kinds with pods on them. */

export const NAMESPACE = 'kubefacet-e2e-examples';
export const [NODE_A, NODE_B] = ['kubefacet-e2e-a', 'kubefacet-e2e-b'] as const;

/** A node as its kubelet would register it. */
export function node(name: string, zone: string, capacity: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/zone': zone,
        'node.kubernetes.io/instance-type': 'large',
      },
    },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
    },
  };
}

/** The spec of a pod that is assigned to a node directly. It is deleted without a grace period, because no kubelet would confirm it. */
const podSpec = (nodeName: string | undefined, cpu: string, memory: string): object => ({
  ...(nodeName === undefined ? {} : { nodeName }),
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'main', image: 'example.com/none', resources: { requests: { cpu, memory } } }],
});

const metadata = (name: string): object => ({ name, namespace: NAMESPACE });
const template = (app: string, spec: object): object => ({
  selector: { matchLabels: { app } },
  template: { metadata: { labels: { app } }, spec },
});

export const workloads: readonly object[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata('web'),
    spec: { replicas: 2, ...template('web', podSpec(NODE_A, '250m', '64Mi')) },
  },
  // The same name as the Deployment.
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata('web'),
    spec: { replicas: 1, serviceName: 'web', ...template('web-set', podSpec(NODE_B, '1', '1Gi')) },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: metadata('agent'),
    spec: template('agent', {
      ...podSpec(undefined, '10m', '10Mi'),
      // Matches none of the nodes.
      nodeSelector: { 'example.com/agent': 'wanted' },
    }),
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: metadata('lone'),
    spec: { replicas: 1, ...template('lone', podSpec(NODE_B, '0.1', '100M')) },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata('backup'),
    spec: { template: { spec: { ...podSpec(NODE_B, '2', '2Gi'), restartPolicy: 'Never' } } },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: metadata('alone'), spec: podSpec(NODE_A, '100u', '1') },
  { apiVersion: 'v1', kind: 'Pod', metadata: metadata('done'), spec: podSpec(NODE_B, '4', '4Gi') },
];

/** The status that a kubelet reports for a ready pod. */
export const RUNNING: object = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [
    {
      name: 'main',
      image: 'example.com/none',
      imageID: '',
      ready: true,
      restartCount: 1,
      state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    },
  ],
};

/** The status that a kubelet reports for a pod that keeps crashing. */
export const CRASHING: object = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [
    {
      name: 'main',
      image: 'example.com/none',
      imageID: '',
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
    },
  ],
};
