import { expect } from 'chai';

import { podColumns } from '../../../../src/testing/cluster/columns/pod-columns.ts';
import type { CompleteObject } from '../../../../src/server/wire/writes/complete-object.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

interface PodParts {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

const pod = ({ metadata = {}, spec = {}, status = {} }: PodParts): CompleteObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
  spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
  status,
});

const cell = (name: string, object: CompleteObject): unknown =>
  podColumns(NOW)
    .find((column) => column.name === name)
    ?.value(object);

const running = (name = 'a') => ({ name, ready: true, restartCount: 0, state: { running: {} } });
const waiting = (reason: string) => ({ name: 'a', ready: false, restartCount: 0, state: { waiting: { reason } } });
const ended = (terminated: object, name = 'a') => ({ name, ready: false, restartCount: 0, state: { terminated } });
const ready = { type: 'Ready', status: 'True' };
const init = { initContainers: [{ name: 'i' }, { name: 'j' }] };
const sidecar = { initContainers: [{ name: 's', restartPolicy: 'Always' }] };

describe('podColumns()', () => {
  for (const [status, what, parts] of [
    ['Pending', 'is the phase if nothing else is known', { status: { phase: 'Pending' } }],
    ['Evicted', 'is the reason if there is one', { status: { phase: 'Failed', reason: 'Evicted' } }],
    ['Running', 'is Running', { status: { phase: 'Running', containerStatuses: [running()] } }],
    [
      'CrashLoopBackOff',
      'is the waiting reason of a container',
      { status: { phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff'), running('b')] } },
    ],
    [
      'Completed',
      'is the reason for which a container ended',
      { status: { phase: 'Succeeded', containerStatuses: [ended({ reason: 'Completed' })] } },
    ],
    [
      'Running',
      'is Running while another container runs and the pod is ready',
      {
        status: {
          phase: 'Running',
          conditions: [ready],
          containerStatuses: [ended({ reason: 'Completed' }), running('b')],
        },
      },
    ],
    [
      'NotReady',
      'is NotReady while another container runs and the pod is not ready',
      { status: { phase: 'Running', containerStatuses: [ended({ reason: 'Completed' }), running('b')] } },
    ],
    [
      'ExitCode:3',
      'is an exit code if there is no reason',
      { status: { phase: 'Running', containerStatuses: [ended({ exitCode: 3 })] } },
    ],
    [
      'Signal:9',
      'is a signal if there is one',
      { status: { phase: 'Running', containerStatuses: [ended({ exitCode: 137, signal: 9 })] } },
    ],
    [
      'Init:1/2',
      'counts completed init containers',
      {
        spec: init,
        status: {
          phase: 'Pending',
          initContainerStatuses: [ended({ exitCode: 0 }, 'i'), { name: 'j', state: { running: {} } }],
          containerStatuses: [waiting('PodInitializing')],
        },
      },
    ],
    [
      'Init:Error',
      'shows a failed init container',
      {
        spec: init,
        status: { phase: 'Pending', initContainerStatuses: [ended({ exitCode: 1, reason: 'Error' }, 'i')] },
      },
    ],
    [
      'Init:ImagePullBackOff',
      'shows the waiting reason of an init container',
      {
        spec: init,
        status: {
          phase: 'Pending',
          initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'ImagePullBackOff' } } }],
        },
      },
    ],
    [
      'Running',
      'ignores a started sidecar',
      {
        spec: sidecar,
        status: {
          phase: 'Running',
          initContainerStatuses: [{ ...running('s'), started: true }],
          containerStatuses: [running()],
        },
      },
    ],
    [
      'Terminating',
      'is Terminating while it is being deleted',
      { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running', containerStatuses: [running()] } },
    ],
    [
      'Completed',
      'is the final phase, even while the pod is being deleted',
      {
        metadata: { deletionTimestamp: 'x' },
        status: { phase: 'Succeeded', containerStatuses: [ended({ reason: 'Completed' })] },
      },
    ],
    [
      'Unknown',
      'is Unknown if the node is lost',
      { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running', reason: 'NodeLost' } },
    ],
    [
      'SchedulingGated',
      'is SchedulingGated while the pod has a gate',
      {
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      },
    ],
  ] as const) {
    it(`Status ${what}: ${status}`, () => {
      expect(cell('Status', pod(parts))).to.equal(status);
    });
  }

  it('counts ready containers and sidecars in Ready', () => {
    expect(
      cell('Ready', pod({ status: { containerStatuses: [running(), { ...running('b'), ready: false }] } })),
    ).to.equal('1/2');
    const withSidecar = pod({
      spec: sidecar,
      status: { initContainerStatuses: [running('s')], containerStatuses: [running(), running('b')] },
    });
    expect(cell('Ready', withSidecar)).to.equal('3/3');
    expect(cell('Ready', pod({}))).to.equal('0/2');
  });

  it('shows the sum of restarts and the age of the last one in Restarts', () => {
    const restarted = (restartCount: number, finishedAt?: string) => ({
      ...running(),
      restartCount,
      lastState: finishedAt === undefined ? {} : { terminated: { finishedAt } },
    });
    expect(cell('Restarts', pod({ status: { containerStatuses: [restarted(0), restarted(0)] } }))).to.equal('0');
    expect(cell('Restarts', pod({ status: { containerStatuses: [restarted(2)] } }))).to.equal('2');
    const twice = [restarted(2, '2026-01-01T00:10:00Z'), restarted(3, '2026-01-01T00:55:00Z')];
    expect(cell('Restarts', pod({ status: { containerStatuses: twice } }))).to.equal('5 (5m ago)');
  });

  it('shows address and node in the wide form', () => {
    const placed = pod({ spec: { nodeName: 'n1' }, status: { podIP: '10.0.0.1' } });
    expect(['IP', 'Node', 'Nominated Node', 'Readiness Gates'].map((name) => cell(name, placed))).to.deep.equal([
      '10.0.0.1',
      'n1',
      '<none>',
      '<none>',
    ]);
    const gates = pod({
      spec: { readinessGates: [{ conditionType: 'x' }, { conditionType: 'y' }] },
      status: { conditions: [{ type: 'y', status: 'True' }] },
    });
    expect(cell('Readiness Gates', gates)).to.equal('1/2');
    expect(podColumns(NOW).filter(({ priority }) => priority === 1)).to.have.length(4);
  });
});
