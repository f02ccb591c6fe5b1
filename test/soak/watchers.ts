/**
 * Runs a thousand watchers for minutes: no watcher loses an event, watchers that never read do not delay others, and memory does not grow.
 *
 * usage: npm run test:watchers -- [--seconds 300] [--watchers 1000] [--idle 200] [--rate 100]
 * Rows have about 1 kB. Each change concerns a tenth of the watchers, half of them by namespace and half by label selector.
 */
import { fork } from 'node:child_process';
import { connect, type ClientHttp2Session } from 'node:http2';
import { parseArgs } from 'node:util';
import { viewsOf } from '../../src/server/api-server.ts';
import { certificateAuthority } from '../../src/certificates.ts';
import { identity, map } from '../../src/projections/index.ts';
import { apiServer, resource } from '../../src/server/index.ts';
import { fakeInformer, pod } from '../../src/testing/index.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    watchers: { type: 'string', default: '1000' },
    idle: { type: 'string', default: '200' },
    rate: { type: 'string', default: '100' },
    port: { type: 'string' },
    ca: { type: 'string' },
    from: { type: 'string' },
  },
});
const SECONDS = Number(values.seconds);
const WATCHERS = Number(values.watchers);
const IDLE = Number(values.idle);
const RATE = Number(values.rate);
const TEAMS = 10;
const PATH = '/apis/example.com/v1';
const PER_CONNECTION = 200;

/** The final report of the client process. */
interface Report {
  readonly events: number;
  readonly gaps: string[];
  readonly ended: number;
  readonly behind: number;
}

