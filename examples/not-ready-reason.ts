/** The reasons why pods are not ready, and the most serious of several reasons. */
import type { V1Pod } from 'kubefacet/informers';
import { isReady, statusOf } from './pod-status.ts';

/** Returns why a pod is not ready, such as `CrashLoopBackOff`, `Unschedulable` or `Evicted`. Undefined if it is ready or has succeeded. */
export function notReadyReason(pod: V1Pod): string | undefined {
  if (isReady(pod) || pod.status?.phase === 'Succeeded') return undefined;
  const status = statusOf(pod);
  if (status === 'Running') return 'NotReady';
  if (status !== 'Pending') return status;
  return (
    pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.reason ?? status
  );
}

/** Reasons that usually disappear without intervention, the most harmless first. */
const TRANSIENT = ['Terminating', 'PodInitializing', 'ContainerCreating', 'NotReady', 'Pending', 'SchedulingGated'];

/**
 * Returns the most serious reason. The keys are reasons, the values are the numbers of pods. A reason that is not transient is more
 * serious than a transient one. Among equally serious reasons, the most frequent one is returned.
 */
export function worstReason(reasons: Readonly<Record<string, number>>): string | undefined {
  const [worst] = Object.entries(reasons).toSorted(
    ([a, pods], [b, others]) => severity(b) - severity(a) || others - pods,
  );
  return worst?.[0];
}

function severity(reason: string): number {
  const index = TRANSIENT.indexOf(/^Init:\d/.test(reason) ? 'PodInitializing' : reason);
  return index < 0 ? TRANSIENT.length : index;
}
