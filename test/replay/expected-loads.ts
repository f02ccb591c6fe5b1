/**
 * The expected rows of `nodeloads` at a point in time, computed from the trace alone. Each computation reads every pod again, in whole
 * thousandths of a CPU and whole MiB. It shares no code with kubefacet.
 */
import type { Trace, TracedPod } from './openb.ts';
import { placementOf } from './placement.ts';

/** `status` of a row of `nodeloads`. */
export interface ExpectedLoad {
  readonly podsByPhase: Readonly<Record<string, number>>;
  readonly requested: { readonly pods: number; readonly cpu: string; readonly memory: string };
  readonly allocatable: { readonly pods: number; readonly cpu: string; readonly memory: string };
  readonly percent: { readonly pods: number; readonly cpu: number; readonly memory: number };
}

/** The pod capacity of every node. The trace does not have it. */
export const PODS_PER_NODE = 110;

interface Tally {
  readonly phases: Record<string, number>;
  pods: number;
  cpuMilli: number;
  memoryMib: number;
}

/** Returns a function from a time (seconds since the trace began) to the loads of all nodes by name. */
export function expectedLoads({ nodes, pods }: Trace): (time: number) => Map<string, ExpectedLoad> {
  const placed = pods.flatMap((pod) => {
    const placement = placementOf(pod, nodes);
    return placement === undefined ? [] : [{ pod, placement }];
  });
  return (time) => {
    const tallies = new Map<string, Tally>();
    for (const { name } of nodes) tallies.set(name, { phases: {}, pods: 0, cpuMilli: 0, memoryMib: 0 });
    for (const { pod, placement } of placed) {
      const { node, scheduled, started, ended } = placement;
      const tally = tallies.get(node);
      if (tally === undefined || time < scheduled || time >= pod.deleted) continue;
      if (ended !== undefined && time >= ended) countPhase(tally, pod.phase);
      else {
        countPhase(tally, time >= started ? 'Running' : 'Pending');
        request(tally, pod);
      }
    }
    return new Map(
      nodes.map(({ name, cpuMilli, memoryMib }) => {
        const tally = tallies.get(name) ?? { phases: {}, pods: 0, cpuMilli: 0, memoryMib: 0 };
        const load: ExpectedLoad = {
          podsByPhase: tally.phases,
          requested: { pods: tally.pods, cpu: cpuText(tally.cpuMilli), memory: memoryText(tally.memoryMib) },
          allocatable: { pods: PODS_PER_NODE, cpu: cpuText(cpuMilli), memory: memoryText(memoryMib) },
          percent: {
            pods: Math.floor((tally.pods * 100) / PODS_PER_NODE),
            cpu: Math.floor((tally.cpuMilli * 100) / cpuMilli),
            memory: Math.floor((tally.memoryMib * 100) / memoryMib),
          },
        };
        return [name, load];
      }),
    );
  };
}

function countPhase({ phases }: Tally, phase: string): void {
  phases[phase] = (phases[phase] ?? 0) + 1;
}

function request(tally: Tally, { cpuMilli, memoryMib }: TracedPod): void {
  tally.pods += 1;
  tally.cpuMilli += cpuMilli;
  tally.memoryMib += memoryMib;
}

/** `1500m`, `2`. */
function cpuText(milli: number): string {
  return milli % 1000 === 0 ? `${milli / 1000}` : `${milli}m`;
}

/** `0`, `1500Mi`, `3Gi`, `1Ti`. */
function memoryText(mib: number): string {
  if (mib === 0) return '0';
  if (mib % (1024 * 1024) === 0) return `${mib / 1024 / 1024}Ti`;
  return mib % 1024 === 0 ? `${mib / 1024}Gi` : `${mib}Mi`;
}
