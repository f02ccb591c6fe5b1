/** Clients of a server with an SQLite store: restarts, restored backups, and files that are in use. */
import { expect } from 'chai';
import { type Resource, resource } from '../../../src/server/define/resource.ts';
import { restoreSqliteFile } from '../../../src/stores/sqlite/restore-file.ts';
import type { SqliteStore } from '../../../src/stores/sqlite/sqlite-store.ts';
import {
  type InProcessServer,
  type TestObject,
  type TestRequest,
  testServer,
} from '../../../src/testing/projections/index.ts';
import { NEVER } from '../tasks.ts';
import { SqliteFiles } from './sqlite-files.ts';

interface TaskV1 {
  readonly spec: { readonly title: string };
}
interface TaskV2 {
  readonly spec: { readonly name: { readonly short: string } };
}

const TASKS = '/apis/example.com/v1/namespaces/default/tasks';
const TASKS_V2 = TASKS.replace('v1', 'v2');

const v1 = (store: SqliteStore): Resource =>
  resource<TaskV1>({ kind: 'Task', plural: 'tasks', namespaced: true }, store);
const v2 = (store: SqliteStore): Resource =>
  resource<TaskV2>(
    {
      kind: 'Task',
      plural: 'tasks',
      namespaced: true,
      conversion: {
        storedVersion: 'v1',
        fromStored: ({ spec }) => ({ spec: { name: { short: (spec as TaskV1['spec'])?.title } } }),
        toStored: ({ spec }) => ({ spec: { title: spec.name.short } }),
      },
    },
    store,
  );

/** A server with a store. */
class Served {
  readonly store: SqliteStore;
  readonly server: InProcessServer;

  constructor(files: SqliteFiles, path: string) {
    this.store = files.open({ path, backoff: { initial: 1, maximum: 1 } });
    const apis = [
      { group: 'example.com', version: 'v1', resources: [v1(this.store)] },
      { group: 'example.com', version: 'v2', resources: [v2(this.store)] },
    ];
    this.server = testServer({ apis });
  }

  async ready(): Promise<this> {
    while ((await this.server.request(TASKS)).status !== 200) await new Promise((next) => setImmediate(next));
    return this;
  }

  async write(
    method: string,
    name: string,
    title: string,
    version?: string,
  ): Promise<{ status: number; object: TestObject }> {
    const metadata = { name, ...(version === undefined ? {} : { resourceVersion: version }) };
    const request: TestRequest = {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(method === 'DELETE'
        ? {}
        : { body: JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Task', metadata, spec: { title } }) }),
    };
    const response = await this.server.request(method === 'POST' ? TASKS : `${TASKS}/${name}`, request);
    return { status: response.status, object: (await response.json()) as TestObject };
  }

  async version(path = TASKS): Promise<string> {
    const { metadata } = await this.server.json<{ metadata: { resourceVersion: string } }>(path);
    return metadata.resourceVersion;
  }

  /** Returns the first events of a watch. */
  async events(path: string, version: string, count: number): Promise<string[]> {
    const events: string[] = [];
    for await (const { type, object } of this.server.watch(`${path}?watch=1&resourceVersion=${version}`)) {
      const { message } = object as { message?: string };
      events.push(`${type} ${message ?? object.metadata.name}`);
      if (events.length === count) break;
    }
    return events;
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.store.close();
  }
}

describe('a server with sqliteStore()', () => {
  const files = new SqliteFiles();
  const served: Served[] = [];
  afterEach(() => Promise.all(served.splice(0).map((one) => one.stop())));
  after(() => files.remove());

  async function start(path: string): Promise<Served> {
    const one = new Served(files, path);
    served.push(one);
    return one.ready();
  }

  it('resumes watches of all versions after a restart, and continues the uids and versions of objects', async () => {
    const path = files.path();
    const first = await start(path);
    const before = await first.version();
    const beforeV2 = await first.version(TASKS_V2);
    const a = (await first.write('POST', 'a', 'one')).object;
    const changed = (await first.write('PUT', 'a', 'two', a.metadata.resourceVersion)).object;
    await first.write('POST', 'b', 'one');
    await first.write('DELETE', 'b', '');
    await first.stop();
    const second = await start(path);
    const events = ['ADDED a', 'MODIFIED a', 'ADDED b', 'DELETED b'];
    expect(await second.events(TASKS, before, 4)).to.deep.equal(events);
    expect(await second.events(TASKS_V2, beforeV2, 4)).to.deep.equal(events);
    const read = await second.server.json<TestObject>(`${TASKS}/a`);
    expect(read.metadata).to.deep.equal(changed.metadata);
    expect((await second.write('PUT', 'a', 'three', changed.metadata.resourceVersion)).status).to.equal(200);
  });

  it('ends the positions of a lost history after a restore: 410 for watches, 409 for updates', async () => {
    const path = files.path();
    const backup = files.path('backup.db');
    const first = await start(path);
    const kept = (await first.write('POST', 'a', 'one')).object;
    await first.store.backup(backup);
    const lost = (await first.write('PUT', 'a', 'lost', kept.metadata.resourceVersion)).object;
    await first.write('POST', 'b', 'lost too');
    const position = await first.version();
    await first.stop();
    restoreSqliteFile(path, backup);
    const second = await start(path);
    for (const version of [position, kept.metadata.resourceVersion]) {
      const watched = await second.server.request(`${TASKS}?watch=1&resourceVersion=${version}`);
      expect(await watched.text()).to.contain('"code":410');
    }
    expect((await second.write('PUT', 'a', 'two', lost.metadata.resourceVersion)).status).to.equal(409);
    const listed = await second.server.json<{ items: TestObject[] }>(TASKS);
    expect(listed.items.map(({ metadata }) => metadata)).to.deep.equal([kept.metadata]);
    expect((await second.write('PUT', 'a', 'two', kept.metadata.resourceVersion)).status).to.equal(200);
  });

  it('ends positions of a lost history also without the command, if they are ahead of the file', async () => {
    const path = files.path();
    const backup = files.path('backup.db');
    const first = await start(path);
    await first.write('POST', 'a', 'one');
    await first.store.backup(backup);
    await first.write('POST', 'b', 'lost');
    const reached = await first.version();
    await first.write('POST', 'c', 'lost');
    const ahead = await first.version();
    await first.stop();
    const second = await start(backup);
    expect((await second.events(TASKS, ahead, 1)).join()).to.match(/^ERROR /);
    // The new history has other rows at the same revision.
    await second.write('POST', 'd', 'new');
    const watched = await second.server.request(`${TASKS}?watch=1&resourceVersion=${reached}`);
    expect(await watched.text()).to.contain('"code":410');
  });

  it('responds with 429 and the reason while another process uses the file, and is ready soon after', async () => {
    const path = files.path();
    const other = files.open({ path });
    await other.ready(NEVER);
    const one = new Served(files, path);
    served.push(one);
    let text = '';
    while (!text.includes('in use')) {
      const response = await one.server.request(TASKS);
      expect(response.status).to.equal(429);
      text = await response.text();
      // Requests without a socket do not let the messages of the thread in.
      await new Promise((next) => setImmediate(next));
    }
    // Clients do not see paths of the server.
    expect(text).to.contain('tasks.example.com: [file] is in use by another process');
    await other.close();
    await one.ready();
    expect((await one.write('POST', 'a', '')).status).to.equal(201);
  });
});
