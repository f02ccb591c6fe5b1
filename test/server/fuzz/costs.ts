/**
 * The CPU time of requests of growing size, and the lag of `/livez` during them. The time of a request ten times as large must be at most
 * 15 times the time. No request may take longer than a maximum, or delay `/livez` for more than 200 ms on a quiet machine. Times include
 * the client, which is in the same process.
 */
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';
import { type ClientResponse, requestOnce } from '../../support/https-client.ts';
import { LivezPoller } from './livez-lag.ts';

/** The maximum CPU time of one request, in milliseconds. */
const MAX_CPU_MS = 400;
/** The maximum time of a response of `/livez` during a request, in milliseconds. It holds on a quiet machine. */
const MAX_LAG_MS = 200;
/** The maximum factor between the times of n and 10 n. */
const MAX_FACTOR = 15;
/** Shorter times are not compared: they consist of the fixed cost of a request. */
const MIN_COMPARED_MS = 100;

const ROWS = `${BASE}/podsummaries`;
const TASKS = `${BASE}/namespaces/shop/customtasks`;

/** A request of a size. */
export interface Costly {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A kind of request. `largest` is the size at which it has about 3 MiB, or exceeds a limit. */
export interface Kind {
  readonly name: string;
  readonly largest: number;
  request(size: number): Costly;
}

const header = (name: string, text: (size: number) => string, largest = 150_000): Kind => ({
  name: `${name}: ${text(8)}`,
  largest,
  request: (size) => ({ headers: { [name]: text(size) } }),
});
const query = (name: string, text: (size: number) => string, largest: number): Kind => ({
  name: `${name}=${text(2)}`,
  largest,
  request: (size) => ({ path: `${ROWS}?${name}=${encodeURIComponent(text(size))}` }),
});
const created = (type: string, text: (size: number) => string, largest: number): Kind => ({
  name: `${type}: ${text(2).slice(74).replaceAll('\n', ' ').slice(0, 40) || text(2)}`,
  largest,
  request: (size) => ({
    path: `${TASKS}?dryRun=All`,
    method: 'POST',
    headers: { 'content-type': type },
    body: text(size),
  }),
});
const patched = (name: string, operations: (size: number) => readonly object[], largest: number): Kind => ({
  name: `patch: ${name}`,
  largest,
  request: (size) => ({
    path: `${TASKS}/good?dryRun=All`,
    method: 'PATCH',
    headers: { 'content-type': 'application/json-patch+json' },
    body: JSON.stringify(operations(size)),
  }),
});
const sent = (
  name: string,
  method: string,
  type: string,
  { path, text, largest }: { readonly path: string; readonly text: (size: number) => string; readonly largest: number },
): Kind => ({
  name,
  largest,
  request(size) {
    const body = text(size);
    // Node's client does not set the length for DELETE.
    return { path, method, headers: { 'content-type': type, 'content-length': String(body.length) }, body };
  },
});
const list = (count: number, item: (index: number) => string, separator = ','): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(separator);
const object = (spec: string): string =>
  `{"apiVersion":"example.com/v1","kind":"CustomTask","metadata":{"name":"evil"},"spec":{"any":${spec}}}`;
const HEAD = 'apiVersion: example.com/v1\nkind: CustomTask\nmetadata:\n  name: evil\nspec:\n';
const times = (count: number, operation: object): object[] => Array.from({ length: count }, () => operation);

/** All kinds of requests whose work grows with their size. */
export const KINDS: readonly Kind[] = [
  // The largest that are accepted.
  query('labelSelector', (size) => list(size, (index) => `!a${index}`), 1000),
  created('application/json', (size) => object(`{${list(size, (index) => `"k${index}":1`)}}`), 23_900),
  created('application/yaml', (size) => `${HEAD}  any:\n${list(size, (index) => `    k${index}: 1`, '\n')}`, 12_400),
  // Sizes beyond the limits.
  ...['accept', 'content-type', 'accept-encoding', 'if-none-match', 'cache-control', 'user-agent'].flatMap((name) => [
    header(name, (size) => `a/b;${' '.repeat(size)}x`),
    header(name, (size) => 'a/b,'.repeat(size / 4)),
  ]),
  { name: 'slashes', largest: 65_000, request: (size) => ({ path: `${BASE}/${'/'.repeat(size)}x` }) },
  { name: 'pairs', largest: 32_000, request: (size) => ({ path: `${ROWS}?${'a&'.repeat(size)}` }) },
  query('labelSelector', (size) => list(size, (index) => `a${index}`), 8000),
  query('labelSelector', (size) => `a in (${list(size, (index) => `b${index}`)})`, 6000),
  query('labelSelector', (size) => `a in (${list(size, (index) => `-${index}`)})`, 6000),
  query('fieldSelector', (size) => list(size, (index) => `metadata.name!=${index}`), 2000),
  query('fieldSelector', (size) => '='.repeat(size), 20_000),
  query('timeout', (size) => '1h'.repeat(size), 30_000),
  query('continue', (size) => 'a'.repeat(size), 60_000),
  query('resourceVersion', (size) => '9'.repeat(size), 60_000),
  query('limit', (size) => '9'.repeat(size), 60_000),
  query('resourceVersionMatch', (size) => 'Exact'.repeat(size), 12_000),
  { name: 'long name', largest: 60_000, request: (size) => ({ path: `${TASKS}/${'n'.repeat(size)}` }) },
  { name: 'escaped name', largest: 20_000, request: (size) => ({ path: `${TASKS}/${'%41'.repeat(size)}` }) },
  {
    name: 'headers',
    largest: 3900,
    request: (size) => ({ headers: Object.fromEntries(times(size, {}).map((_, index) => [`x-${index}`, 'a'])) }),
  },
  created('application/yaml', (size) => '}'.repeat(size), 250_000),
  created('application/yaml', (size) => list(size, (index) => `k${index}: 1`, '\n'), 20_000),
  created('application/yaml', (size) => list(size, (index) => `- &a${index} 1`, '\n'), 20_000),
  created('application/yaml', (size) => '- '.repeat(size), 100_000),
  created('application/yaml', (size) => `a: "${String.raw`\q`.repeat(size)}"`, 120_000),
  created('application/json', (size) => object(`{${list(size, (index) => `"k${index}":1`)}}`), 230_000),
  created('application/json', (size) => object(`{${list(size, () => '"k":1')}}`), 90_000),
  created('application/json', (size) => object(`[${list(size, () => '[]')}]`), 900_000),
  created('application/json', (size) => object(`${'['.repeat(size)}${']'.repeat(size)}`), 1_000_000),
  created('application/json', (size) => object(`"${'x'.repeat(size)}"`), 3_000_000),
  patched(
    'moves',
    (size) => [
      { op: 'add', path: '/spec/any', value: times(20_000, {}) },
      ...times(size, { op: 'move', from: '/spec/any/0', path: '/spec/any/-' }),
    ],
    9999,
  ),
  patched(
    'copies',
    (size) => [
      { op: 'add', path: '/spec/any', value: { a: 'x'.repeat(1000) } },
      ...Array.from({ length: size }, (_, index) => ({ op: 'copy', from: '/spec/any', path: `/spec/any/c${index}` })),
    ],
    100,
  ),
  patched(
    'nesting',
    (size) => [
      { op: 'add', path: '/spec/a', value: {} },
      ...times(size / 3, {}).flatMap(() => [
        { op: 'add', path: '/spec/b', value: {} },
        { op: 'move', from: '/spec/a', path: '/spec/b/a' },
        { op: 'move', from: '/spec/b', path: '/spec/a' },
      ]),
    ],
    9000,
  ),
  patched(
    'removals',
    (size) => [
      { op: 'add', path: '/spec/any', value: times(9000, {}) },
      ...times(size, { op: 'remove', path: '/spec/any/0' }),
    ],
    8900,
  ),
  sent('deep merge patch', 'PATCH', 'application/merge-patch+json', {
    path: `${TASKS}/good?dryRun=All`,
    text: (size) => `${'{"a":'.repeat(size)}1${'}'.repeat(size)}`,
    largest: 400_000,
  }),
  sent('apply of many keys', 'PATCH', 'application/apply-patch+yaml', {
    path: `${TASKS}/good?dryRun=All&fieldManager=a&force=true`,
    text: (size) => object(`{${list(size, (index) => `"k${index}":1`)}}`).replace('evil', 'good'),
    largest: 23_900,
  }),
  sent('delete options', 'DELETE', 'application/json', {
    path: `${TASKS}/good?dryRun=All`,
    text: (size) => `{"a":[${list(size, () => '1')}]}`,
    largest: 1_400_000,
  }),
  patched('deep paths', (size) => times(size, { op: 'test', path: '/a'.repeat(900), value: 1 }), 1600),
  { name: 'indented', largest: 1, request: () => ({ path: `${ROWS}?pretty=1` }) },
  { name: 'YAML', largest: 1, request: () => ({ headers: { accept: 'application/yaml' } }) },
];

/** The result of a measurement. */
export interface Cost {
  readonly name: string;
  /** The CPU time of the largest request in milliseconds. */
  readonly milliseconds: number;
  /** The slowest response of `/livez` during the largest request, in milliseconds. */
  readonly lag: number;
  /** The reason why the cost is too high. */
  readonly problem: string | undefined;
}

/** A server with rows, and with a custom resource whose object `good` exists. */
export async function costServer(): Promise<{
  readonly test: TestServer;
  readonly send: (request: Costly) => Promise<ClientResponse>;
}> {
  const pods = Array.from({ length: 2000 }, (_, index) => pod(`shop/p${index}`));
  const schema = {
    type: 'object' as const,
    properties: {
      spec: { type: 'object' as const, 'x-kubernetes-preserve-unknown-fields': true as const },
    },
  };
  const tasks = resource({ kind: 'CustomTask', plural: 'customtasks', namespaced: true, schema }, memoryStore());
  const test = await TestServer.listening({ resources: [podSummaries(fakeInformer(...pods)), tasks] });
  const send = ({ path = ROWS, ...request }: Costly): Promise<ClientResponse> =>
    requestOnce(path, { ...test.client, ...request });
  const good = { apiVersion: 'example.com/v1', kind: 'CustomTask', metadata: { name: 'good' }, spec: {} };
  const headers = { 'content-type': 'application/json' };
  await send({ path: TASKS, method: 'POST', headers, body: JSON.stringify(good) });
  return { test, send };
}

/** Measures all kinds of requests on a new server. */
export async function measureCosts(): Promise<readonly Cost[]> {
  const { test, send } = await costServer();
  const poller = new LivezPoller(test.client);
  try {
    const costs: Cost[] = [];
    for (const { name, largest, request } of KINDS) {
      const small = await lowest(poller, () => send(request(Math.ceil(largest / 10))));
      const large = await lowest(poller, () => send(request(largest)));
      const problem = problemOf(small.milliseconds, large, largest);
      costs.push({ name, ...large, problem });
    }
    return costs;
  } finally {
    await poller.close();
    await test.close();
  }
}

type Times = Pick<Cost, 'milliseconds' | 'lag'>;

function problemOf(small: number, { milliseconds, lag }: Times, largest: number): string | undefined {
  if (milliseconds > MAX_CPU_MS) return `more than ${MAX_CPU_MS} ms`;
  if (lag > MAX_LAG_MS) return `delays /livez for ${lag.toFixed(0)} ms, more than ${MAX_LAG_MS} ms`;
  const isSteep = milliseconds >= MIN_COMPARED_MS && largest > 1 && milliseconds > MAX_FACTOR * small;
  return isSteep
    ? `${(milliseconds / small).toFixed(1)} times the ${small.toFixed(0)} ms of a tenth of the size`
    : undefined;
}

/** Returns the lowest CPU time and the lowest lag of three runs, in milliseconds. */
async function lowest(poller: LivezPoller, run: () => Promise<unknown>): Promise<Times> {
  let best: Times = { milliseconds: Number.POSITIVE_INFINITY, lag: Number.POSITIVE_INFINITY };
  for (let count = 0; count < 3; count += 1) {
    const before = process.cpuUsage();
    const { slowest } = await poller.during(async () => void (await run()));
    const { user, system } = process.cpuUsage(before);
    best = {
      milliseconds: Math.min(best.milliseconds, (user + system) / 1000),
      lag: Math.min(best.lag, slowest),
    };
  }
  return best;
}
