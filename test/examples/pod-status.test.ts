/** The status column of `kubectl get pods` (kubernetes `pkg/printers/internalversion`) and the requests of a pod. */
import { expect } from 'chai';
import { podRequests } from '../../examples/pod-requests.ts';
import { readyContainers, restartsOf, statusOf } from '../../examples/pod-status.ts';
import { notReadyReason, worstReason } from '../../examples/not-ready-reason.ts';
import type { V1Pod } from '../../src/informers/index.ts';
import { formatCpu } from '../../src/projections/index.ts';
import { pod } from '../../src/testing/index.ts';

type Status = NonNullable<V1Pod['status']>;
type ContainerStatus = NonNullable<Status['containerStatuses']>[number];

const container = (name: string, fields: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  image: 'nginx',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...fields,
});
const running = (name: string, ready = true): ContainerStatus => container(name, { ready, state: { running: {} } });
const ended = (name: string, exitCode: number, reason?: string): ContainerStatus =>
  container(name, { state: { terminated: { exitCode, ...(reason === undefined ? {} : { reason }) } } });
const waiting = (name: string, reason?: string): ContainerStatus =>
  container(name, { state: { waiting: reason === undefined ? {} : { reason } } });

const READY = [{ type: 'Ready', status: 'True' }];
/** Returns a pod with two containers, the init container `copy` and the sidecar `proxy`. */
const withStatus = (status: Status, fields: { deletionTimestamp?: string } = {}): V1Pod => ({
  ...pod('shop/web', fields),
  spec: {
    initContainers: [{ name: 'copy' }, { name: 'proxy', restartPolicy: 'Always' }],
    containers: [{ name: 'app' }, { name: 'log' }],
  },
  status,
});
const copied = ended('copy', 0, 'Completed');
const proxy = { ...running('proxy'), started: true, restartCount: 2 };
const initialized = { initContainerStatuses: [copied, proxy] };

describe('statusOf() and notReadyReason()', () => {
  const cases: readonly { pod: V1Pod; status: string; reason: string | undefined }[] = [
    { pod: withStatus({}), status: 'Unknown', reason: 'Unknown' },
    { pod: withStatus({ phase: 'Pending' }), status: 'Pending', reason: 'Pending' },
    {
      pod: withStatus({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
      }),
      status: 'Pending',
      reason: 'Unschedulable',
    },
    {
      pod: withStatus({
        phase: 'Pending',
        initContainerStatuses: [running('copy'), waiting('proxy', 'PodInitializing')],
      }),
      status: 'Init:0/2',
      reason: 'Init:0/2',
    },
    {
      pod: withStatus({ phase: 'Pending', initContainerStatuses: [waiting('copy', 'ImagePullBackOff')] }),
      status: 'Init:ImagePullBackOff',
      reason: 'Init:ImagePullBackOff',
    },
    {
      pod: withStatus({ phase: 'Pending', initContainerStatuses: [ended('copy', 3)] }),
      status: 'Init:ExitCode:3',
      reason: 'Init:ExitCode:3',
    },
    {
      pod: withStatus({
        phase: 'Pending',
        ...initialized,
        containerStatuses: [waiting('app', 'ContainerCreating'), waiting('log', 'ContainerCreating')],
      }),
      status: 'ContainerCreating',
      reason: 'ContainerCreating',
    },
    {
      pod: withStatus({
        phase: 'Running',
        conditions: READY,
        ...initialized,
        containerStatuses: [running('app'), running('log')],
      }),
      status: 'Running',
      reason: undefined,
    },
    {
      pod: withStatus({ phase: 'Running', ...initialized, containerStatuses: [running('app', false), running('log')] }),
      status: 'Running',
      reason: 'NotReady',
    },
    {
      pod: withStatus({
        phase: 'Running',
        ...initialized,
        containerStatuses: [running('app'), waiting('log', 'CrashLoopBackOff')],
      }),
      status: 'CrashLoopBackOff',
      reason: 'CrashLoopBackOff',
    },
    {
      pod: withStatus({
        phase: 'Running',
        ...initialized,
        containerStatuses: [ended('app', 0, 'Completed'), running('log')],
      }),
      status: 'NotReady',
      reason: 'NotReady',
    },
    {
      pod: withStatus({
        phase: 'Succeeded',
        ...initialized,
        containerStatuses: [ended('app', 0, 'Completed'), ended('log', 0, 'Completed')],
      }),
      status: 'Completed',
      reason: undefined,
    },
    { pod: withStatus({ phase: 'Failed', reason: 'Evicted' }), status: 'Evicted', reason: 'Evicted' },
    {
      pod: withStatus({ phase: 'Running', conditions: READY }, { deletionTimestamp: '2026-01-02T00:00:00Z' }),
      status: 'Terminating',
      reason: 'Terminating',
    },
    {
      pod: withStatus({ phase: 'Succeeded' }, { deletionTimestamp: '2026-01-02T00:00:00Z' }),
      status: 'Succeeded',
      reason: undefined,
    },
  ];
  for (const { pod, status, reason } of cases) {
    it(`return ${status} and ${reason} for ${JSON.stringify(pod.status)}`, () => {
      expect(statusOf(pod)).to.equal(status);
      expect(notReadyReason(pod)).to.equal(reason);
    });
  }

  it('count sidecars as containers', () => {
    const web = withStatus({
      phase: 'Running',
      ...initialized,
      containerStatuses: [running('app'), running('log', false)],
    });
    expect([readyContainers(web), restartsOf(web)]).to.deep.equal(['2/3', 2]);
  });
});

