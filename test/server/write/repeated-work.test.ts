/** Writes do their work once: the tests count the calls of handlers and the reads of a store for one request over HTTP. */
import { expect } from 'chai';
import { viewsOf } from '../../../src/server/api-server.ts';
import type { Handlers } from '../../../src/server/define/handlers.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { memoryStore, type Store } from '../../../src/stores/index.ts';
import { type InProcessServer, testServer } from '../../../src/testing/projections/index.ts';

interface Task {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly title: string };
}

const TASKS = '/apis/example.com/v1/tasks';
const NAMES = Array.from({ length: 20 }, (_, index) => `task-${index}`);
const DEFINITION = { kind: 'Task', plural: 'tasks', namespaced: false } as const;

const taskOf = (name: string, metadata: object = {}): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Task',
  metadata: { name, ...metadata },
  spec: { title: 'one' },
});

describe('a write', () => {
  let server: InProcessServer;
  let calls: string[] = [];

  afterEach(() => server.close());

  const send = async (method: string, path: string, body?: unknown): Promise<any> => {
    const headers = { 'content-type': 'application/json' };
    const response = await server.request(path, {
      method,
      headers,
      body: body === undefined ? '' : JSON.stringify(body),
    });
    return { code: response.status, ...((await response.json()) as object) };
  };

  const started = async (content: Handlers<Task>): Promise<void> => {
    server = testServer({ resources: [resource<Task>(DEFINITION, content)] });
    while ((await server.request(TASKS)).status !== 200) await new Promise(setImmediate);
    for (const name of NAMES) expect(await send('POST', TASKS, taskOf(name))).to.include({ code: 201 });
    calls = [];
  };

  const handlersOf = (tasks: Map<string, Task>): Handlers<Task> => ({
    list: () => {
      calls.push('list');
      return tasks.values();
    },
    create: (task) => {
      tasks.set(task.metadata.name, task);
      return task;
    },
    replace: (task, { name }) => {
      calls.push('replace');
      tasks.set(name, task);
      return task;
    },
    delete: ({ name }) => {
      calls.push('delete');
      tasks.delete(name);
    },
  });

  it('of a collection lists once for all objects, and deletes them in one call', async () => {
    const tasks = new Map<string, Task>();
    await started({
      ...handlersOf(tasks),
      deleteCollection: (olds) => {
        calls.push(`deleteCollection of ${olds.length}`);
        for (const { metadata } of olds) tasks.delete(metadata.name);
      },
    });
    const deleted = await send('DELETE', TASKS);
    expect(deleted.items).to.have.length(NAMES.length);
    expect(calls).to.deep.equal(['list', `deleteCollection of ${NAMES.length}`]);
    expect([tasks.size, (await send('GET', TASKS)).items.length]).to.deep.equal([0, 0]);
  });

  it('of a collection, where some objects have finalizers, lists once and marks these', async () => {
    const tasks = new Map<string, Task>();
    await started({
      ...handlersOf(tasks),
      deleteCollection: (olds) => {
        calls.push(`deleteCollection of ${olds.length}`);
        for (const { metadata } of olds) tasks.delete(metadata.name);
      },
    });
    const { metadata } = (await send('GET', TASKS)).items[0];
    expect(
      await send(
        'PUT',
        `${TASKS}/${metadata.name}`,
        taskOf(metadata.name, { ...metadata, finalizers: ['example.com/wait'] }),
      ),
    ).to.include({ code: 200 });
    calls = [];
    await send('DELETE', TASKS);
    expect(calls).to.deep.equal(['list', `deleteCollection of ${NAMES.length - 1}`, 'replace']);
    expect([...tasks.keys()]).to.deep.equal([metadata.name]);
  });

  it('of one object by list and replace lists once', async () => {
    await started(handlersOf(new Map()));
    const { metadata } = (await send('GET', TASKS)).items[0];
    calls = [];
    expect(await send('PUT', `${TASKS}/${metadata.name}`, taskOf(metadata.name, metadata))).to.include({ code: 200 });
    expect(calls).to.deep.equal(['list']);
    const changed = { ...taskOf(metadata.name, metadata), spec: { title: 'two' } };
    expect(await send('PUT', `${TASKS}/${metadata.name}`, changed)).to.include({ code: 200 });
    expect(calls).to.deep.equal(['list', 'list', 'replace']);
  });

  for (const [what, version] of [
    ['with a version', true],
    ['without a version', false],
  ] as const) {
    it(`to a store, a replace ${what}, reads the object once`, async () => {
      const reads: string[] = [];
      const memory = memoryStore();
      const store: Store = {
        open: (stored) => {
          const objects = memory.open(stored);
          return {
            objects: objects.objects,
            create: (...args) => objects.create(...args),
            replace: (...args) => objects.replace(...args),
            delete: (...args) => objects.delete(...args),
            read: (key, signal) => {
              reads.push(key);
              return objects.read(key, signal);
            },
          };
        },
      };
      const definition = { ...DEFINITION, unconditionalUpdate: true };
      server = testServer({ resources: [resource<Task>(definition, store)] });
      const { metadata } = await send('POST', TASKS, taskOf('a'));
      reads.length = 0;
      const { resourceVersion: _version, ...unversioned } = metadata;
      const next = { ...taskOf('a', version ? metadata : unversioned), spec: { title: 'two' } };
      expect(await send('PUT', `${TASKS}/a`, next)).to.deep.include({ code: 200, spec: { title: 'two' } });
      expect(reads).to.deep.equal(['a']);
    });
  }

  it('is encoded once, by the view, and the response carries these bytes', async () => {
    server = testServer({ resources: [resource<Task>(DEFINITION, memoryStore())] });
    await send('POST', TASKS, taskOf('a'));
    const encoder = viewsOf(server.server)[0]?.view.encoder;
    if (encoder === undefined) throw new Error('no view');
    const encode = encoder.encode.bind(encoder);
    let encodings = 0;
    encoder.encode = (...args) => {
      encodings += 1;
      return encode(...args);
    };
    const patch = { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } };
    const response = await server.request(`${TASKS}/a`, { ...patch, body: JSON.stringify({ spec: { title: 'two' } }) });
    const written = await response.text();
    expect(encodings).to.equal(1);
    expect(written).to.equal(await (await server.request(`${TASKS}/a`)).text());
    const dryRun = { ...patch, body: JSON.stringify({ spec: { title: 'three' } }) };
    const tried = await (await server.request(`${TASKS}/a?dryRun=All`, dryRun)).json();
    expect(tried).to.deep.include({ spec: { title: 'three' } });
  });
});
