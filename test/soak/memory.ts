/**
 * Sends a storm of lists to a `kubefacet serve` with the memory of `kubefacet manifests --rows`: the process survives, and its resident
 * memory stays below the limit of its container.
 *
 * usage: npm run test:memory -- [--minutes 3] [--pods 10000] [--rows 10000] [--users 10] [--in-flight 60]
 */
import { parseArgs } from 'node:util';
import { memoryFor } from '../../src/cli/manifests/memory.ts';
import { StormedServer } from '../system/memory/stormed-server.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    pods: { type: 'string', default: '10000' },
    rows: { type: 'string' },
    users: { type: 'string', default: '10' },
    'in-flight': { type: 'string', default: '60' },
  },
});
/** The number of failed probes after which the kubelet of the manifests restarts the container. */
const FAILURE_THRESHOLD = 6;
const pods = Number(values.pods);
const memory = memoryFor(Number(values.rows ?? values.pods));
const mib = (bytes: number | undefined): string => (bytes === undefined ? '?' : `${Math.round(bytes / 2 ** 20)} MiB`);

await using server = await StormedServer.ready({
  pods,
  memory,
  users: Number(values.users),
  inFlight: Number(values['in-flight']),
});
const { cluster, storm } = server;
console.log(`${pods} pods, a memory limit of ${mib(memory)}; ${mib(server.peakMemory())} when ready`);
// The bodies of lists change all the time, and every 20 s the server lists all pods again.
const keys = cluster.storage.list('pods').map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
let writes = 0;
const writer = setInterval(() => {
  writes += 1;
  cluster.storage.modify('pods', keys[writes % keys.length] ?? '', (pod) => ({
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations, writes: String(writes) } },
  }));
}, 20);
const lister = setInterval(() => {
  cluster.storage.expireHistory();
  cluster.api.failWatches({ code: 410 }, 'pods');
}, 20_000);

const end = Date.now() + Number(values.minutes) * 60_000;
let round = 0;
while (Date.now() < end && server.isRunning) {
  await storm.round(4);
  round += 1;
  const outcomes = [...storm.outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join(', ');
  console.log(
    `round ${round}: ${outcomes}; peak ${mib(server.peakMemory())}, probe ${Math.round(storm.slowestProbe)} ms`,
  );
}
clearInterval(writer);
clearInterval(lister);
const problems: string[] = storm.unexpected().map(String);
const peak = server.peakMemory();
if (storm.failedProbes >= FAILURE_THRESHOLD) problems.push(`cut: ${storm.failedProbes} probes in succession failed`);
if (!server.isRunning) problems.push('cut: the process ended');
if (peak !== undefined && peak > memory) problems.push(`cut: ${mib(peak)} are above the limit of ${mib(memory)}`);
console.log(problems.length === 0 ? 'ok' : `FAILED ${problems.join('; ')}\n${server.output.slice(-3000)}`);
process.exitCode = problems.length === 0 ? 0 : 1;
