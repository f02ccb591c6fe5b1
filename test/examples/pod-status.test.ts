/** The status column of `kubectl get pods` (kubernetes `pkg/printers/internalversion`) and the requests of a pod. */
import { expect } from 'chai';
import { podRequests } from '../../examples/pod-requests.ts';
import { readyContainers, restartsOf, statusOf } from '../../examples/pod-status.ts';
import { troubleOf, worstOf } from '../../examples/pod-trouble.ts';
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

describe('statusOf() and troubleOf()', () => {
  const cases: readonly { pod: V1Pod; status: string; trouble: string | undefined }[] = [
    { pod: withStatus({}), status: 'Unknown', trouble: 'Unknown' },
    { pod: withStatus({ phase: 'Pending' }), status: 'Pending', trouble: 'Pending' },
    {
      pod: withStatus({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }],
      }),
      status: 'Pending',
      trouble: 'Unschedulable',
    },
    {
      pod: withStatus({
        phase: 'Pending',
        initContainerStatuses: [running('copy'), waiting('proxy', 'PodInitializing')],
      }),
      status: 'Init:0/2',
      trouble: 'Init:0/2',
    },
    {
      pod: withStatus({ phase: 'Pending', initContainerStatuses: [waiting('copy', 'ImagePullBackOff')] }),
      status: 'Init:ImagePullBackOff',
      trouble: 'Init:ImagePullBackOff',
    },
    {
      pod: withStatus({ phase: 'Pending', initContainerStatuses: [ended('copy', 3)] }),
      status: 'Init:ExitCode:3',
      trouble: 'Init:ExitCode:3',
    },
    {
      pod: withStatus({
        phase: 'Pending',
        ...initialized,
        containerStatuses: [waiting('app', 'ContainerCreating'), waiting('log', 'ContainerCreating')],
      }),
      status: 'ContainerCreating',
      trouble: 'ContainerCreating',
    },
    {
      pod: withStatus({
        phase: 'Running',
        conditions: READY,
        ...initialized,
        containerStatuses: [running('app'), running('log')],
      }),
      status: 'Running',
      trouble: undefined,
    },
    {
      pod: withStatus({ phase: 'Running', ...initialized, containerStatuses: [running('app', false), running('log')] }),
      status: 'Running',
      trouble: 'NotReady',
    },
    {
      pod: withStatus({
        phase: 'Running',
        ...initialized,
        containerStatuses: [running('app'), waiting('log', 'CrashLoopBackOff')],
      }),
      status: 'CrashLoopBackOff',
      trouble: 'CrashLoopBackOff',
    },
    {
      pod: withStatus({
        phase: 'Running',
        ...initialized,
        containerStatuses: [ended('app', 0, 'Completed'), running('log')],
      }),
      status: 'NotReady',
      trouble: 'NotReady',
    },
    {
      pod: withStatus({
        phase: 'Succeeded',
        ...initialized,
        containerStatuses: [ended('app', 0, 'Completed'), ended('log', 0, 'Completed')],
      }),
      status: 'Completed',
      trouble: undefined,
    },
    { pod: withStatus({ phase: 'Failed', reason: 'Evicted' }), status: 'Evicted', trouble: 'Evicted' },
    {
      pod: withStatus({ phase: 'Running', conditions: READY }, { deletionTimestamp: '2026-01-02T00:00:00Z' }),
      status: 'Terminating',
      trouble: 'Terminating',
    },
    {
      pod: withStatus({ phase: 'Succeeded' }, { deletionTimestamp: '2026-01-02T00:00:00Z' }),
      status: 'Succeeded',
      trouble: undefined,
    },
  ];
  for (const { pod, status, trouble } of cases) {
    it(`return ${status} and ${trouble} for ${JSON.stringify(pod.status)}`, () => {
      expect(statusOf(pod)).to.equal(status);
      expect(troubleOf(pod)).to.equal(trouble);
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

describe('worstOf()', () => {
  const cases = [
    [{}, undefined],
    [{ Terminating: 5, Pending: 1 }, 'Pending'],
    [{ 'Init:0/1': 1, Terminating: 9 }, 'Init:0/1'],
    [{ Pending: 9, CrashLoopBackOff: 1 }, 'CrashLoopBackOff'],
    [{ Evicted: 1, ImagePullBackOff: 2 }, 'ImagePullBackOff'],
  ] as const;
  for (const [reasons, worst] of cases)
    it(`returns ${worst} for ${JSON.stringify(reasons)}`, () => expect(worstOf(reasons)).to.equal(worst));
});

describe('podRequests()', () => {
  const asking = (cpu: string): { name: string; resources: { requests: { cpu: string } } } => ({
    name: 'c',
    resources: { requests: { cpu } },
  });
  const sidecar = (cpu: string): ReturnType<typeof asking> & { restartPolicy: string } => ({
    ...asking(cpu),
    restartPolicy: 'Always',
  });
  const cases: readonly (readonly [string, NonNullable<V1Pod['spec']>])[] = [
    ['0', { containers: [{ name: 'c' }] }],
    ['1250m', { containers: [asking('1'), asking('250m')] }],
    ['2', { initContainers: [asking('2'), asking('1')], containers: [asking('1')] }],
    ['1100m', { initContainers: [sidecar('100m'), asking('500m')], containers: [asking('1')] }],
    ['2100m', { initContainers: [sidecar('100m'), asking('2')], containers: [asking('1')] }],
    ['2', { initContainers: [asking('2'), sidecar('100m')], containers: [asking('1')] }],
    ['1100m', { containers: [asking('1')], overhead: { cpu: '100m' } }],
  ];
  for (const [cpu, spec] of cases) {
    it(`returns ${cpu} for ${JSON.stringify(spec)}`, () => {
      expect(formatCpu(podRequests(spec, 'cpu'))).to.equal(cpu);
    });
  }
});
