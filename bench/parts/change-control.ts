/**
 * The control of the cost of a change: a pipeline whose cost grows with its rows must not pass.
 * @module
 */
import { measure } from '../change-cost/measure.ts';
import { CONTROL } from '../change-cost/pipelines.ts';
import { Stopwatch } from '../change-cost/stopwatch.ts';
import type { Part } from '../harness/bench.ts';
import { growthRow } from './change-cost.ts';
import { seededRandom } from '../../src/testing/index.ts';

const [SMALL, LARGE] = [1000, 10_000];
/** Each change costs milliseconds, so there are few. */
const MEASURED = { rounds: 9, changes: 100, warmUp: 500 };

export const changeControl: Part = {
  name: 'change-control',
  about: 'a pipeline whose cost of a change grows, which shows that change-cost can fail',
  async run() {
    using stopwatch = new Stopwatch();
    const costs = await measure(CONTROL, { sizes: [SMALL, LARGE], ...MEASURED, random: seededRandom(1), stopwatch });
    return [{ ...growthRow(CONTROL.name, costs, { small: SMALL, large: LARGE }), goal: { least: 1.5 } }];
  },
};
