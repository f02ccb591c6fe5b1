/** A server, attacked; and what is left of it afterwards. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { viewsOf } from '../../../src/server/api-server.ts';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { systemClock, type Clock } from '../../../src/clock.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries, servingAuthority, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';
import { type Attack, attack } from './attacks.ts';
import { Attacker } from './attacker.ts';

/** So many are under way at once. */
const ABREAST = 32;
/** With these a version or a time may be asked for that does not come: 504 is what is promised then. */
const MAY_TIME_OUT = /[?&](timeout|resourceVersion|continue)=/;

export interface Siege {
  readonly seed: number;
  readonly requests: number;
  /** Told now and then how many have been answered. */
  readonly progress?: ((answered: number) => void) | undefined;
}

/** What there is of a server at a time at which nobody asks. */
export interface Remains {
  readonly heapMiB: number;
  readonly clock: number;
  readonly watches: number;
  readonly cursors: number;
  /** Sockets, handles and clock of the process by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

export interface SiegeResult {
  /** How often each status was answered; `none`: what is no HTTP, or was left by its client. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What must not be: silence, undocumented 5xx, messages in the error log. */
  readonly failures: readonly string[];
  /** After the first tenth (all code has run, all caches are filled), and at the end. */
  readonly before: Remains;
  readonly after: Remains;
}

/** Attacks a server of its own. */
export async function siege({ seed, requests, progress }: Siege): Promise<SiegeResult> {
  const clock = new CountedClock();
  const server = await TestServer.listening({
    authentication: await requestHeaderConfig(),
    clock,
    random: Math.random,
    resources: [
      podSummaries(fakeInformer(pod('shop/web'), pod('bank/db'))),
      rawEndpoint({ name: 'foo', paths: { '': { GET: (ctx) => void (ctx.body = 'foo') } } }),
    ],
  });
  const target = {
    port: server.client.port,
    ca: (await servingAuthority()).certificate,
    proxy: await proxyCertificate(),
  };
  const statuses: Record<string, number> = {};
  const failures: string[] = [];
  let answered = 0;
  const wave = async (attacks: readonly Attack[]): Promise<Remains> => {
    const attacker = new Attacker(target);
    const queue = attacks.values();
    const one = async (): Promise<void> => {
      for (const next of queue) {
        const status = await attacker.send(next).catch((error: Error) => error);
        const name = status instanceof Error ? 'silence' : String(status ?? 'none');
        statuses[name] = (statuses[name] ?? 0) + 1;
        if (!isExpected(next, status)) failures.push(`${String(status)} for ${JSON.stringify(next)}`);
        answered += 1;
        if (answered % 1000 === 0) progress?.(answered);
      }
    };
    await Promise.all(Array.from({ length: ABREAST }, one));
    attacker.close();
    return remains(server, clock);
  };
  try {
    const attacks = fc.sample(attack, { seed, numRuns: requests });
    const tenth = Math.ceil(requests / 10);
    const before = await wave(attacks.slice(0, tenth));
    const after = await wave(attacks.slice(tenth));
    failures.push(
      ...server.log.entries
        .filter(({ level }) => level === 'error')
        .map(({ message, detail }) => `${message}: ${String(detail)}`),
    );
    server.log.entries.length = 0;
    return { statuses, failures, before, after };
  } finally {
    await server.close();
  }
}

function isExpected(sent: Attack, status: number | Error | undefined): boolean {
  if (status instanceof Error) return false;
  if (status === undefined) return !('request' in sent) || sent.request.impatient || sent.over === 'http2';
  if (status === 504) return 'request' in sent && MAY_TIME_OUT.test(sent.request.target);
  return status >= 200 && status < 500;
}

async function remains({ server }: TestServer, clock: CountedClock): Promise<Remains> {
  const view = viewsOf(server)[0]?.view;
  const left = (): string => JSON.stringify([server.counts().watchers, view?.watchers, clock.waiting, connections()]);
  // Connections close a little after their last stream.
  await until(() => left() === '[0,0,0,0]').catch((error: unknown) => {
    throw new Error(`watches, cursors, clock, connections are left: ${left()}`, { cause: error });
  });
  collectGarbage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    heapMiB: Math.round((process.memoryUsage().heapUsed / 2 ** 20) * 10) / 10,
    clock: clock.waiting,
    watches: server.counts().watchers,
    cursors: view?.watchers ?? 0,
    resources,
  };
}

/** Open connections, of both sides. */
function connections(): number {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /^(TCPSocketWrap|TLSWrap|TLSSocket|Http2Session)$/.test(kind)).length;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

/** The machine's clock, counted. */
class CountedClock implements Clock {
  waiting = 0;

  now(): number {
    return systemClock.now();
  }

  schedule(milliseconds: number, callback: () => void): () => void {
    let isOver = false;
    const over = (): void => {
      if (!isOver) this.waiting -= 1;
      isOver = true;
    };
    this.waiting += 1;
    const cancel = systemClock.schedule(milliseconds, () => {
      over();
      callback();
    });
    return () => {
      over();
      cancel();
    };
  }
}
