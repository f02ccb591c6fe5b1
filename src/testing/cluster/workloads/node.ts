/**
 * Nodes of a generated cluster, and their Ready condition.
 * @module
 */
import { type RandomNumber, hexDigits, pick, randomUid } from './random.ts';
import { timestampOf } from '../../../server/wire/writes/object-writes.ts';
import type { Condition, Node } from './types.ts';

interface InstanceType {
  readonly name: string;
  readonly cores: number;
  readonly gibibytes: number;
}

const instanceTypes: readonly InstanceType[] = [
  { name: 'm6i.xlarge', cores: 4, gibibytes: 16 },
  { name: 'm6i.2xlarge', cores: 8, gibibytes: 32 },
  { name: 'm6i.4xlarge', cores: 16, gibibytes: 64 },
  { name: 'c6i.4xlarge', cores: 16, gibibytes: 32 },
  { name: 'r6i.2xlarge', cores: 8, gibibytes: 64 },
];

const REGION = 'eu-central-1';

/** The zones, to which nodes are assigned in turn. */
export const zones: readonly [string, ...string[]] = [`${REGION}a`, `${REGION}b`, `${REGION}c`];

export interface NodeOptions {
  /** The number of the node from 0. It determines name, zone and addresses. */
  readonly index: number;
  readonly random: RandomNumber;
  /** The time at which the node joined, in milliseconds since the epoch. */
  readonly at: number;
}

/** Returns a ready node, as its kubelet registers it. */
export function readyNode({ index, random, at }: NodeOptions): Node {
  const { name: instanceType, cores, gibibytes } = pick(random, instanceTypes);
  const zone = zones[index % zones.length] ?? zones[0];
  const name = `node-${String(index + 1).padStart(4, '0')}`;
  const kibibytes = gibibytes * 1_048_576;
  const hugePages = { 'hugepages-1Gi': '0', 'hugepages-2Mi': '0' };
  const instance = `i-${hexDigits(random, 17)}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: randomUid(random),
      creationTimestamp: timestampOf(at),
      labels: {
        'beta.kubernetes.io/instance-type': instanceType,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': instanceType,
        'topology.kubernetes.io/region': REGION,
        'topology.kubernetes.io/zone': zone,
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: { podCIDR: podCidr(index), providerID: `aws:///${zone}/${instance}` },
    status: {
      capacity: {
        cpu: String(cores),
        memory: `${kibibytes}Ki`,
        pods: '110',
        'ephemeral-storage': '104845292Ki',
        ...hugePages,
      },
      allocatable: {
        cpu: `${cores * 1000 - 80}m`,
        memory: `${kibibytes - 1_048_576}Ki`,
        pods: '110',
        'ephemeral-storage': '95551679124',
        ...hugePages,
      },
      conditions: healthyConditions(at),
      addresses: [
        { type: 'InternalIP', address: nodeAddress(index) },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: hexDigits(random, 32),
        systemUUID: randomUid(random),
        bootID: randomUid(random),
        kernelVersion: '6.1.112-124.190.amzn2023.x86_64',
        osImage: 'Amazon Linux 2023.6.20250107',
        containerRuntimeVersion: 'containerd://1.7.25',
        kubeletVersion: 'v1.34.1',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  };
}

export function isNodeReady(node: Node): boolean {
  return node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/**
 * Returns the node with another Ready condition. The node controller writes `Unknown` if the kubelet stops reporting.
 */
export function withReadiness(node: Node, status: Condition['status'], at: number): Node {
  return {
    ...node,
    status: {
      ...node.status,
      conditions: node.status.conditions.map((condition) =>
        condition.type === 'Ready' ? readyCondition(status, condition, at) : condition,
      ),
    },
  };
}

const READY_TEXTS = {
  True: { reason: 'KubeletReady', message: 'kubelet is posting ready status' },
  False: { reason: 'KubeletNotReady', message: 'container runtime is down' },
  Unknown: { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' },
} as const;

const readyCondition = (status: Condition['status'], before: Condition, at: number): Condition => ({
  type: 'Ready',
  status,
  lastHeartbeatTime: status === 'Unknown' ? before.lastHeartbeatTime : timestampOf(at),
  lastTransitionTime: before.status === status ? before.lastTransitionTime : timestampOf(at),
  ...READY_TEXTS[status],
});

const healthyConditions = (at: number): readonly Condition[] => {
  const times = { lastHeartbeatTime: timestampOf(at), lastTransitionTime: timestampOf(at) };
  const pressure = (type: string, reason: string, message: string): Condition => ({
    type,
    status: 'False',
    ...times,
    reason,
    message,
  });
  return [
    pressure('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    pressure('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pressure('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    { type: 'Ready', status: 'True', ...times, ...READY_TEXTS.True },
  ];
};

/** Returns a /24 of 100.64.0.0/10, for up to 16,384 nodes. */
const podCidr = (index: number): string => `100.${64 + ((index >> 8) & 63)}.${index & 255}.0/24`;

const nodeAddress = (index: number): string => `10.0.${(index >> 8) & 255}.${index & 255}`;
