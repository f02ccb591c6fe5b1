/**
 * Compares two results of the benchmark: files of `bench/results`, or of `npm run bench -- --output FILE`.
 *
 * usage: bench/compare BEFORE AFTER
 * @module
 */
import { readFileSync } from 'node:fs';
import { compare, comparisonTable } from './report/comparison.ts';
import type { Results } from './report/results.ts';

const [before, after, ...more] = process.argv.slice(2);
if (before === undefined || after === undefined || more.length > 0) {
  console.error('usage: bench/compare BEFORE AFTER');
  process.exit(2);
}
const results = [before, after].map((file) => JSON.parse(readFileSync(file, 'utf8')) as Results);
for (const { date, commit, machine, load } of results)
  console.log(`${date} ${commit}; ${machine}; load ${load.toFixed(1)}`);
const [old, current] = results;
if (old?.machine !== current?.machine) console.log('The machines differ: compare ratios only.');
if (old !== undefined && current !== undefined) console.log(`\n${comparisonTable(compare(old, current))}`);
