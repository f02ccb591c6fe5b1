/**
 * Measures the memory of a pipeline over many pods, and the time from the list to the rows.
 * @module
 */
import type { V1Node, V1Pod } from '../../src/informers/index.ts';
import type { RandomNumber } from '../../src/testing/index.ts';
import { BenchSource } from './bench-source.ts';
import { type Pipeline, run } from './pipelines.ts';
import { median } from '../report/statistics.ts';
import { heapUsed, type Stopwatch } from './stopwatch.ts';
import { PodChanges, randomPods, Workload } from './workload.ts';

/** The memory of sources and pipeline, in bytes per pod. */
export interface Memory {
  /** The pods and the stores of the informers. */
  readonly source: number;
  /** The memory that the pipeline adds for its first rows. */
  readonly pipeline: number;
  /** The memory that the pipeline adds after each pod has changed several times. The log of a served view is then full. */
  readonly afterChanges: number;
}

export function memoryOf(pipeline: Pipeline, size: number, changesPerPod: number, random: RandomNumber): Memory {
  const workload = new Workload(size);
  const empty = heapUsed();
  const pods = new BenchSource<V1Pod>('pods');
  const nodes = new BenchSource<V1Node>('nodes');
  pods.load(workload.allPods());
  nodes.load(workload.allNodes());
  const loaded = heapUsed();
  const stop = run(pipeline, pods, nodes, () => undefined);
  const full = heapUsed();
  const podChanges = new PodChanges(workload);
  for (let round = 0; round < changesPerPod; round += 1)
    for (const index of randomPods(size, size, random)) pods.modify(podChanges.next(index));
  const changed = heapUsed();
  stop();
  // This reference keeps the workload in memory until the last measurement.
  const perPod = (bytes: number): number => bytes / workload.pods;
  return { source: perPod(loaded - empty), pipeline: perPod(full - loaded), afterChanges: perPod(changed - loaded) };
}

/** The time from the first list to all rows in milliseconds, as the median of several runs. It does not include making the objects. */
export interface Snapshot {
  readonly work: number;
  /** The pauses of the garbage collector, which `work` does not include. */
  readonly gcPauses: number;
}

export async function snapshotTimeOf(
  pipeline: Pipeline,
  size: number,
  runs: number,
  stopwatch: Stopwatch,
): Promise<Snapshot> {
  const workload = new Workload(size);
  const objects = workload.allPods();
  const work: number[] = [];
  const gcPauses: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const pods = new BenchSource<V1Pod>('pods');
    const nodes = new BenchSource<V1Node>('nodes');
    nodes.load(workload.allNodes());
    let delivered = 0;
    const stop = run(pipeline, pods, nodes, (deltas) => (delivered += deltas));
    const lap = await stopwatch.lap(() => pods.load(objects));
    if (delivered === 0) throw new Error(`${pipeline.name}: the list did not reach the end of the pipeline`);
    work.push(lap.work / 1e6);
    gcPauses.push(lap.gcPauses / 1e6);
    stop();
  }
  return { work: median(work), gcPauses: median(gcPauses) };
}
