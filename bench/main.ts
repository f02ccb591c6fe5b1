/**
 * Runs the benchmark: ratios of the server's CPU to that of the floor, and other figures that have a goal.
 *
 * usage: npm run bench -- [PART…] [--rounds 5] [--output FILE] [--help]
 *
 * Without parts, all parts with goals run, and the results are written to `bench/results`. The part `growth` shows how costs grow. docs/performance.md describes the method and has the last
 * results.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from './harness/bench.ts';
import { GROWTH_PARTS, OTHER_PARTS, PARTS } from './parts/index.ts';
import { podOrigin } from './pods/pod-json.ts';
import type { PartResult, Results } from './report/results.ts';
import { resultsTable } from './report/table.ts';

/** The name of all parts that show how costs grow. */
const GROWTH = 'growth';
const ALL = [...PARTS, ...GROWTH_PARTS, ...OTHER_PARTS];
const FOLDER = resolve(import.meta.dirname, 'results');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    output: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log('usage: npm run bench -- [PART…] [--rounds 5] [--output FILE]\n\nParts:');
  for (const { name, about } of ALL) console.log(`  ${name.padEnd(16)} ${about}`);
  process.exit();
}
const rounds = Number(values.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds ${values.rounds}: must be a whole number`);
const names = positionals.flatMap((name) => (name === GROWTH ? GROWTH_PARTS.map((part) => part.name) : [name]));
const unknown = names.filter((name) => !ALL.some((part) => part.name === name));
if (unknown.length > 0) throw new RangeError(`there is no part ${unknown.join(', ')}; --help lists them`);
const selected = names.length === 0 ? PARTS : ALL.filter(({ name }) => names.includes(name));

const [load = 0] = loadavg();
const run: Omit<Results, 'parts'> = {
  date: new Date().toISOString(),
  commit: commit(),
  machine: machine(),
  load,
  pods: podOrigin(),
  rounds,
};
const ownFile = join(FOLDER, `${run.date.slice(0, 16).replace(':', '')}.json`);
const file = values.output ?? (names.length === 0 ? ownFile : undefined);
console.log(`${run.machine}; load ${load.toFixed(1)}; ${run.pods}; ${rounds} rounds\n`);
const parts: PartResult[] = [];
const bench = new Bench(rounds);
try {
  for (const { name, run: runPart } of selected) {
    const begin = performance.now();
    const rows = await runPart(bench);
    const seconds = (performance.now() - begin) / 1000;
    parts.push({ part: name, seconds, rows });
    console.log(`${name}, ${seconds.toFixed(0)} s\n${resultsTable({ parts: parts.slice(-1) })}\n`);
    // After each part, so that a run that is interrupted keeps the results of its complete parts.
    if (file !== undefined) write(file, { ...run, parts });
  }
} finally {
  await bench.release();
}
if (selected.length > 1) console.log(resultsTable({ parts }));
if (file !== undefined) console.log(`\nwritten to ${file}`);

function write(path: string, results: Results): void {
  mkdirSync(dirname(resolve(path)), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, undefined, 1)}\n`);
}

function machine(): string {
  const [processor] = cpus();
  return `${processor?.model ?? 'unknown'}, ${cpus().length} cores, Node.js ${process.versions.node}`;
}

/** Returns the commit of the checkout, with a mark for uncommitted changes. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: FOLDER.replace(/\/results$/, ''), encoding: 'utf8' }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}
