/** Lists after writes of custom resources, with a store whose watch is late. */
import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import type { ObjectStore, Store, StoredObject } from '../../../src/stores/object-store.ts';
import { FakeInformer } from '../../../src/testing/informers/index.ts';
import { requestOnce } from '../../support/https-client.ts';
import { TestServer, until } from '../../support/test-server.ts';
import { task, TASK, TASKS } from './custom-rig.ts';

/** A memory store. Its collection delivers changes only when the test releases them, as the watch of etcd is later than its writes. */
class LateStore implements Store {
  readonly #held: (() => void)[] = [];

  open(): ObjectStore {
    const store = memoryStore().open({ group: 'example.com', resource: 'customtasks' });
    const objects = new FakeInformer<StoredObject>({ name: 'customtasks' });
    store.objects.deltas$.subscribe(({ changes }) => {
      for (const { type, object } of changes) {
        this.#held.push(() => {
          if (type === 'ADDED') objects.add(object);
          else if (type === 'MODIFIED') objects.modify(object);
          else objects.delete(object);
        });
      }
    });
    return {
      objects,
      read: (key, signal) => store.read(key, signal),
      create: (object, signal) => store.create(object, signal),
      replace: (object, expected, signal) => store.replace(object, expected, signal),
      delete: (key, expected, signal) => store.delete(key, expected, signal),
    };
  }

  /** The number of stored changes that clients cannot see yet. */
  get held(): number {
    return this.#held.length;
  }

  release(): void {
    for (const deliver of this.#held.splice(0)) deliver();
  }
}

interface Body {
  readonly items: readonly { readonly spec: { readonly title: string } }[];
  readonly metadata: { readonly resourceVersion: string };
}

describe('a write of a custom resource', () => {
  let store: LateStore;
  let test: TestServer;

  beforeEach(async () => {
    store = new LateStore();
    test = await TestServer.listening({ resources: [resource(TASK, store)] });
  });
  afterEach(() => test.close());

  const send = async (method: string, path: string, body: unknown): Promise<Body> => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers: Record<string, string> = text === undefined ? {} : { 'Content-Type': type };
    const response = await requestOnce(path, { ...test.client, method, headers, body: text });
    expect(response.status, response.text).to.be.below(300);
    return JSON.parse(response.text) as Body;
  };
  const titles = async (query = ''): Promise<string[]> =>
    ((await test.json(`${TASKS}${query}`)) as Body).items.map(({ spec }) => spec.title);

  const writes: readonly (readonly [method: string, path: string, body: unknown, after: readonly string[]])[] = [
    ['POST', TASKS, task('other', { title: 'new' }), ['old', 'new']],
    ['PUT', `${TASKS}/one`, task('one', { title: 'new' }), ['new']],
    ['PATCH', `${TASKS}/one`, { spec: { title: 'new' } }, ['new']],
    ['DELETE', `${TASKS}/one`, undefined, []],
    ['DELETE', TASKS, undefined, []],
  ];
  for (const [method, path, body, after] of writes) {
    it(`1.1.6 is in every list after its response, although the watch of the store is late: ${method} ${path}`, async () => {
      const created = send('POST', TASKS, task('one', { title: 'old' }));
      await until(() => store.held === 1);
      store.release();
      const { resourceVersion } = (await created).metadata;

      let hasResponse = false;
      const written = method === 'PUT' ? { ...(body as object), metadata: { name: 'one', resourceVersion } } : body;
      const response = send(method, path, written).finally(() => (hasResponse = true));
      await until(() => store.held === 1);
      for (let reads = 0; reads < 3; reads += 1) {
        expect(await titles()).to.deep.equal(['old']);
        expect(hasResponse, 'the writer has a response before the list contains its write').to.equal(false);
      }
      store.release();
      await response;
      for (const query of ['', '?resourceVersion=0', '?limit=10']) expect(await titles(query)).to.deep.equal(after);
    });
  }
});
