/**
 * Measures the cost of a change in a pipeline and in bare Maps, at several sizes.
 * @module
 */
import type { RandomNumber } from '../../src/testing/index.ts';
import type { Pipeline } from './pipelines.ts';
import { median } from '../report/statistics.ts';
import type { Stopwatch } from './stopwatch.ts';
import { bareMap, runningPipeline, type Subject } from './subject.ts';
import { randomPods, Workload } from './workload.ts';

interface MeasureOptions {
  /** The numbers of pods. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** The number of changes in a round. */
  readonly changes: number;
  /** The number of changes before the first round. After them, V8 has compiled the code and the logs are full. */
  readonly warmUp: number;
  readonly random: RandomNumber;
  readonly stopwatch: Stopwatch;
}

/** The cost of a change in nanoseconds, as the median of all rounds. */
export interface Cost {
  readonly pipeline: number;
  readonly map: number;
}

interface Run {
  readonly size: number;
  readonly pipeline: Subject;
  readonly map: Subject;
  readonly pipelineTimes: number[];
  readonly mapTimes: number[];
}

/**
 * Returns the costs by size. All sizes, and the pipeline and the Map, alternate within a round, so that other work on the machine affects
 * all of them alike.
 */
export async function measure(pipeline: Pipeline, options: MeasureOptions): Promise<Map<number, Cost>> {
  const { sizes, rounds, changes, warmUp, random, stopwatch } = options;
  const runs = sizes.map((size): Run => {
    const workload = new Workload(size);
    const subjects = { pipeline: runningPipeline(pipeline, workload), map: bareMap(workload) };
    return { size, ...subjects, pipelineTimes: [], mapTimes: [] };
  });
  for (const run of runs) {
    const indices = randomPods(run.size, warmUp, random);
    run.pipeline.change(indices);
    run.map.change(indices);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const run of runs) {
      const indices = randomPods(run.size, changes, random);
      const map = await stopwatch.lap(() => run.map.change(indices));
      const pipelineLap = await stopwatch.lap(() => run.pipeline.change(indices));
      run.mapTimes.push(map.work / changes);
      run.pipelineTimes.push(pipelineLap.work / changes);
    }
  }
  return new Map(
    runs.map((run) => {
      run.pipeline.close();
      run.map.close();
      return [run.size, { pipeline: median(run.pipelineTimes), map: median(run.mapTimes) }];
    }),
  );
}
