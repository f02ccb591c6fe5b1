/** Why pods are not ready, and which of many reasons is the one to look at. */
import type { V1Pod } from 'kubefacet/informers';
import { isReady, statusOf } from './pod-status.ts';

/** Why a pod is not ready: `CrashLoopBackOff`, `Unschedulable`, `Evicted`, … Undefined for one that is, or has done its work. */
export function troubleOf(pod: V1Pod): string | undefined {
  if (isReady(pod) || pod.status?.phase === 'Succeeded') return undefined;
  const status = statusOf(pod);
  if (status === 'Running') return 'NotReady';
  if (status !== 'Pending') return status;
  return (
    pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.reason ?? status
  );
}

/** What passes by itself as a rule, the more harmless the earlier. */
const PASSING = ['Terminating', 'PodInitializing', 'ContainerCreating', 'NotReady', 'Pending', 'SchedulingGated'];

/** The worst of the reasons that are keys: what does not pass before what does; of several such, the one that most pods have. */
export function worstOf(reasons: Readonly<Record<string, number>>): string | undefined {
  const [worst] = Object.entries(reasons).toSorted(
    ([a, pods], [b, others]) => badness(b) - badness(a) || others - pods,
  );
  return worst?.[0];
}

function badness(reason: string): number {
  const place = PASSING.indexOf(/^Init:\d/.test(reason) ? 'PodInitializing' : reason);
  return place < 0 ? PASSING.length : place;
}
