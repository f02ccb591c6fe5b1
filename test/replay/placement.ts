/**
 * Invented facts that the trace does not have: the node of each pod, and the times at which it started and ended. They are derived from the
 * name of the pod, so that the replay and the expected loads use the same ones.
 */
import { createHash } from 'node:crypto';
import type { TracedNode, TracedPod } from './openb.ts';

/** The life of a pod on its node. Times are in seconds since the trace began, and never after the deletion. */
export interface Placement {
  readonly node: string;
  readonly scheduled: number;
  /** The pod is Pending on its node before this time, and Running from it on. */
  readonly started: number;
  /** The pod is in its last phase, Succeeded or Failed, from this time on. Undefined if it runs until it is deleted. */
  readonly ended: number | undefined;
}

const SEED = 'openb';
const LONGEST_START = 300;
/**
 * Prefers the first nodes, so that some nodes have several pods although at most 56 pods exist at a time. The very first node gets one pod
 * in twelve.
 */
const SKEW = 3;

/** The placement of a pod; undefined if it was never scheduled and stays Pending. */
export function placementOf(
  { name, phase, scheduled, deleted }: TracedPod,
  nodes: readonly TracedNode[],
): Placement | undefined {
  if (scheduled === undefined) return undefined;
  const digest = createHash('sha256').update(`${SEED}/${name}`).digest();
  const [where, delay, share] = [0, 4, 8].map((at) => digest.readUInt32BE(at) / 2 ** 32) as [number, number, number];
  const node = nodes[Math.floor(where ** SKEW * nodes.length)];
  if (node === undefined) throw new Error('there are no nodes');
  const started = Math.min(scheduled + 1 + Math.floor(delay * LONGEST_START), deleted);
  const ends = phase === 'Succeeded' || phase === 'Failed';
  const ended = ends ? started + Math.floor(share * (deleted - started)) : undefined;
  return { node: node.name, scheduled, started, ended };
}
