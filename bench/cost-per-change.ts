/**
 * Whether a change of one pod costs the same, however many pods there are; and what a pipeline costs at once.
 *
 * usage: npm run bench -- [--sizes 1000,10000,100000] [--rounds 61] [--changes 1000] [--only 'map'] [--seed 1]
 *
 * `--only control` measures an operator whose cost does grow, to see that it is refused; give it small sizes and few rounds.
 *
 * The largest size against the smallest may cost 1.5 times what the growth of a bare Map explains; beyond it the exit code is 1.
 * What is measured, how, and the last results: docs/benchmark.md.
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/testing/index.ts';
import { memoryOf, snapshotTimeOf } from './footprint.ts';
import { CONTROL, PIPELINES } from './pipelines.ts';
import { type Cost, race } from './race.ts';
import { Stopwatch } from './stopwatch.ts';
import { printTable } from './table.ts';

const LIMIT = 1.5;
/** More than a log of a view holds: what falls out costs, too. */
const WARM_UP = 25_000;
const SNAPSHOTS = 5;
/** Changes of each pod, on average, before memory is looked at again. */
const CHANGES_OF_EACH = 5;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    rounds: { type: 'string', default: '61' },
    changes: { type: 'string', default: '1000' },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const sizes = values.sizes.split(',').map(Number);
if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) throw new Error(`--sizes ${values.sizes}?`);
const [rounds, changes] = [Number(values.rounds), Number(values.changes)];
const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
const pipelines =
  values.only === CONTROL.name
    ? [CONTROL]
    : PIPELINES.filter(({ name }) => values.only === undefined || name === values.only);
if (pipelines.length === 0) throw new Error(`--only takes one of ${PIPELINES.map(({ name }) => name).join('; ')}`);

using stopwatch = new Stopwatch();
const random = seededRandom(Number(values.seed));

const costs: string[][] = [];
const tooMuch: string[] = [];
for (const pipeline of pipelines) {
  const bySize = await race(pipeline, { sizes, rounds, changes, warmUp: WARM_UP, random, stopwatch });
  const times = sizes.map((size) => requiredCost(bySize, size));
  const [least, most] = [requiredCost(bySize, smallest), requiredCost(bySize, largest)];
  const growth = most.pipeline / least.pipeline;
  const mapGrowth = most.map / least.map;
  const ratio = growth / mapGrowth;
  if (!(ratio <= LIMIT)) tooMuch.push(pipeline.name);
  costs.push([
    pipeline.name,
    ...times.map(({ pipeline: time }) => time.toFixed(0)),
    growth.toFixed(2),
    ...times.map(({ map }) => map.toFixed(0)),
    mapGrowth.toFixed(2),
    ratio.toFixed(2),
  ]);
}

console.log(`ns per change, median of ${rounds} rounds of ${changes} changes, without the garbage collector`);
console.log('growth: the largest against the smallest; ratio: growth / growth of the bare Map');
printTable(
  [
    'pipeline',
    ...sizes.map((size) => `${size} pods`),
    'growth',
    ...sizes.map((size) => `Map ${size}`),
    'growth',
    `ratio (<= ${LIMIT})`,
  ],
  costs,
);

const footprints: string[][] = [];
for (const pipeline of pipelines) {
  const memory = memoryOf(pipeline, largest, CHANGES_OF_EACH, random);
  const snapshot = await snapshotTimeOf(pipeline, largest, SNAPSHOTS, stopwatch);
  footprints.push([
    pipeline.name,
    memory.source.toFixed(0),
    memory.pipeline.toFixed(0),
    memory.afterChanges.toFixed(0),
    snapshot.work.toFixed(0),
    snapshot.collection.toFixed(0),
  ]);
}
console.log(`\n${largest} pods at once`);
printTable(
  [
    'pipeline',
    'source, bytes a pod',
    'pipeline, bytes a pod',
    `after ${CHANGES_OF_EACH} changes each`,
    'list to rows, ms',
    'GC beside it, ms',
  ],
  footprints,
);

console.log(
  tooMuch.length === 0 ? '\nok' : `\nFAILED: the cost of a change grows with the view: ${tooMuch.join('; ')}`,
);
process.exitCode = tooMuch.length === 0 ? 0 : 1;

function requiredCost(bySize: ReadonlyMap<number, Cost>, size: number): Cost {
  const cost = bySize.get(size);
  if (cost === undefined) throw new Error(`nothing was measured for ${size} pods`);
  return cost;
}
