/**
 * The memory of pipelines over 100,000 small pods, and the time from the first list to their rows.
 * @module
 */
import { memoryOf, snapshotTimeOf } from '../change-cost/footprint.ts';
import { PIPELINES } from '../change-cost/pipelines.ts';
import { Stopwatch } from '../change-cost/stopwatch.ts';
import type { Part } from '../harness/bench.ts';
import type { Row } from '../report/results.ts';
import { seededRandom } from '../../src/testing/index.ts';

const PODS = 100_000;
/** The average number of changes of each pod before memory is measured again. The log of a served view is then full. */
const CHANGES_PER_POD = 5;

export const footprint: Part = {
  name: 'footprint',
  about: 'the memory of pipelines over 100,000 small pods, and the time of their first list',
  async run(bench) {
    using stopwatch = new Stopwatch();
    const random = seededRandom(1);
    const rows: Row[] = [];
    for (const pipeline of PIPELINES) {
      const memory = memoryOf(pipeline, PODS, CHANGES_PER_POD, random);
      const time = await snapshotTimeOf(pipeline, PODS, bench.rounds, stopwatch);
      const before = `${memory.pipeline.toFixed(0)} before, beside ${memory.source.toFixed(0)} of the source`;
      rows.push({
        what: `${pipeline.name}: memory after ${CHANGES_PER_POD} changes of each pod`,
        value: memory.afterChanges,
        unit: 'bytes for a pod',
        note: before,
      });
      rows.push({
        what: `${pipeline.name}: first list to rows`,
        value: time.work,
        unit: 'ms',
        note: `and ${time.gcPauses.toFixed(0)} ms of garbage collection`,
      });
    }
    return rows;
  },
};
