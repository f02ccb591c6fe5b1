/**
 * What the trace does not say, made up: the node of each pod, and when it started and ended. A function of the pod's name, so that the
 * replay and the computation that it is compared with make up the same.
 */
import { createHash } from 'node:crypto';
import type { TracedNode, TracedPod } from './openb.ts';

/** The life of a pod on its node. Times are in seconds since the trace began, and not after its deletion. */
export interface Placement {
  readonly node: string;
  readonly scheduled: number;
  /** From then on it is Running; on its node, but Pending, before. */
  readonly started: number;
  /** From then on it is in its last phase, which is Succeeded or Failed; undefined: it runs until it is deleted. */
  readonly ended: number | undefined;
}

const SEED = 'openb';
const LONGEST_START = 300;
/** No more than 56 pods are there at a time. So that nodes have several at all, the first ones are preferred: one in twelve gets the very first. */
const SKEW = 3;

/** Undefined for pods that were never scheduled: they stay Pending. */
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
