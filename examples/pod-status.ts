/** The status of a pod as `kubectl get pods` shows it. */
import type { V1Pod } from 'kubefacet/informers';

/** The parts of a pod that these functions read. Rows with the same fields are accepted, too. */
interface PodLike {
  readonly metadata?: { readonly deletionTimestamp?: string | undefined } | undefined;
  readonly spec?: V1Pod['spec'] | undefined;
  readonly status?: V1Pod['status'] | undefined;
}

type Containers = NonNullable<NonNullable<V1Pod['status']>['containerStatuses']>;

/** Returns whether all containers have terminated and will not be restarted. The node has then released the resources of the pod. */
export function isTerminated(pod: PodLike): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Returns whether the pod is neither terminated nor being deleted. */
export function isActive(pod: PodLike): boolean {
  return !isTerminated(pod) && pod.metadata?.deletionTimestamp === undefined;
}

/** Returns whether the pod is active and has the condition Ready. */
export function isReady(pod: PodLike): boolean {
  return (
    isActive(pod) && pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

/** Returns the number of restarts of all containers, including sidecars. */
export function restartsOf(pod: PodLike): number {
  const running = [...(pod.status?.containerStatuses ?? []), ...sidecarsOf(pod)];
  return running.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** Returns the ready and the total number of containers, including sidecars: `2/3`. */
export function readyContainers(pod: PodLike): string {
  const ready = [...(pod.status?.containerStatuses ?? []), ...sidecarsOf(pod)].filter(({ ready }) => ready).length;
  return `${ready}/${(pod.spec?.containers.length ?? 0) + sidecarNames(pod).size}`;
}

/** Returns the column STATUS of `kubectl get pods`: `Running`, `Completed`, `CrashLoopBackOff`, `Init:ImagePullBackOff`, `Terminating`, … */
export function statusOf(pod: PodLike): string {
  const { phase = 'Unknown', reason = phase } = pod.status ?? {};
  if (pod.metadata?.deletionTimestamp !== undefined && !isTerminated(pod))
    return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return initializing(pod) ?? containersStatus(pod) ?? reason;
}

/** Returns the status of the first init container that has not completed; undefined if all have. */
function initializing(pod: PodLike): string | undefined {
  const statuses = pod.status?.initContainerStatuses ?? [];
  const sidecars = sidecarNames(pod);
  const index = statuses.findIndex(
    ({ name, state, started }) => state?.terminated?.exitCode !== 0 && !(sidecars.has(name) && started === true),
  );
  const state = statuses[index]?.state;
  if (index < 0 || isTerminated(pod)) return undefined;
  if (state?.terminated !== undefined) return `Init:${exitReason(state.terminated)}`;
  const waiting = state?.waiting?.reason ?? 'PodInitializing';
  return waiting === 'PodInitializing' ? `Init:${index}/${pod.spec?.initContainers?.length ?? 0}` : `Init:${waiting}`;
}

/**
 * Returns the reason of the first container that waits or has terminated. A completed container is ignored while another container runs.
 */
function containersStatus(pod: PodLike): string | undefined {
  const statuses = pod.status?.containerStatuses ?? [];
  const reasons = statuses.flatMap(
    ({ state }) => state?.waiting?.reason ?? (state?.terminated && exitReason(state.terminated)) ?? [],
  );
  const isAnyRunning = statuses.some(({ state, ready }) => ready && state?.running !== undefined);
  if (reasons[0] === 'Completed' && isAnyRunning) return isReady(pod) ? 'Running' : 'NotReady';
  return reasons[0];
}

function exitReason({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string {
  return reason ?? (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** Returns the names of the init containers that keep running beside the other containers. */
function sidecarNames(pod: PodLike): Set<string> {
  return new Set(
    pod.spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
}

function sidecarsOf(pod: PodLike): Containers {
  const names = sidecarNames(pod);
  return pod.status?.initContainerStatuses?.filter(({ name }) => names.has(name)) ?? [];
}
