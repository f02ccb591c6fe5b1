/**
 * A handlers' resource with two writers: a client of the server, and a program that writes to the backend directly. The watch of the handlers
 * overtakes their results. The tests use HTTP, as clients do.
 */
import { expect } from 'chai';
import { Subject } from 'rxjs';
import type { HandlerEvent, Handlers } from '../../../../src/server/define/handlers.ts';
import { refuse } from '../../../../src/server/define/refusals.ts';
import { resource } from '../../../../src/server/define/resource.ts';
import { type InProcessServer, testServer } from '../../../../src/testing/projections/index.ts';

interface Task {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly title: string };
}

const TASKS = '/apis/example.com/v1/tasks';
const titled = (task: Task, title: string): Task => ({ ...task, spec: { title } });

/** The objects of the handlers, with a watch that a test can run ahead of the responses. */
class Backend {
  readonly tasks = new Map<string, Task>();
  readonly events = new Subject<HandlerEvent<Task>>();
  /** Runs between the moment when a handler has stored an object and its response. */
  afterStore: (stored: Task) => void = () => undefined;

  store(task: Task): Task {
    const type = this.tasks.has(task.metadata.name) ? 'MODIFIED' : 'ADDED';
    this.tasks.set(task.metadata.name, task);
    this.events.next({ type, object: task });
    return task;
  }

  /** Stores without an event: a watch that only delivers the newest state skips this one. */
  storeUnseen(task: Task): Task {
    this.tasks.set(task.metadata.name, task);
    return task;
  }

  read(name: string): Task {
    const task = this.tasks.get(name);
    if (task === undefined) throw refuse.notFound();
    return task;
  }

  remove(name: string): void {
    const task = this.tasks.get(name);
    this.tasks.delete(name);
    if (task !== undefined) this.events.next({ type: 'DELETED', object: task });
  }

  handlers(write: (task: Task) => Task): Handlers<Task> {
    const stored = (task: Task): Task => {
      const result = write(task);
      this.afterStore(result);
      return result;
    };
    return {
      create: stored,
      replace: stored,
      delete: ({ name }) => {
        const task = this.tasks.get(name);
        this.remove(name);
        if (task !== undefined) this.afterStore(task);
      },
      watch: () => ({
        subscribe: (observer) => {
          const subscription = this.events.subscribe(observer);
          for (const object of this.tasks.values()) observer.next({ type: 'ADDED', object });
          observer.next({ type: 'SYNCED' });
          return subscription;
        },
      }),
    };
  }
}

for (const [watch, write] of [
  ['that delivers every state', 'store'],
  ['that skips states', 'storeUnseen'],
] as const) {
  for (const reads of write === 'store' ? ([[], ['get'], ['list']] as const) : ([['get'], ['list']] as const)) {
    describe(`a write on handlers with a watch ${watch}${reads.length === 0 ? '' : `, and ${reads.join()}`}`, () => {
      let backend: Backend;
      let server: InProcessServer;

      beforeEach(async () => {
        backend = new Backend();
        const read: Handlers<Task> = {
          ...(reads.includes('get' as never) ? { get: ({ name }) => backend.read(name) } : {}),
          ...(reads.includes('list' as never) ? { list: () => backend.tasks.values() } : {}),
        };
        const handlers = { ...backend.handlers((task) => backend[write](task)), ...read };
        const tasks = resource<Task>({ kind: 'Task', plural: 'tasks', namespaced: false }, handlers);
        server = testServer({ resources: [tasks] });
        while ((await server.request(TASKS)).status !== 200) await new Promise(setImmediate);
      });

      afterEach(() => server.close());

      const send = async (method: string, path: string, body?: unknown): Promise<any> => {
        const headers = { 'content-type': 'application/json' };
        const response = await server.request(path, { method, headers, body: JSON.stringify(body) });
        return { code: response.status, ...((await response.json()) as object) };
      };

      /** The objects that the view shows; a list does not ask the handlers. */
      const shown = async (): Promise<any[]> => (await send('GET', TASKS)).items;

      const task = (title: string, metadata: object = {}): object => ({
        apiVersion: 'example.com/v1',
        kind: 'Task',
        metadata: { name: 'a', ...metadata },
        spec: { title },
      });

      /** Another writer stores its own title as soon as the handler has stored that of the client. */
      const overtake = (title: string): void => {
        backend.afterStore = (stored) => {
          backend.afterStore = () => undefined;
          backend.store(titled(stored, title));
        };
      };

      const expectOneState = async (response: any): Promise<void> => {
        const [current] = await shown();
        expect(current.spec.title, 'the newest state').to.equal('theirs');
        const isNewest = response.metadata.resourceVersion === current.metadata.resourceVersion;
        expect(response.spec.title, 'title and version are of the same state').to.equal(isNewest ? 'theirs' : 'mine');
        const next = task('overwrites', { ...response.metadata });
        const replaced = await send('PUT', `${TASKS}/a`, next);
        if (isNewest) expect(replaced).to.include({ code: 200 });
        else expect(replaced).to.include({ code: 409, reason: 'Conflict' });
      };

      it('responds to a create with one state and its own version when another writer follows at once', async () => {
        overtake('theirs');
        const response = await send('POST', TASKS, task('mine'));
        expect(response.code).to.equal(201);
        await expectOneState(response);
      });

      it('responds to a replace with one state and its own version when another writer follows at once', async () => {
        const { metadata } = await send('POST', TASKS, task('first'));
        overtake('theirs');
        const response = await send('PUT', `${TASKS}/a`, task('mine', metadata));
        expect(response.code).to.equal(200);
        await expectOneState(response);
      });

      it('responds to a write that was deleted at once with a version that no later object has', async () => {
        const { metadata } = await send('POST', TASKS, task('first'));
        backend.afterStore = () => backend.remove('a');
        const response = await send('PUT', `${TASKS}/a`, task('mine', metadata));
        expect(response).to.deep.include({ code: 200, spec: { title: 'mine' } });
        expect(await shown()).to.deep.equal([]);
        backend.afterStore = () => undefined;
        const again = await send('POST', TASKS, task('again'));
        expect(again.metadata.resourceVersion).to.not.equal(response.metadata.resourceVersion);
        const { resourceVersion } = response.metadata;
        expect((await send('PUT', `${TASKS}/a`, task('stale', { resourceVersion }))).code).to.equal(409);
      });

      it('keeps an object that another writer created anew during a delete', async () => {
        const { metadata } = await send('POST', TASKS, task('first'));
        const uid = `${metadata.uid.slice(0, -1)}${metadata.uid.endsWith('0') ? '1' : '0'}`;
        overtakeDelete(uid);
        expect((await send('DELETE', `${TASKS}/a`)).code).to.equal(200);
        expect((await shown()).map(({ spec }) => spec)).to.deep.equal([{ title: 'theirs' }]);
      });

      const overtakeDelete = (uid: string): void => {
        backend.afterStore = (last) => {
          backend.afterStore = () => undefined;
          backend.store({ ...titled(last, 'theirs'), metadata: { ...last.metadata, uid } as Task['metadata'] });
        };
      };
    });
  }
}