describe('worstReason()', () => {
  const cases = [
    [{}, undefined],
    [{ Terminating: 5, Pending: 1 }, 'Pending'],
    [{ 'Init:0/1': 1, Terminating: 9 }, 'Init:0/1'],
    [{ Pending: 9, CrashLoopBackOff: 1 }, 'CrashLoopBackOff'],
    [{ Evicted: 1, ImagePullBackOff: 2 }, 'ImagePullBackOff'],
  ] as const;
  for (const [reasons, worst] of cases)
    it(`returns ${worst} for ${JSON.stringify(reasons)}`, () => expect(worstReason(reasons)).to.equal(worst));
});

describe('podRequests()', () => {
  const containerWithCpu = (cpu: string): { name: string; resources: { requests: { cpu: string } } } => ({
    name: 'c',
    resources: { requests: { cpu } },
  });
  const sidecar = (cpu: string): ReturnType<typeof containerWithCpu> & { restartPolicy: string } => ({
    ...containerWithCpu(cpu),
    restartPolicy: 'Always',
  });
  const cases: readonly (readonly [string, NonNullable<V1Pod['spec']>])[] = [
    ['0', { containers: [{ name: 'c' }] }],
    ['1250m', { containers: [containerWithCpu('1'), containerWithCpu('250m')] }],
    ['2', { initContainers: [containerWithCpu('2'), containerWithCpu('1')], containers: [containerWithCpu('1')] }],
    ['1100m', { initContainers: [sidecar('100m'), containerWithCpu('500m')], containers: [containerWithCpu('1')] }],
    ['2100m', { initContainers: [sidecar('100m'), containerWithCpu('2')], containers: [containerWithCpu('1')] }],
    ['2', { initContainers: [containerWithCpu('2'), sidecar('100m')], containers: [containerWithCpu('1')] }],
    ['1100m', { containers: [containerWithCpu('1')], overhead: { cpu: '100m' } }],
  ];
  for (const [cpu, spec] of cases) {
    it(`returns ${cpu} for ${JSON.stringify(spec)}`, () => {
      expect(formatCpu(podRequests(spec, 'cpu'))).to.equal(cpu);
    });
  }
});
