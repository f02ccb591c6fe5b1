/**
 * Checks that the cost of a change of one pod does not depend on the number of pods. Also measures the memory of pipelines.
 *
 * usage: node --conditions=source --expose-gc bench/cost-per-change.ts
 *   [--sizes 1000,10000,100000] [--rounds 61] [--changes 1000] [--only 'map'] [--seed 1]
 *
 * `--only control` measures an operator whose cost grows, to show that the check fails. Use small sizes and few rounds with it.
 *
 * The cost may grow from the smallest to the largest size at most 1.5 times as much as the cost of a bare Map. Otherwise the exit code
 * is 1. docs/contributors/benchmark.md describes the method and has the last results.
 * @module
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/testing/index.ts';
import { memoryOf, snapshotTimeOf } from './change-cost/footprint.ts';
import { CONTROL, PIPELINES } from './change-cost/pipelines.ts';
import { type Cost, measure } from './change-cost/measure.ts';
import { Stopwatch } from './change-cost/stopwatch.ts';

/** The maximum growth of the cost of a pipeline, relative to the growth of the cost of a bare Map. */
const MAX_RATIO = 1.5;
/** The number of changes before the first round. It is greater than the log of a view, so that each change also removes an old entry. */
const WARM_UP = 25_000;
/** The number of measured lists for each pipeline. */
const SNAPSHOTS = 5;
/** The average number of changes of each pod before memory is measured again. */
const CHANGES_PER_POD = 5;

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
if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0))
  throw new Error(`--sizes ${values.sizes}: must be positive whole numbers, separated by commas`);
const [rounds, changes] = [Number(values.rounds), Number(values.changes)];
const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
const pipelines =
  values.only === CONTROL.name
    ? [CONTROL]
    : PIPELINES.filter(({ name }) => values.only === undefined || name === values.only);
if (pipelines.length === 0) throw new Error(`--only must be one of ${PIPELINES.map(({ name }) => name).join('; ')}`);

using stopwatch = new Stopwatch();
const random = seededRandom(Number(values.seed));

const costs: string[][] = [];
const failed: string[] = [];
for (const pipeline of pipelines) {
  const bySize = await measure(pipeline, { sizes, rounds, changes, warmUp: WARM_UP, random, stopwatch });
  const times = sizes.map((size) => requiredCost(bySize, size));
  const [least, most] = [requiredCost(bySize, smallest), requiredCost(bySize, largest)];
  const growth = most.pipeline / least.pipeline;
  const mapGrowth = most.map / least.map;
  const ratio = growth / mapGrowth;
  if (!(ratio <= MAX_RATIO)) failed.push(pipeline.name);
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
console.log('growth: cost at the largest size / cost at the smallest size; ratio: growth / growth of the bare Map');
printTable(
  [
    'pipeline',
    ...sizes.map((size) => `${size} pods`),
    'growth',
    ...sizes.map((size) => `Map ${size}`),
    'growth',
    `ratio (<= ${MAX_RATIO})`,
  ],
  costs,
);

const footprints: string[][] = [];
for (const pipeline of pipelines) {
  const memory = memoryOf(pipeline, largest, CHANGES_PER_POD, random);
  const snapshot = await snapshotTimeOf(pipeline, largest, SNAPSHOTS, stopwatch);
  footprints.push([
    pipeline.name,
    memory.source.toFixed(0),
    memory.pipeline.toFixed(0),
    memory.afterChanges.toFixed(0),
    snapshot.work.toFixed(0),
    snapshot.gcPauses.toFixed(0),
  ]);
}
console.log(`\nMemory and list with ${largest} pods`);
printTable(
  [
    'pipeline',
    'source, bytes per pod',
    'pipeline, bytes per pod',
    `after ${CHANGES_PER_POD} changes per pod`,
    'list to rows, ms',
    'GC pauses, ms',
  ],
  footprints,
);

console.log(failed.length === 0 ? '\nok' : `\nFAILED: the cost of a change grows with the view: ${failed.join('; ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

function requiredCost(bySize: ReadonlyMap<number, Cost>, size: number): Cost {
  const cost = bySize.get(size);
  if (cost === undefined) throw new Error(`no measurement for ${size} pods`);
  return cost;
}

/** Prints a Markdown table. The first column is aligned to the left, the numbers to the right. */
function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(' | ')} |`;
  };
  console.log(line(head));
  console.log(`|${widths.map((width, column) => '-'.repeat(width + 1) + (column === 0 ? '-' : ':')).join('|')}|`);
  for (const row of rows) console.log(line(row));
}
