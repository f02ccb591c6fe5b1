/** No message to a client contains an address, the path of a file or a stack: a table of places, with errors that contain all of them. */
import { expect } from 'chai';
import { resource } from '../../src/server/define/resource.ts';
import {
  ObjectTooLargeError,
  StoredValueError,
  StoreFullError,
  StoreRefusedError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../../src/stores/errors.ts';
import { memoryStore } from '../../src/stores/memory/memory-store.ts';
import type { ObjectStore } from '../../src/stores/object-store.ts';
import { fakeInformer, pod } from '../../src/testing/informers/index.ts';
import { type InProcessServer, testServer } from '../../src/testing/projections/index.ts';
import { RecordedLog, podSummaries } from '../support/test-server.ts';
import { FakeUpstream } from './write/through/fake-upstream.ts';
import { ThroughRig } from './write/through/through-rig.ts';

const SECRET =
  "can't reach https://etcd-0.internal:2379 (10.0.0.7:2379), open '/etc/secret/token': connect ECONNREFUSED 10.0.0.7:2379\n    at read (/srv/app/store.js:3:7)";
const HIDDEN = /https?:|etcd-0|10\.0\.0\.7|2379|\/etc|\/srv|store\.js|\n {4}at /;

function expectClean(text: string): void {
  expect(text).not.to.match(HIDDEN);
}

const TASKS = '/apis/example.com/v1/tasks';
const PATCH = { 'content-type': 'application/merge-patch+json' };
const TASK = { apiVersion: 'example.com/v1', kind: 'Task', metadata: { name: 'known' }, spec: {} };

describe('messages to clients', () => {
  const errors: Readonly<Record<string, () => Error>> = {
    StoreUnavailableError: () => new StoreUnavailableError(SECRET),
    StoreRefusedError: () => new StoreRefusedError(SECRET),
    StoreFullError: () => new StoreFullError(SECRET),
    WriteOutcomeUnknownError: () => new WriteOutcomeUnknownError('known', new Error(SECRET)),
    ObjectTooLargeError: () => new ObjectTooLargeError('known', 9, 5, new Error(SECRET)),
    StoredValueError: () => new StoredValueError('known', SECRET),
    Error: () => new Error(SECRET),
  };
  for (const [name, error] of Object.entries(errors)) {
    it(`contain no internals of a store that throws ${name}; its log does`, async () => {
      const log = new RecordedLog();
      let isBroken = false;
      const store = memoryStore();
      const open = (options: Parameters<typeof store.open>[0]): ObjectStore => {
        const objects = store.open(options);
        const failing =
          <A extends readonly unknown[], V>(method: (...args: A) => Promise<V>) =>
          (...args: A): Promise<V> =>
            isBroken ? Promise.reject(error()) : method(...args);
        return {
          objects: objects.objects,
          read: failing((...args) => objects.read(...args)),
          create: failing((...args) => objects.create(...args)),
          replace: failing((...args) => objects.replace(...args)),
          delete: failing((...args) => objects.delete(...args)),
        };
      };
      const tasks = resource<{ spec: object }>({ kind: 'Task', plural: 'tasks', namespaced: false }, { open });
      await using server: InProcessServer = testServer({ resources: [tasks], log });
      const send = async (method: string, path: string, body?: object): Promise<number> => {
        const headers = method === 'PATCH' ? PATCH : { 'content-type': 'application/json' };
        const text = body === undefined ? undefined : JSON.stringify(body);
        const response = await server.request(path, { method, headers, body: text });
        const received = (await response.text()) + JSON.stringify([...response.headers]);
        expectClean(received);
        return response.status;
      };
      expect(await send('POST', TASKS, TASK)).to.equal(201);
      isBroken = true;
      for (const [method, path, body] of [
        ['POST', TASKS, { ...TASK, metadata: { name: 'new' } }],
        ['PUT', `${TASKS}/known`, TASK],
        ['PATCH', `${TASKS}/known`, { spec: { done: true } }],
        ['DELETE', `${TASKS}/known`, undefined],
        ['DELETE', TASKS, undefined],
      ] as const) {
        log.entries.length = 0;
        expect(await send(method, path, body), `${method} ${path}`).to.be.within(400, 504);
        if (name === 'ObjectTooLargeError') continue;
        const [entry] = log.entries.filter(({ level }) => level === 'warn' || level === 'error');
        expect(String((entry?.detail as Error | undefined)?.message), `${method} ${path}`).to.contain('etcd-0');
      }
    });
  }

  it('contain no internals of a source that cannot be read', async () => {
    const pods = fakeInformer(pod('shop/web'));
    pods.gone();
    const [status] = pods.sources();
    pods.sources = () => [{ ...status, ready: false, hasSynced: false, message: `pods: ${SECRET}` } as never];
    await using server = testServer({ resources: [podSummaries(pods)], log: new RecordedLog() });
    const rows = '/apis/example.com/v1/podsummaries';
    for (const path of [
      rows,
      `${rows}?watch=1`,
      `${rows}?limit=1`,
      '/apis/example.com/v1/namespaces/shop/podsummaries/web',
      '/readyz',
      '/readyz?verbose',
      '/readyz/informer-sync',
      '/readyz/cache-podsummaries',
      '/healthz?verbose',
    ]) {
      const text = await (await server.request(path)).text();
      expectClean(text);
      const isForUsers = path.startsWith('/apis') || path === '/readyz/informer-sync';
      if (isForUsers) expect(text, path).to.contain("can't reach [address]");
    }
  });

  for (const type of ['unreachable', 'unknown'] as const) {
    it(`contain no internals of a cluster whose response to a write is ${type}`, async () => {
      const pods = fakeInformer(pod('shop/web'));
      const upstream = new FakeUpstream(pods);
      const log = new RecordedLog();
      const rows = podSummaries(pods, {
        write: { patch: () => ({ patch: { metadata: { labels: { a: 'b' } } } }), delete: () => ({ delete: true }) },
      });
      const rig = await ThroughRig.of({ resources: [rows], informers: upstream.informers, log });
      for (const method of ['PATCH', 'DELETE']) {
        log.entries.length = 0;
        upstream.next.push(() => ({ type, cause: new Error(SECRET) }));
        const path = '/apis/example.com/v1/namespaces/shop/podsummaries/web';
        const { status, body } = await rig.send(
          method,
          path,
          method === 'PATCH' ? { metadata: { labels: { a: 'b' } } } : undefined,
        );
        expect(status).to.equal(type === 'unreachable' ? 503 : 504);
        expectClean(JSON.stringify(body));
        const [entry] = log.entries.filter(({ level }) => level === 'warn');
        expect((entry?.detail as Error | undefined)?.message).to.equal(SECRET);
      }
      await rig.close();
    });
  }
});
