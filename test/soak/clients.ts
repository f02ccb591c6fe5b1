/**
 * Real clients on a projection, for minutes in which things go wrong: client-node's informer, `get -w` and `wait` of every kubectl that
 * the machine has, the watch of Python's kubernetes module. All go through the fake cluster's aggregator, each over a connection of its
 * own that is cut at times; upstream's watches are cut and made to list again, the server is stopped and killed and started anew.
 *
 * usage: npm run test:clients -- [--minutes 10] [--pods 300] [--rate 10] [--seed N] [--every 4]
 *
 * While it runs, each client that knows its version is compared with what there was at that version; when it is over and all is quiet,
 * each with what there is. The seed fixes what happens in the cluster and what goes wrong, not when clients notice.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { churn, seededRandom } from '../../src/testing/index.ts';
import { installedKubectls, installedPython } from '../support/installed-clients.ts';
import { Disturbances } from './clients/disturbances.ts';
import { History } from './clients/history.ts';
import { informerClient } from './clients/informer-client.ts';
import { kubectlGet } from './clients/kubectl-get.ts';
import { kubectlWait } from './clients/kubectl-wait.ts';
import type { SoakClient } from './clients/picture.ts';
import { Lag } from './clients/lag.ts';
import { pythonClient } from './clients/python-client.ts';
import { disturbancesOf, failuresOf, reasonsOf, resultTable } from './clients/report.ts';
import { Stage } from './clients/stage.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    pods: { type: 'string', default: '300' },
    /** Writes a second. */
    rate: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 0x7fff_ffff) },
    /** Seconds between two disturbances, about. */
    every: { type: 'string', default: '4' },
  },
});
const [minutes, pods, rate, seed, every] = [values.minutes, values.pods, values.rate, values.seed, values.every].map(
  (value) => {
    if (!(Number(value) > 0)) throw new RangeError(`${value} is no number above 0`);
    return Number(value);
  },
) as [number, number, number, number, number];

/** Seconds within which everybody has caught up when all is quiet; longer than a kubectl waits. */
const PATIENCE = 200;
const CHECK_EVERY_MS = 1000;

/** Resolves when something is so; answers whether it came to be. */
async function until(condition: () => boolean): Promise<boolean> {
  const deadline = Date.now() + PATIENCE * 1000;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

/** Megabytes in use, after a collection. */
function heap(): number {
  global.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1e6);
}

const [kubectls, python] = await Promise.all([installedKubectls(), installedPython()]);
console.log(`seed ${seed}; ${minutes} min, ${pods} pods, ${rate} writes/s`);
console.log(`kubectl: ${kubectls.map(({ path, version }) => `${version} (${path})`).join(', ') || 'none, not tried'}`);
console.log('missing' in python ? `${python.missing}: not tried` : `Python kubernetes ${python.version}`);

const stage = await Stage.open({ pods, seed });
const { storage } = stage.cluster;
const over = new AbortController();
const closing = new AbortController();
const history = new History(storage, closing.signal);
const waiting = seededRandom(seed + 1);

const informer = informerClient((await stage.way('client-node')).kubeConfig, history);
const watching: SoakClient[] = [informer];
const waits: SoakClient[] = [];
if (!('missing' in python)) watching.push(pythonClient(python, (await stage.way('python')).kubeConfigPath, history));
for (const kubectl of kubectls) {
  const cache = join(stage.folder, `cache-${kubectl.version}`);
  await mkdir(cache);
  const files = async (use: string) => {
    const { kubeConfigPath } = await stage.way(`kubectl-${kubectl.version}-${use}`);
    return { kubeConfig: kubeConfigPath, cache };
  };
  watching.push(kubectlGet(kubectl, await files('json'), history, 'object'));
  watching.push(kubectlGet(kubectl, await files('table'), history, 'cells'));
  waits.push(kubectlWait(kubectl, await files('wait'), { storage, random: waiting }));
}
const clients = [...watching, ...waits];
const isCurrent = (): boolean => stage.isReady && watching.every((client) => client.problem() === undefined);

for (const client of watching) client.start();
if (!(await until(isCurrent))) {
  const problems = watching.map((client) => `${client.name}: ${client.problem()}`);
  throw new Error(`not everybody could begin:\n${problems.join('\n')}\n${reasonsOf(clients)}`);
}
for (const client of waits) client.start();
const heaps = [heap()];
const begin = Date.now();
const elapsed = (): number => (Date.now() - begin) / 60_000;

const life = churn({ storage, rate, random: seededRandom(seed), signal: over.signal });
const disturbing = new Disturbances(stage, seededRandom(seed + 2), () => void life.step());
const chance = seededRandom(seed + 3);
const lag = new Lag(stage, history);
const checks = setInterval(() => {
  lag.look();
  for (const client of clients) client.check();
}, CHECK_EVERY_MS);
while (elapsed() < minutes) {
  await pause(every * 1000 * (0.25 + 1.5 * chance()));
  await disturbing.next();
  if (elapsed() >= heaps.length) {
    heaps.push(heap());
    const mismatches = clients.reduce((sum, client) => sum + client.account.mismatches.length, 0);
    console.log(
      `${Math.round(elapsed())} min: heap ${heaps.at(-1)} MB, ${stage.watchers} watches, ${mismatches} mismatches`,
    );
  }
}

over.abort();
let hasEnded = false;
void Promise.all(waits.map((client) => client.stop())).then(() => (hasEnded = true));
const failures: string[] = [];
if (!(await until(() => hasEnded))) failures.push('a kubectl wait does not end');
const quiet = Date.now();
if (!(await until(isCurrent)))
  for (const { name, problem } of watching) {
    const wrong = problem();
    if (wrong !== undefined) failures.push(`${name}, ${PATIENCE} s after the last change: ${wrong}`);
  }
const seconds = ((Date.now() - quiet) / 1000).toFixed(1);
clearInterval(checks);
for (const client of watching) {
  client.check();
  client.account.comparisons += 1;
}
heaps.push(heap());
await Promise.all(watching.map((client) => client.stop()));
closing.abort();
await stage.close();

failures.push(...failuresOf(clients, stage.errors));
console.log(`\n${resultTable(clients)}\n\n${reasonsOf(clients)}\n`);
console.log(`what went wrong on purpose: ${disturbancesOf(disturbing)}`);
console.log(`the server was behind upstream by ${lag.longest} s at the worst`);
console.log(`everybody up to date ${seconds} s after the last change; heap in MB, each minute: ${heaps.join(' ')}`);
console.log(failures.length === 0 ? `ok, seed ${seed}` : `FAILED, seed ${seed}\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
