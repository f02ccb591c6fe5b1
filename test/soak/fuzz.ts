/**
 * Sends 10,000 fuzzed requests (or `--requests N`, `--seed N`) and checks that the server responds to all of them, sends no undocumented
 * 5xx, does not crash, and leaks nothing. Then it measures the CPU time of requests of growing size, and how long they delay `/livez`. Run
 * it on a quiet machine.
 *
 *     node --conditions=source --expose-gc test/soak/fuzz.ts
 */
import { parseArgs } from 'node:util';
import { measureCosts } from '../server/fuzz/costs.ts';
import { type HeldResources, fuzzServer } from '../server/fuzz/fuzz-server.ts';

/** The heap growth in MiB that compiled code and caches may cause after the first tenth of the requests. */
const HEAP_GROWTH_MIB = 10;

const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } });
const requests = Number(values.requests ?? 10_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

const begun = Date.now();
const { statuses, failures, before, after } = await fuzzServer({
  seed,
  requests,
  progress: (finished) => process.stderr.write(`${finished} of ${requests}\n`),
});
const seconds = ((Date.now() - begun) / 1000).toFixed(1);

const costs = await measureCosts();
const expensive = costs.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]));
const leaks = leaksOf(before, after);
process.stdout.write(`${requests} requests, seed ${seed}, ${seconds} s\n`);
process.stdout.write(`statuses: ${JSON.stringify(statuses)}\n`);
process.stdout.write(`before: ${JSON.stringify(before)}\nafter:  ${JSON.stringify(after)}\n`);
for (const line of failures.slice(0, 20)) process.stdout.write(`FAILED: ${line.slice(0, 2000)}\n`);
for (const line of leaks) process.stdout.write(`LEAKED: ${line}\n`);
for (const { name, milliseconds, lag } of costs) {
  const [cpu, delay] = [milliseconds, lag].map((time) => time.toFixed(0).padStart(5));
  process.stdout.write(`CPU ${cpu} ms, /livez ${delay} ms  ${name}\n`);
}
for (const line of expensive) process.stdout.write(`EXPENSIVE: ${line}\n`);
process.exitCode = failures.length + leaks.length + expensive.length === 0 ? 0 : 1;

function leaksOf(first: HeldResources, last: HeldResources): string[] {
  const lines: string[] = [];
  if (last.heapMiB > first.heapMiB + HEAP_GROWTH_MIB) lines.push(`heap: ${first.heapMiB} to ${last.heapMiB} MiB`);
  for (const what of ['clock', 'watches', 'cursors'] as const) {
    if (last[what] > first[what]) lines.push(`${what}: ${first[what]} to ${last[what]}`);
  }
  for (const [kind, count] of Object.entries(last.resources)) {
    if (kind !== 'Timeout' && kind !== 'Immediate' && count > (first.resources[kind] ?? 0)) {
      lines.push(`${kind}: ${first.resources[kind] ?? 0} to ${count}`);
    }
  }
  return lines;
}
