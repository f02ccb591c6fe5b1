/**
 * How the cost of a change of one pod grows with the rows: each pipeline at 1,000, 10,000 and 100,000 pods, beside a bare Map.
 * @module
 */
import { measure } from '../../change-cost/measure.ts';
import { PIPELINES } from '../../change-cost/pipelines.ts';
import { Stopwatch } from '../../change-cost/stopwatch.ts';
import type { Part } from '../../harness/bench.ts';
import type { Row } from '../../report/results.ts';
import { seededRandom } from '../../../src/testing/index.ts';

const SIZES = [1000, 10_000, 100_000];
const ROUNDS = 15;
const CHANGES = 1000;
const WARM_UP = 25_000;

export const growthOfChanges: Part = {
  name: 'growth-changes',
  about: 'how the cost of a change grows with the rows, for each kind of pipeline',
  async run() {
    using stopwatch = new Stopwatch();
    const random = seededRandom(1);
    const rows: Row[] = [];
    const plot = 'time of a change, µs';
    for (const [index, pipeline] of PIPELINES.entries()) {
      const options = { sizes: SIZES, rounds: ROUNDS, changes: CHANGES, warmUp: WARM_UP, random, stopwatch };
      const costs = await measure(pipeline, options);
      const row = (line: string, nanoseconds: number, x: number): void => {
        const point = { plot, line, axis: 'rows', x };
        rows.push({ what: `a change, ${line}, ${x} rows`, value: nanoseconds / 1000, unit: 'µs', point });
      };
      for (const [size, cost] of costs) row(pipeline.name, cost.pipeline, size);
      if (index > 0) continue;
      for (const [size, cost] of costs) row('a bare Map', cost.map, size);
    }
    return rows;
  },
};
