import { expect } from 'chai';

import { statelessApplications } from '../../../../src/testing/cluster/workloads/applications.ts';
import { readyNode } from '../../../../src/testing/cluster/workloads/node.ts';
import {
  completed,
  crashed,
  failed,
  ready,
  restarted,
  running,
  scheduled,
  unschedulable,
} from '../../../../src/testing/cluster/workloads/pod-lifecycle.ts';
import { podTemplate } from '../../../../src/testing/cluster/workloads/pod-template.ts';
import { isFinished, isReady, pendingPod } from '../../../../src/testing/cluster/workloads/pod.ts';
import { seededRandom } from '../../../../src/testing/cluster/workloads/random.ts';
import type { Condition, ContainerStatus, Pod } from '../../../../src/testing/cluster/workloads/types.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const random = seededRandom(1);
const at = (seconds: number) => ({ at: START + seconds * 1000, random });

const [application] = statelessApplications;
const node = readyNode({ index: 0, random, at: START });
const pending = pendingPod({
  template: podTemplate({ application, namespace: 'shop' }),
  namespace: 'shop',
  name: 'web-1',
  uid: 'u',
  at: START,
});
const placed = scheduled(pending, node, at(1));
const started = running(placed, node, '100.64.0.2', at(2));
const serving = ready(started, at(10));

const condition = (pod: Pod, type: string): Condition | undefined =>
  pod.status?.conditions?.find((one) => one.type === type);
const first = (pod: Pod): ContainerStatus | undefined => pod.status?.containerStatuses?.[0];

describe('the lifecycle of a pod', () => {
  it('begins without a node, and waits if no node fits', () => {
    expect(pending.spec.nodeName).to.equal(undefined);
    expect(pending.status).to.include({ phase: 'Pending' });
    expect(condition(unschedulable(pending, at(1)), 'PodScheduled')).to.include({
      status: 'False',
      reason: 'Unschedulable',
    });
  });

  it('continues with a node, containers and addresses', () => {
    expect(placed.spec.nodeName).to.equal('node-0001');
    expect(condition(placed, 'PodScheduled')).to.include({
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:01Z',
    });
    expect(started.status).to.include({ phase: 'Running', podIP: '100.64.0.2', startTime: '2026-01-01T00:00:02Z' });
    expect(started.status?.containerStatuses).to.have.length(2);
    expect(isReady(started)).to.equal(false);
  });

  it('becomes ready with its containers', () => {
    expect(isReady(serving)).to.equal(true);
    expect(serving.status?.containerStatuses?.every((status) => status.ready)).to.equal(true);
    expect(condition(serving, 'Ready')?.lastTransitionTime).to.equal('2026-01-01T00:00:10Z');
  });

  it('keeps the transition time of an unchanged condition', () => {
    expect(condition(ready(serving, at(99)), 'Ready')?.lastTransitionTime).to.equal('2026-01-01T00:00:10Z');
  });

  for (const [reason, exitCode] of [
    ['Error', 1],
    ['OOMKilled', 137],
  ] as const)
    it(`includes a crash with ${reason}, a back-off and a restart`, () => {
      const down = crashed(serving, reason, at(20));
      expect(isReady(down)).to.equal(false);
      expect(condition(down, 'Ready')?.message).to.equal('containers with unready status: [web]');
      expect(first(down)?.state.waiting?.reason).to.equal('CrashLoopBackOff');
      expect(first(down)?.lastState.terminated).to.include({ reason, exitCode, startedAt: '2026-01-01T00:00:02Z' });
      const again = restarted(down, at(30));
      expect(first(again)).to.include({ restartCount: 1, ready: false });
      expect(first(again)?.state.running?.startedAt).to.equal('2026-01-01T00:00:30Z');
      expect(first(again)?.lastState.terminated?.reason).to.equal(reason);
      expect(first(again)?.containerID).not.to.equal(first(serving)?.containerID);
      expect(condition(ready(again, at(40)), 'Ready')).not.to.include.keys('reason', 'message');
    });

  it('ends once, in success or failure', () => {
    const done = completed(serving, at(50));
    expect(done.status?.phase).to.equal('Succeeded');
    expect(first(done)?.state.terminated).to.include({
      reason: 'Completed',
      exitCode: 0,
      finishedAt: '2026-01-01T00:00:50Z',
    });
    const lost = failed(serving, at(50));
    expect(lost.status?.phase).to.equal('Failed');
    expect(first(lost)?.state.terminated).to.include({ reason: 'Error', exitCode: 1 });
    for (const pod of [done, lost]) {
      expect(isFinished(pod)).to.equal(true);
      expect(isReady(pod)).to.equal(false);
    }
  });

  it('records the writers in managedFields', () => {
    const managers = serving.metadata.managedFields as readonly { readonly manager: string; readonly time: string }[];
    expect(managers.map(({ manager, time }) => `${manager} ${time}`)).to.deep.equal([
      'kubectl-create 2026-01-01T00:00:00Z',
      'kubelet 2026-01-01T00:00:10Z',
    ]);
  });

  it('never changes the pod in the argument', () => {
    const before = structuredClone(serving);
    for (const next of [crashed(serving, 'Error', at(1)), restarted(serving, at(1)), completed(serving, at(1))])
      expect(next).not.to.equal(serving);
    expect(serving).to.deep.equal(before);
  });
});
