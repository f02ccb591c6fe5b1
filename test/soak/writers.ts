/**
 * Runs many writers on one resource for a minute: no update is lost, versions rise, and all watchers end with the stored objects.
 *
 * usage: npm run test:writers -- [--seconds 60] [--writers 20] [--objects 2000] [--watchers 5] [--seed 1]
 * Half of the writes increment a counter in one object: they read it and replace it at its version, and retry after conflicts. The other
 * writes are merge patches of the other objects, and each writer patches a separate field.
 */
import { parseArgs } from 'node:util';
import { resource } from '../../src/server/index.ts';
import { memoryStore } from '../../src/stores/index.ts';
import { type InProcessServer, testServer } from '../../src/testing/index.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    writers: { type: 'string', default: '20' },
    objects: { type: 'string', default: '2000' },
    watchers: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
  },
});
const [SECONDS, WRITERS, OBJECTS, WATCHERS, SEED] = [
  values.seconds,
  values.writers,
  values.objects,
  values.watchers,
  values.seed,
].map(Number) as [number, number, number, number, number];
const PATH = '/apis/example.com/v1/namespaces/default/counters';

interface Counter {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: { readonly count?: number; readonly by?: Readonly<Record<string, number>> };
}

const sentJson = async (
  server: InProcessServer,
  method: string,
  path: string,
  body?: object,
  type = 'application/json',
) => {
  const response = await server.request(path, {
    method,
    headers: { 'Content-Type': type },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Counter };
};

function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The writes of one writer that the server acknowledged. */
interface Acknowledged {
  increments: number;
  conflicts: number;
  readonly own: Map<string, number>;
}

async function write(server: InProcessServer, writer: number, until: number): Promise<Acknowledged> {
  const random = randomOf(SEED * 1000 + writer);
  const done: Acknowledged = { increments: 0, conflicts: 0, own: new Map() };
  while (Date.now() < until) {
    if (random() < 0.5) {
      const { body } = await sentJson(server, 'GET', `${PATH}/shared`);
      const next = { ...body, spec: { count: (body.spec.count ?? 0) + 1 } };
      const { status } = await sentJson(server, 'PUT', `${PATH}/shared`, next);
      if (status === 200) done.increments += 1;
      else if (status === 409) done.conflicts += 1;
      else throw new Error(`PUT responded with ${status}`);
    } else {
      const name = `c${Math.floor(random() * OBJECTS)}`;
      const count = (done.own.get(name) ?? 0) + 1;
      const patch = { spec: { by: { [`w${writer}`]: count } } };
      const { status } = await sentJson(server, 'PATCH', `${PATH}/${name}`, patch, 'application/merge-patch+json');
      if (status !== 200) throw new Error(`PATCH responded with ${status}`);
      done.own.set(name, count);
    }
  }
  return done;
}

/** The objects of a watcher, and errors in its events. */
interface FollowerResult {
  readonly held: Map<string, string>;
  readonly wrong: string[];
  events: number;
  /** The number of times that the server ended the watch because it was slow, and the watcher resumed from its last version. */
  resumed: number;
  relisted: number;
}

/** Follows the resource as an informer does. */
async function follow(server: InProcessServer, signal: AbortSignal): Promise<FollowerResult> {
  const seen: FollowerResult = { held: new Map(), wrong: [], events: 0, resumed: 0, relisted: 0 };
  const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
  let last = 0n;
  while (!signal.aborted) {
    const start = last === 0n ? initial : `resourceVersion=${last}`;
    let isInitial = last === 0n;
    if (isInitial) seen.held.clear();
    try {
      for await (const { type, object } of server.watch<Counter>(`${PATH}?watch=1&allowWatchBookmarks=true&${start}`, {
        signal,
      })) {
        if (type === 'ERROR') {
          last = 0n;
          seen.relisted += 1;
          break;
        }
        const { name, resourceVersion } = object.metadata;
        const version = BigInt(resourceVersion);
        if (type === 'BOOKMARK') isInitial = false;
        else if (!isInitial && version <= last) seen.wrong.push(`${type} ${name} at ${version} after ${last}`);
        if (!isInitial) last = version;
        if (type === 'BOOKMARK') continue;
        seen.events += 1;
        seen.held.set(name, JSON.stringify(object));
      }
      seen.resumed += 1;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  return seen;
}

const server = testServer({
  resources: [resource<object>({ kind: 'Counter', plural: 'counters', namespaced: true }, memoryStore())],
});
for (const name of ['shared', ...Array.from({ length: OBJECTS }, (_, i) => `c${i}`)]) {
  await sentJson(server, 'POST', PATH, { apiVersion: 'example.com/v1', kind: 'Counter', metadata: { name }, spec: {} });
}
const over = new AbortController();
const followers = Array.from({ length: WATCHERS }, () => follow(server, over.signal));
const begin = Date.now();
const writers = await Promise.all(
  Array.from({ length: WRITERS }, (_, writer) => write(server, writer, begin + SECONDS * 1000)),
);
const list = await server.json<{ items: Counter[] }>(PATH);
const present = new Map(list.items.map((item) => [item.metadata.name, JSON.stringify(item)]));
// Events arrive soon after the last write. A watcher that has not received them by then is behind.
await new Promise((resolve) => setTimeout(resolve, 2000));
over.abort();
const followed = await Promise.all(followers);

const wrong: string[] = followed.flatMap((one) => one.wrong);
const increments = writers.reduce((sum, one) => sum + one.increments, 0);
const byName = new Map(list.items.map((item) => [item.metadata.name, item]));
const count = byName.get('shared')?.spec.count ?? 0;
if (count !== increments) wrong.push(`${increments} increments were acknowledged, the counter is ${count}`);
let patches = 0;
for (const [writer, { own }] of writers.entries()) {
  for (const [name, value] of own) {
    patches += value;
    const stored = byName.get(name)?.spec.by?.[`w${writer}`];
    if (stored !== value) wrong.push(`${name}: writer ${writer} wrote ${value}, but ${stored} is stored`);
  }
}
for (const [index, { held }] of followed.entries()) {
  const differing = [...present].filter(([name, object]) => held.get(name) !== object).length;
  if (differing > 0) wrong.push(`watcher ${index + 1}: ${differing} objects differ from the list`);
}
const conflicts = writers.reduce((sum, one) => sum + one.conflicts, 0);
console.log(
  `${increments} increments of one object (${conflicts} conflicts) and ${patches} patches of ${OBJECTS} others by ${WRITERS} writers in ${SECONDS} s; ` +
    `${followed.reduce((sum, one) => sum + one.events, 0)} events to ${WATCHERS} watchers, ` +
    `ended for being slow ${followed.reduce((sum, one) => sum + one.resumed, 0)} times, of which ${followed.reduce((sum, one) => sum + one.relisted, 0)} relisted`,
);
console.log(wrong.length === 0 ? 'ok' : `FAILED: ${wrong.slice(0, 5).join('; ')}`);
await server.close();
process.exitCode = wrong.length === 0 ? 0 : 1;
