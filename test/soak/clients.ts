/**
 * Runs real clients against a projection while faults occur: client-node's informer, `get -w` and `wait` of every installed kubectl,
 * and the watch of Python's kubernetes module. Each client connects to the fake cluster's aggregator over a separate connection, which
 * is cut at random. The soak also cuts upstream watches, forces upstream relists, and stops, kills and restarts the server.
 *
 * usage: npm run test:clients -- [--minutes 10] [--pods 300] [--rate 10] [--seed N] [--every 4]
 *
 * During the run, each client that knows its resourceVersion is compared with the expected rows at that version. After the last change,
 * each client is compared with the current rows. The seed determines the writes and the faults, but not the timing of the clients.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { churn, seededRandom } from '../../src/testing/index.ts';
import { installedKubectls, installedPython } from '../support/installed-clients.ts';
import { FaultInjector } from './clients/faults.ts';
import { History } from './clients/history.ts';
import { informerClient } from './clients/informer-client.ts';
import { kubectlGet } from './clients/kubectl-get.ts';
import { kubectlWait } from './clients/kubectl-wait.ts';
import type { SoakClient } from './clients/client-state.ts';
import { Lag } from './clients/lag.ts';
import { pythonClient } from './clients/python-client.ts';
import { faultsOf, failuresOf, reasonsOf, resultTable } from './clients/report.ts';
import { SoakEnvironment } from './clients/soak-environment.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    pods: { type: 'string', default: '300' },
    /** Writes per second. */
    rate: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 0x7fff_ffff) },
    /** The average number of seconds between two faults. */
    every: { type: 'string', default: '4' },
  },
});
const [minutes, pods, rate, seed, every] = [values.minutes, values.pods, values.rate, values.seed, values.every].map(
  (value) => {
    if (!(Number(value) > 0)) throw new RangeError(`${value} is not a number above 0`);
    return Number(value);
  },
) as [number, number, number, number, number];

/** The maximum number of seconds until all clients have caught up after the last change. Longer than the timeout of kubectl wait. */
const TIMEOUT_SECONDS = 200;
const CHECK_EVERY_MS = 1000;

/** Resolves when the condition holds or the timeout passes. Returns whether the condition holds. */
async function until(condition: () => boolean): Promise<boolean> {
  const deadline = Date.now() + TIMEOUT_SECONDS * 1000;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

/** The heap in megabytes after a garbage collection. */
function heap(): number {
  global.gc?.();
  return Math.round(process.memoryUsage().heapUsed / 1e6);
}

const [kubectls, python] = await Promise.all([installedKubectls(), installedPython()]);
console.log(`seed ${seed}; ${minutes} min, ${pods} pods, ${rate} writes/s`);
console.log(
  `kubectl: ${kubectls.map(({ path, version }) => `${version} (${path})`).join(', ') || 'none installed, not tested'}`,
);
console.log('missing' in python ? `${python.missing}: not tested` : `Python kubernetes ${python.version}`);

const environment = await SoakEnvironment.open({ pods, seed });
const { storage } = environment.cluster;
const churnEnd = new AbortController();
const closing = new AbortController();
const history = new History(storage, closing.signal);
const waiting = seededRandom(seed + 1);

const informer = informerClient((await environment.addRoute('client-node')).kubeConfig, history);
const watching: SoakClient[] = [informer];
const waits: SoakClient[] = [];
if (!('missing' in python))
  watching.push(pythonClient(python, (await environment.addRoute('python')).kubeConfigPath, history));
for (const kubectl of kubectls) {
  const cache = join(environment.folder, `cache-${kubectl.version}`);
  await mkdir(cache);
  const files = async (use: string) => {
    const { kubeConfigPath } = await environment.addRoute(`kubectl-${kubectl.version}-${use}`);
    return { kubeConfig: kubeConfigPath, cache };
  };
  watching.push(kubectlGet(kubectl, await files('json'), history, 'object'));
  watching.push(kubectlGet(kubectl, await files('table'), history, 'cells'));
  waits.push(kubectlWait(kubectl, await files('wait'), { storage, random: waiting }));
}
const clients = [...watching, ...waits];
const isCurrent = (): boolean => environment.isReady && watching.every((client) => client.problem() === undefined);

for (const client of watching) client.start();
if (!(await until(isCurrent))) {
  const problems = watching.map((client) => `${client.name}: ${client.problem()}`);
  throw new Error(`some clients could not start:\n${problems.join('\n')}\n${reasonsOf(clients)}`);
}
for (const client of waits) client.start();
const heaps = [heap()];
const begin = Date.now();
const elapsed = (): number => (Date.now() - begin) / 60_000;

const podChurn = churn({ storage, rate, random: seededRandom(seed), signal: churnEnd.signal });
const faults = new FaultInjector(environment, seededRandom(seed + 2), () => void podChurn.step());
const chance = seededRandom(seed + 3);
const lag = new Lag(environment, history);
const checks = setInterval(() => {
  lag.sample();
  for (const client of clients) client.check();
}, CHECK_EVERY_MS);
while (elapsed() < minutes) {
  await pause(every * 1000 * (0.25 + 1.5 * chance()));
  await faults.next();
  if (elapsed() >= heaps.length) {
    heaps.push(heap());
    const mismatches = clients.reduce((sum, client) => sum + client.statistics.mismatches.length, 0);
    console.log(
      `${Math.round(elapsed())} min: heap ${heaps.at(-1)} MB, ${environment.watchers} watches, ${mismatches} mismatches`,
    );
  }
}

churnEnd.abort();
let hasEnded = false;
void Promise.all(waits.map((client) => client.stop())).then(() => (hasEnded = true));
const failures: string[] = [];
if (!(await until(() => hasEnded))) failures.push('a kubectl wait did not end');
const quiet = Date.now();
if (!(await until(isCurrent)))
  for (const { name, problem } of watching) {
    const wrong = problem();
    if (wrong !== undefined) failures.push(`${name}, ${TIMEOUT_SECONDS} s after the last change: ${wrong}`);
  }
const seconds = ((Date.now() - quiet) / 1000).toFixed(1);
clearInterval(checks);
for (const client of watching) {
  client.check();
  client.statistics.comparisons += 1;
}
heaps.push(heap());
await Promise.all(watching.map((client) => client.stop()));
closing.abort();
await environment.close();

failures.push(...failuresOf(clients, environment.errors));
console.log(`\n${resultTable(clients)}\n\n${reasonsOf(clients)}\n`);
console.log(`injected faults: ${faultsOf(faults)}`);
console.log(`maximum lag of the server behind upstream: ${lag.longest} s`);
console.log(`all clients up to date ${seconds} s after the last change; heap in MB, per minute: ${heaps.join(' ')}`);
console.log(failures.length === 0 ? `ok, seed ${seed}` : `FAILED, seed ${seed}\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
