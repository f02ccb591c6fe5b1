/** What people want to know of a pod at a glance, as `kubectl get pods` words it. */
import type { V1Pod } from 'kubefacet/informers';

/** The parts of a pod that are read here; rows that have them will do, too. */
interface PodLike {
  readonly metadata?: { readonly deletionTimestamp?: string | undefined } | undefined;
  readonly spec?: V1Pod['spec'] | undefined;
  readonly status?: V1Pod['status'] | undefined;
}

type Containers = NonNullable<NonNullable<V1Pod['status']>['containerStatuses']>;

/** It runs no more and never will again: what it asked of its node is free. */
export function hasEnded(pod: PodLike): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** It has a place among those that should run: it has not ended and is not being deleted. */
export function isActive(pod: PodLike): boolean {
  return !hasEnded(pod) && pod.metadata?.deletionTimestamp === undefined;
}

/** It answers requests. */
export function isReady(pod: PodLike): boolean {
  return (
    isActive(pod) && pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

/** How often its containers were started again, sidecars included. */
export function restartsOf(pod: PodLike): number {
  const running = [...(pod.status?.containerStatuses ?? []), ...sidecarsOf(pod)];
  return running.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** `2/3`: how many of its containers are ready, sidecars included. */
export function readyContainers(pod: PodLike): string {
  const ready = [...(pod.status?.containerStatuses ?? []), ...sidecarsOf(pod)].filter(({ ready }) => ready).length;
  return `${ready}/${(pod.spec?.containers.length ?? 0) + sidecarNames(pod).size}`;
}

/** The column STATUS of `kubectl get pods`: `Running`, `Completed`, `CrashLoopBackOff`, `Init:ImagePullBackOff`, `Terminating`, … */
export function statusOf(pod: PodLike): string {
  const { phase = 'Unknown', reason = phase } = pod.status ?? {};
  if (pod.metadata?.deletionTimestamp !== undefined && !hasEnded(pod))
    return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return initializing(pod) ?? containersStatus(pod) ?? reason;
}

/** What hinders the first init container that has not done its part; undefined when all have. */
function initializing(pod: PodLike): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const sidecars = sidecarNames(pod);
  const at = statuses.findIndex(
    ({ name, state, started }) => state?.terminated?.exitCode !== 0 && !(sidecars.has(name) && started === true),
  );
  const state = statuses[at]?.state;
  if (at < 0 || hasEnded(pod)) return undefined;
  if (state?.terminated !== undefined) return `Init:${endOf(state.terminated)}`;
  const waiting = state?.waiting?.reason ?? 'PodInitializing';
  return waiting === 'PodInitializing' ? `Init:${at}/${pod.spec?.initContainers?.length ?? 0}` : `Init:${waiting}`;
}

/** What the first container says that waits or has ended; of a pod where others run, only what is no good end. */
function containersStatus(pod: PodLike): string | undefined {
  const statuses = pod.status?.containerStatuses ?? [];
  const said = statuses.flatMap(
    ({ state }) => state?.waiting?.reason ?? (state?.terminated && endOf(state.terminated)) ?? [],
  );
  const runs = statuses.some(({ state, ready }) => ready && state?.running !== undefined);
  if (said[0] === 'Completed' && runs) return isReady(pod) ? 'Running' : 'NotReady';
  return said[0];
}

function endOf({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string {
  return reason ?? (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** Init containers that go on beside the others. */
function sidecarNames(pod: PodLike): Set<string> {
  return new Set(
    pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
}

function sidecarsOf(pod: PodLike): Containers {
  const names = sidecarNames(pod);
  return pod.status?.initContainerStatuses?.filter(({ name }) => names.has(name)) ?? [];
}
