/**
 * Two replicas of `kubefacet serve` behind a plain TCP balancer, under watchers and writes. No watcher may lose an event.
 *
 * usage: npm run test:replicas -- [--minutes 5] [--watchers 200] [--writes 100] [--step kill] [--through balancer] [--every 15]
 *
 * `--step` is what happens every few seconds (`--every`): `kill` ends one replica with SIGKILL, in turn; `roll` replaces both replicas, one
 * after the other, as a rolling update does; `upgrade` does the same with another version of the projection. `--through aggregator` puts the
 * aggregator of the fake cluster between the clients and the balancer.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ReplicatedRows } from '../system/replicas/replicated-rows.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    watchers: { type: 'string', default: '200' },
    /** Writes per second. */
    writes: { type: 'string', default: '100' },
    step: { type: 'string', default: 'kill' },
    through: { type: 'string', default: 'balancer' },
    /** The number of seconds between two steps. */
    every: { type: 'string', default: '15' },
    /** The `--shutdown-delay` of the replicas. */
    delay: { type: 'string', default: '3s' },
  },
});
const [minutes, watchers, writes, every] = [values.minutes, values.watchers, values.writes, values.every].map(
  (value) => {
    if (!(Number(value) > 0)) throw new RangeError(`${value} is not a number above 0`);
    return Number(value);
  },
) as [number, number, number, number];
const { step, delay } = values;
if (!['kill', 'roll', 'upgrade'].includes(step)) throw new RangeError(`--step ${step}: must be kill, roll or upgrade`);
const through = values.through === 'aggregator' ? 'aggregator' : 'balancer';

const rows = await ReplicatedRows.open({ watchers, through, args: ['--shutdown-delay', delay] });
await rows.write(writes);
const end = performance.now() + minutes * 60_000;
const failures: string[] = [];
let steps = 0;
while (performance.now() < end) {
  const begin = performance.now();
  steps += 1;
  await rows.caughtUp();
  if (step === 'kill') await rows.kill();
  else {
    const codes = await rows.roll(step === 'upgrade' ? String(steps + 1) : undefined);
    if (codes.some((code) => code !== 0)) failures.push(`the exit codes were ${codes.join(' and ')}`);
  }
  if (steps % 5 === 0) console.log(`${steps} steps, ${rows.violations.length} violations`);
  await pause(Math.max(0, Math.min(every * 1000 - (performance.now() - begin), end - performance.now())));
}
const begin = performance.now();
const rest = await rows.converged().catch((error: unknown) => {
  failures.push(String(error));
});
failures.push(...rows.violations);
console.log(
  `${step} through the ${through}: ${steps} steps in ${minutes} min, ${watchers} watchers, ${rest?.writes} writes; ` +
    `all converged ${Math.round(performance.now() - begin)} ms after the last write`,
);
console.log(`upstream views: ${rows.upstream.summary()}`);
console.log(`local views: ${rows.local.summary()}`);
for (const reader of rows.readers) console.log(`lists over ${reader.protocol}: ${reader.summary()}`);
await rows.close();
if (step === 'kill' && rows.upstream.relists > 0) failures.push('watchers of an upstream view have listed again');
console.log(failures.length === 0 ? 'ok' : `FAILED\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
