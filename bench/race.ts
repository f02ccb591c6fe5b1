/** One pipeline and bare Maps of several sizes, in turns: what disturbs the machine disturbs all alike. */
import type { RandomNumber } from '../src/testing/index.ts';
import { bareMap, type Contestant, running } from './contestant.ts';
import { randomPods } from './next-pods.ts';
import type { Pipeline } from './pipelines.ts';
import { median, type Stopwatch } from './stopwatch.ts';
import { Workload } from './workload.ts';

export interface RaceOptions {
  /** Numbers of pods. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Changes in a round. */
  readonly changes: number;
  /** Changes before the first round: code is compiled and logs are full by then. */
  readonly warmUp: number;
  readonly random: RandomNumber;
  readonly stopwatch: Stopwatch;
}

/** Nanoseconds for each change, the median of all rounds. */
export interface Cost {
  readonly pipeline: number;
  readonly map: number;
}

interface Lane {
  readonly size: number;
  readonly pipeline: Contestant;
  readonly map: Contestant;
  readonly pipelineLaps: number[];
  readonly mapLaps: number[];
}

/** The costs by size. */
export async function race(pipeline: Pipeline, options: RaceOptions): Promise<Map<number, Cost>> {
  const { sizes, rounds, changes, warmUp, random, stopwatch } = options;
  const lanes = sizes.map((size): Lane => {
    const workload = new Workload(size);
    const contestants = { pipeline: running(pipeline, workload), map: bareMap(workload) };
    return { size, ...contestants, pipelineLaps: [], mapLaps: [] };
  });
  for (const { size, pipeline: ours, map } of lanes) {
    const keys = randomPods(size, warmUp, random);
    ours.change(keys);
    map.change(keys);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const lane of lanes) {
      const keys = randomPods(lane.size, changes, random);
      const map = await stopwatch.lap(() => lane.map.change(keys));
      const ours = await stopwatch.lap(() => lane.pipeline.change(keys));
      lane.mapLaps.push(map.work / changes);
      lane.pipelineLaps.push(ours.work / changes);
    }
  }
  return new Map(
    lanes.map((lane) => {
      lane.pipeline.close();
      lane.map.close();
      return [lane.size, { pipeline: median(lane.pipelineLaps), map: median(lane.mapLaps) }];
    }),
  );
}
