/** What a pipeline over many pods costs at once: memory, and the time from the list to the rows. */
import type { V1Node, V1Pod } from '../src/informers/index.ts';
import type { RandomNumber } from '../src/testing/index.ts';
import { BenchSource } from './bench-source.ts';
import { NextPods, randomPods } from './next-pods.ts';
import { type Pipeline, run } from './pipelines.ts';
import { heapUsed, median, type Stopwatch } from './stopwatch.ts';
import { Workload } from './workload.ts';

/** Bytes for each pod. */
export interface Memory {
  /** The pods and the informers' stores. */
  readonly source: number;
  /** What the pipeline adds, with its first rows. */
  readonly pipeline: number;
  /** What it adds when each pod has changed a few times, with a full log where there is one. */
  readonly afterChanges: number;
}

export function memoryOf(pipeline: Pipeline, size: number, changesOfEach: number, random: RandomNumber): Memory {
  const workload = new Workload(size);
  const empty = heapUsed();
  const pods = new BenchSource<V1Pod>('pods');
  const nodes = new BenchSource<V1Node>('nodes');
  pods.load(workload.allPods());
  nodes.load(workload.allNodes());
  const loaded = heapUsed();
  const stop = run(pipeline, pods, nodes, () => undefined);
  const full = heapUsed();
  const next = new NextPods(workload);
  for (let round = 0; round < changesOfEach; round += 1)
    for (const index of randomPods(size, size, random)) pods.modify(next.next(index));
  const changed = heapUsed();
  stop();
  // The workload is asked after everything was measured, or it might have been collected meanwhile.
  const each = (bytes: number): number => bytes / workload.pods;
  return { source: each(loaded - empty), pipeline: each(full - loaded), afterChanges: each(changed - loaded) };
}

/** Milliseconds from the first list, whose objects are there, to all rows: the median of several times. */
export interface Snapshot {
  readonly work: number;
  /** Pauses of the garbage collector, beside it. */
  readonly collection: number;
}

export async function snapshotTimeOf(
  pipeline: Pipeline,
  size: number,
  times: number,
  stopwatch: Stopwatch,
): Promise<Snapshot> {
  const workload = new Workload(size);
  const objects = workload.allPods();
  const work: number[] = [];
  const collection: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const pods = new BenchSource<V1Pod>('pods');
    const nodes = new BenchSource<V1Node>('nodes');
    nodes.load(workload.allNodes());
    let seen = 0;
    const stop = run(pipeline, pods, nodes, (deltas) => (seen += deltas));
    const lap = await stopwatch.lap(() => pods.load(objects));
    if (seen === 0) throw new Error(`${pipeline.name}: the list did not get to the end`);
    work.push(lap.work / 1e6);
    collection.push(lap.collection / 1e6);
    stop();
  }
  return { work: median(work), collection: median(collection) };
}
