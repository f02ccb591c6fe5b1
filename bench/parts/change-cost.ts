/**
 * The cost of a change of one pod in a served view of 100,000 rows, relative to one of 1,000 rows.
 * @module
 */
import { type Cost, measure } from '../change-cost/measure.ts';
import { PIPELINES } from '../change-cost/pipelines.ts';
import { Stopwatch } from '../change-cost/stopwatch.ts';
import type { Part } from '../harness/bench.ts';
import type { Row } from '../report/results.ts';
import { seededRandom } from '../../src/testing/index.ts';

const [SMALL, LARGE] = [1000, 100_000];
/** Rounds are short, so there are more of them than of requests. */
const ROUNDS = 15;
const CHANGES = 1000;
/** It is greater than the log of a view, so that each measured change also removes an old entry. */
const WARM_UP = 25_000;

export const changeCost: Part = {
  name: 'change-cost',
  about: 'the cost of a change with 100,000 rows, relative to 1,000 rows',
  async run() {
    using stopwatch = new Stopwatch();
    const random = seededRandom(1);
    const rows: Row[] = [];
    for (const pipeline of PIPELINES.filter(({ served }) => served)) {
      const options = { sizes: [SMALL, LARGE], rounds: ROUNDS, changes: CHANGES, warmUp: WARM_UP, random, stopwatch };
      const costs = await measure(pipeline, options);
      rows.push({ ...growthRow(pipeline.name, costs, { small: SMALL, large: LARGE }), goal: { most: 0.8 } });
    }
    return rows;
  },
};

/**
 * Returns a row with the growth of the cost of a change, divided by the growth of that of a bare Map: large data does not fit into the
 * caches of the processor, so the cost of every program grows.
 */
export function growthRow(
  name: string,
  costs: ReadonlyMap<number, Cost>,
  sizes: { readonly small: number; readonly large: number },
): Row {
  const [small, large] = [costs.get(sizes.small), costs.get(sizes.large)];
  if (small === undefined || large === undefined) throw new Error('each size has a cost');
  const note =
    `${(large.pipeline / 1000).toFixed(1)} µs against ${(small.pipeline / 1000).toFixed(1)} µs; ` +
    `a Map: ${large.map.toFixed(0)} ns against ${small.map.toFixed(0)} ns`;
  return {
    what: `cost of a change, ${sizes.large} rows against ${sizes.small}: ${name}`,
    value: large.pipeline / small.pipeline / (large.map / small.map),
    unit: 'of the growth of a Map',
    note,
  };
}
