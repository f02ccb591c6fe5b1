/** Attacks on a server, and a check of the resources that it holds afterwards. */
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

/** The number of concurrent requests. */
const CONCURRENCY = 32;
/** Parameters with which a 504 is allowed: a timeout, or a resourceVersion that the server waits for. */
const MAY_TIME_OUT = /[?&](timeout|resourceVersion|continue)=/;
/** Parameters with a version that the server may wait for. HTTP/1.1 requests are half-closed, which cancels them, as in Go's net/http. */
const MAY_WAIT = /[?&](resourceVersion|continue)=/;

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  /** Receives the number of responses from time to time. */
  readonly progress?: ((responses: number) => void) | undefined;
}

/** The resources that an idle server holds. */
export interface HeldResources {
  readonly heapMiB: number;
  readonly clock: number;
  readonly watches: number;
  readonly cursors: number;
  /** The number of sockets, handles and timers of the process by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

export interface FuzzResult {
  /** The number of responses by status. `none` counts requests that are not HTTP, or whose client disconnected. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The failures: missing responses, undocumented 5xx, and messages in the error log. */
  readonly failures: readonly string[];
  /** The resources after the first tenth of the requests, when all caches are filled, and at the end. */
  readonly before: HeldResources;
  readonly after: HeldResources;
}

/** Starts a server and attacks it. */
export async function fuzzServer({ seed, requests, progress }: FuzzOptions): Promise<FuzzResult> {
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
  let responses = 0;
  const sendAll = async (attacks: readonly Attack[]): Promise<HeldResources> => {
    const attacker = new Attacker(target);
    const queue = attacks.values();
    const one = async (): Promise<void> => {
      for (const next of queue) {
        const status = await attacker.send(next).catch((error: Error) => error);
        const name = status instanceof Error ? 'timeout' : String(status ?? 'none');
        statuses[name] = (statuses[name] ?? 0) + 1;
        if (!isExpected(next, status)) failures.push(`${String(status)} for ${JSON.stringify(next)}`);
        responses += 1;
        if (responses % 1000 === 0) progress?.(responses);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, one));
    attacker.close();
    return heldResources(server, attacker, clock);
  };
  try {
    const attacks = fc.sample(attack, { seed, numRuns: requests });
    const tenth = Math.ceil(requests / 10);
    const before = await sendAll(attacks.slice(0, tenth));
    const after = await sendAll(attacks.slice(tenth));
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
  if (status === undefined)
    return (
      !('request' in sent) || sent.request.disconnects || sent.over === 'http2' || MAY_WAIT.test(sent.request.target)
    );
  if (status === 504) return 'request' in sent && MAY_TIME_OUT.test(sent.request.target);
  return status >= 200 && status < 500;
}

async function heldResources({ server }: TestServer, attacker: Attacker, clock: CountedClock): Promise<HeldResources> {
  const view = viewsOf(server)[0]?.view;
  const left = (): string => {
    const { watchers, connections, newConnections } = server.counts();
    return JSON.stringify([watchers, view?.watchers, clock.waiting, connections + newConnections + attacker.open]);
  };
  // Connections close shortly after their last stream.
  await until(() => left() === '[0,0,0,0]').catch((error: unknown) => {
    throw new Error(`the server still has [watches, cursors, timers, connections] ${left()}`, { cause: error });
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

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

/** The system clock, with a count of its timers. */
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