async function serve(): Promise<void> {
  const pods = fakeInformer(
    ...Array.from({ length: 1000 }, (_, i) => pod(`team-${i % TEAMS}/p${i}`, podFields(i % TEAMS, 0))),
  );
  const rows = pods.pipe(
    map((p) => ({ metadata: identity(p), spec: { seq: p.metadata?.annotations?.['seq'], text: 'x'.repeat(700) } })),
  );
  const server = apiServer({
    authentication: 'insecure-dev',
    // The log is full after a minute, so later growth is a leak.
    apis: [
      {
        group: 'example.com',
        version: 'v1',
        resources: [resource({ kind: 'Row', plural: 'rows', namespaced: true, log: { entries: 5000 } }, rows)],
      },
    ],
  });
  const authority = await certificateAuthority('soak');
  const { certificate, key } = await authority.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    usage: 'server',
  });
  await server.listen({ port: 0, tls: { cert: certificate, key } });
  const from = String(viewsOf(server)[0]?.view.position);
  const args = [
    ...process.argv.slice(2),
    '--port',
    String(server.port),
    `--ca=${authority.certificate}`,
    '--from',
    from,
  ];
  const clients = fork(import.meta.filename, args);
  const report = new Promise<Report>((resolve) =>
    clients.on('message', (message) => typeof message === 'object' && resolve(message as Report)),
  );
  await new Promise<void>((resolve) => clients.once('message', () => resolve()));

  const seq = Array.from({ length: TEAMS }, () => 0);
  const heaps: number[] = [];
  const begin = Date.now();
  const cpu = process.cpuUsage();
  let changes = 0;
  while (Date.now() - begin < SECONDS * 1000) {
    const due = ((Date.now() - begin) / 1000) * RATE;
    for (; changes < due; changes++) {
      const team = changes % TEAMS;
      seq[team] = (seq[team] ?? 0) + 1;
      pods.modify(pod(`team-${team}/p${team + TEAMS * (changes % 100)}`, podFields(team, seq[team] ?? 0)));
    }
    if (Date.now() - begin >= (heaps.length + 1) * 15_000) {
      global.gc?.();
      heaps.push(Math.round(process.memoryUsage().heapUsed / 1e6));
      console.log(
        `${Math.round((Date.now() - begin) / 1000)} s: ${changes} changes, heap ${heaps.at(-1)} MB, ${server.counts().watchers} watchers`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const used = process.cpuUsage(cpu);
  clients.send(seq);
  const { events, gaps, ended, behind } = await report;
  await server.close();
  const expected = (changes * (WATCHERS - IDLE)) / TEAMS;
  console.log(
    `${changes} changes to ${WATCHERS} watchers, ${IDLE} of which never read: ${events} events read, ${expected} expected`,
  );
  console.log(
    `${gaps.length} gaps, ${ended} readers ended, ${behind} readers behind at the end; heap in MB every 15 s: ${heaps.join(' ')}`,
  );
  console.log(`${Math.round((used.user + used.system) / 1000 / SECONDS)} ms of CPU for each second`);
  const settled = heaps.slice(Math.ceil(heaps.length / 2));
  const grown = (settled.at(-1) ?? 0) - (settled[0] ?? 0);
  const ok = gaps.length === 0 && ended === 0 && behind === 0 && events === expected && grown <= 15;
  console.log(ok ? 'ok' : `FAILED ${gaps.slice(0, 5).join('; ')} (heap grew by ${grown} MB in the second half)`);
  process.exitCode = ok ? 0 : 1;
}

function podFields(team: number, seq: number) {
  return { labels: { team: String(team) }, annotations: { seq: String(seq) } };
}

async function read(port: string, ca: string, from: string): Promise<void> {
  const report = { events: 0, gaps: [] as string[], ended: 0, behind: 0 };
  const last = Array.from({ length: WATCHERS }, () => 0);
  let session: ClientHttp2Session | undefined;
  let idle: ClientHttp2Session | undefined;
  for (let n = 0; n < WATCHERS; n++) {
    const team = n % TEAMS;
    const byNamespace = Math.floor(n / TEAMS) % 2 === 0;
    const path = byNamespace
      ? `${PATH}/namespaces/team-${team}/rows?watch=1`
      : `${PATH}/rows?watch=1&labelSelector=team%3D${team}`;
    const never = n >= WATCHERS - IDLE;
    // Idle watchers use separate connections, because they would use up the flow-control window of a shared one.
    if (never) idle = (n - (WATCHERS - IDLE)) % PER_CONNECTION === 0 || idle === undefined ? connected(port, ca) : idle;
    else session = n % PER_CONNECTION === 0 || session === undefined ? connected(port, ca) : session;
    const stream = (never ? idle : session)?.request({
      ':path': `${path}&allowWatchBookmarks=true&resourceVersion=${from}`,
    });
    if (stream === undefined) continue;
    await new Promise((resolve) => stream.once('response', resolve));
    // The server resets the stream of a watcher that has fallen out of the log and does not read the end either.
    if (never) {
      stream.on('error', () => undefined);
      continue;
    }
    let partial = '';
    stream.setEncoding('utf8');
    stream.on('end', () => (report.ended += 1));
    stream.on('data', (text: string) => {
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('{"type":"BOOKMARK"')) continue;
        const seq = Number(/"seq":"(\d+)"/.exec(line)?.[1]);
        if (seq !== (last[n] ?? 0) + 1) report.gaps.push(`watcher ${n}: ${seq} after ${last[n]}`);
        last[n] = seq;
        report.events += 1;
      }
    });
  }
  process.send?.('watching');
  process.once('message', (seqs: number[]) => {
    const patience = Date.now() + 10_000;
    const look = (): void => {
      report.behind = last.slice(0, WATCHERS - IDLE).filter((seq, n) => seq !== seqs[n % TEAMS]).length;
      if (report.behind > 0 && Date.now() < patience) setTimeout(look, 100);
      else process.send?.(report, () => process.exit(0));
    };
    look();
  });
}

function connected(port: string, ca: string): ClientHttp2Session {
  const session = connect(`https://localhost:${port}`, { ca });
  session.on('error', () => undefined);
  return session;
}

const { port, ca, from } = values;
if (port === undefined || ca === undefined || from === undefined) await serve();
else await read(port, ca, from);
