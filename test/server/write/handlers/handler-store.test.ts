import { expect } from 'chai';
import { HandlerError } from '../../../../src/server/write/handlers/handler-error.ts';
import type { Handlers } from '../../../../src/server/define/handlers.ts';
import { refuse } from '../../../../src/server/define/refusals.ts';
import { ApiError } from '../../../../src/server/wire/status.ts';
import { MaterializedView } from '../../../../src/projections/materialized-view.ts';
import {
  KeyExistsError,
  KeyNotFoundError,
  RevisionConflictError,
  StoreUnavailableError,
} from '../../../../src/stores/errors.ts';
import { settled } from '../../../../src/testing/informers/index.ts';
import { taskOf, failureOf, mapHandlers, Rig, type Task, task } from './tasks.ts';

describe('HandlerStore', () => {
  let tasks: Map<string, ReturnType<typeof taskOf>>;
  let rig: Rig;

  const rigOf = (handlers: Handlers<Task>): Promise<Rig> => {
    rig = new Rig(handlers);
    return rig.started();
  };

  beforeEach(async () => {
    tasks = new Map([['a', taskOf('a', 'one')]]);
    await rigOf(mapHandlers(tasks));
  });

  afterEach(() => rig.end.abort());

  it('shows a written object as soon as it is stored', async () => {
    const { store, signal } = rig;
    expect(rig.heard()).to.deep.equal(['ADDED a one']);
    const created = await store.create(task('b', 'two'), signal);
    expect(rig.heard()).to.deep.equal(['ADDED b two']);
    const replaced = await store.replace(task('b', 'three'), created.revision, signal);
    expect(rig.heard()).to.deep.equal(['MODIFIED b three']);
    const deleted = await store.delete('b', replaced.revision, signal);
    expect(rig.heard()).to.deep.equal(['DELETED b three']);
    expect([...tasks.keys()]).to.deep.equal(['a']);
    expect(created.revision).to.be.below(replaced.revision);
    expect(replaced.revision).to.be.below(deleted.revision);
    expect(deleted.object).to.deep.equal(task('b', 'three'));
    expect(await store.read('b', signal)).to.equal(undefined);
  });

  it('serves views with scheme local and the uids of the objects', async () => {
    const identity = { group: 'example.com', version: 'v1', kind: 'Task', namespaced: false, keepsUid: true };
    const view = new MaterializedView(rig.store.objects, { ...identity, definition: '', clock: { now: () => 0 } });
    view.start();
    expect(view.scheme).to.equal('local');
    await rig.store.create(task('b', 'two'), rig.signal);
    expect(view.get('b')?.object).to.deep.include({ spec: { title: 'two' } });
    expect(view.get('b')?.object.metadata.uid).to.equal('uid-b');
    view.stop();
  });

  it('returns and shows the state that writers will see', async () => {
    tasks.set('a', taskOf('a', 'changed elsewhere'));
    const read = await rig.store.read('a', rig.signal);
    expect(rig.rows).to.deep.equal(['a changed elsewhere']);
    expect((await rig.store.read('a', rig.signal))?.revision).to.equal(read?.revision);
    expect(read?.object.metadata).to.not.have.property('resourceVersion');
    expect(rig.store.objects.get('a')?.metadata.resourceVersion).to.equal(String(read?.revision));
    tasks.delete('a');
    expect(await rig.store.read('a', rig.signal)).to.equal(undefined);
    expect(rig.rows).to.deep.equal([]);
  });

  it('refuses to change a missing object, to create an existing one, and to write at another revision', async () => {
    const { store, signal } = rig;
    const current = await store.read('a', signal);
    const revision = current?.revision ?? 0;
    expect(await failureOf(store.create(task('a', 'x'), signal))).to.be.instanceOf(KeyExistsError);
    expect(await failureOf(store.replace(task('b', 'x'), 1, signal))).to.be.instanceOf(KeyNotFoundError);
    expect(await failureOf(store.delete('b', 1, signal))).to.be.instanceOf(KeyNotFoundError);
    const conflicts = [store.replace(task('a', 'x'), revision + 7, signal), store.delete('a', revision + 7, signal)];
    for (const one of conflicts) {
      expect(await failureOf(one))
        .to.be.instanceOf(RevisionConflictError)
        .with.property('current', current);
    }
    expect(tasks.get('a')?.spec.title).to.equal('one');
  });

  it('can create an object that was deleted elsewhere', async () => {
    tasks.delete('a');
    await rig.store.create(task('a', 'again'), rig.signal);
    expect(rig.rows).to.deep.equal(['a again']);
  });

  it('loses no update of many concurrent writers', async () => {
    const { store, signal } = rig;
    let conflicts = 0;
    const write = async (): Promise<void> => {
      for (;;) {
        const current = await store.read('a', signal);
        const { title } = (current?.object['spec'] ?? { title: '' }) as Task['spec'];
        try {
          await store.replace(task('a', `${title}+`), current?.revision ?? 0, signal);
          return;
        } catch (error) {
          if (!(error instanceof RevisionConflictError)) throw error;
          conflicts += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, write));
    expect(rig.rows).to.deep.equal([`a one${'+'.repeat(20)}`]);
    expect(conflicts).to.be.above(0);
  });

  it('passes user, name and copies to the handlers', async () => {
    const seen: unknown[] = [];
    const handlers = mapHandlers(tasks);
    await rigOf({
      ...handlers,
      get: (context) => {
        seen.push(context);
        return handlers.get(context);
      },
      replace: (object, context) => {
        seen.push(context);
        (object.spec as { title: string }).title += '!';
        return handlers.replace(object, context);
      },
    });
    const user = { name: 'ann', uid: undefined, groups: [], extra: {} };
    const store = rig.store.as({ user, dryRun: false });
    const current = await store.read('a', rig.signal);
    const given = task('a', 'two');
    const { object } = await store.replace(given, current?.revision ?? 0, rig.signal);
    const context = { namespace: '', name: 'a', user, signal: rig.signal, dryRun: false };
    expect(seen).to.deep.equal([context, { ...context, old: task('a', 'one') }]);
    expect([object['spec'], given['spec']]).to.deep.equal([{ title: 'two!' }, { title: 'two' }]);
  });

  it('does not call handlers for dry runs', async () => {
    const { store, signal } = rig;
    const dry = store.as({ user: undefined, dryRun: true });
    const revision = (await store.read('a', signal))?.revision ?? 0;
    expect((await dry.create(task('b', 'x'), signal)).object).to.deep.equal(task('b', 'x'));
    expect((await dry.replace(task('a', 'x'), revision, signal)).object).to.deep.equal(task('a', 'x'));
    expect((await dry.delete('a', revision, signal)).object).to.deep.equal(task('a', 'one'));
    expect(await failureOf(dry.create(task('a', 'x'), signal))).to.be.instanceOf(KeyExistsError);
    expect([...tasks.keys()]).to.deep.equal(['a']);
    expect(rig.rows).to.deep.equal(['a one']);
  });

  it('calls handlers that handle dry runs, and keeps nothing of their result', async () => {
    const asked: unknown[] = [];
    await rigOf({
      ...mapHandlers(tasks),
      handlesDryRun: true,
      create: (object, { dryRun }) => {
        asked.push(dryRun);
        return { ...object, spec: { title: 'as it would be' } };
      },
    });
    expect(rig.store.handlesDryRun).to.equal(true);
    const dry = rig.store.as({ user: undefined, dryRun: true });
    expect((await dry.create(task('b', 'x'), rig.signal)).object['spec']).to.deep.equal({ title: 'as it would be' });
    expect(asked).to.deep.equal([true]);
    expect(rig.rows).to.deep.equal(['a one']);
  });

  for (const [what, thrown, code, message] of [
    [
      'conflict',
      refuse.conflict('it is locked'),
      409,
      'Operation cannot be fulfilled on tasks.example.com "a": it is locked',
    ],
    ['forbidden', refuse.forbidden('not yours'), 403, 'tasks.example.com "a" is forbidden: not yours'],
    ['tooManyRequests', refuse.tooManyRequests('slow down', 7), 429, 'slow down'],
    [
      'invalid',
      refuse.invalid([{ field: 'spec.title', message: 'must be longer' }]),
      422,
      'Task.example.com "a" is invalid: spec.title: Invalid value: "x": must be longer',
    ],
  ] as const) {
    it(`translates refuse.${what}() to ${code}`, async () => {
      const refusing = (): never => {
        throw thrown;
      };
      await rigOf({ ...mapHandlers(tasks), replace: refusing });
      const revision = (await rig.store.read('a', rig.signal))?.revision ?? 0;
      const failure = await failureOf(rig.store.replace(task('a', 'x'), revision, rig.signal));
      expect(failure).to.be.instanceOf(ApiError);
      expect(failure).to.include({ code, message });
    });
  }

  it('passes refusals that the writer handles on to it', async () => {
    const throwing = (error: Error) => (): never => {
      throw error;
    };
    await rigOf({
      ...mapHandlers(tasks),
      create: throwing(refuse.alreadyExists()),
      delete: throwing(refuse.notFound()),
      replace: throwing(refuse.conflict()),
    });
    const { store, signal } = rig;
    const revision = (await store.read('a', signal))?.revision ?? 0;
    expect(await failureOf(store.create(task('b', 'x'), signal))).to.be.instanceOf(KeyExistsError);
    expect(await failureOf(store.replace(task('a', 'x'), revision, signal)))
      .to.be.instanceOf(RevisionConflictError)
      .with.nested.property('current.object.spec.title', 'one');
    expect(await failureOf(store.delete('a', revision, signal))).to.be.instanceOf(KeyNotFoundError);
    expect(rig.rows).to.deep.equal([]);
  });

  for (const [what, handlers, message] of [
    ['throws', { get: () => Promise.reject(new Error('password is 1234')) }, 'tasks.example.com: get failed: password'],
    ['throws text', { get: () => Promise.reject('text') }, 'tasks.example.com: get failed: text'],
    [
      'returns undefined',
      { get: () => undefined },
      'tasks.example.com: the result of get is invalid: undefined is not an object',
    ],
    [
      'returns another name',
      { get: () => taskOf('b', 'x') },
      'the result of get is invalid: the object is b, but a was requested',
    ],
    [
      'returns no list',
      { get: undefined, list: () => 7 },
      'the result of list is invalid: it is not an Iterable of objects',
    ],
    [
      'lists an object twice',
      { get: undefined, list: () => [taskOf('a', 'x'), taskOf('a', 'y')] },
      'the result of list is invalid: it contains the object a twice',
    ],
  ] as const) {
    it(`names the handler that ${what}`, async () => {
      rig = new Rig({ ...mapHandlers(tasks), ...handlers } as unknown as Handlers<Task>);
      const failure = await failureOf(rig.store.read('a', rig.signal));
      expect(failure).to.be.instanceOf(HandlerError);
      expect(failure.message).to.contain(message);
    });
  }

  it('reports a create that returned nothing', async () => {
    await rigOf({ ...mapHandlers(tasks), create: () => undefined as never });
    const failure = await failureOf(rig.store.create(task('b', 'x'), rig.signal));
    expect(failure.message).to.equal('tasks.example.com: the result of create is invalid: undefined is not an object');
  });

  it('refuses a verb that has no handler', async () => {
    await rigOf({ list: () => tasks.values() });
    const { store, signal } = rig;
    const revision = (await store.read('a', signal))?.revision ?? 0;
    const writes = [store.create(task('b', 'x'), signal), store.delete('a', revision, signal)];
    for (const one of writes)
      expect(await failureOf(one))
        .to.be.instanceOf(ApiError)
        .with.property('code', 405);
  });

  it('does not wait for a read after its client has left', async () => {
    await rigOf({ get: () => new Promise<never>(() => undefined) });
    const client = new AbortController();
    const read = failureOf(rig.store.read('a', client.signal));
    await settled();
    client.abort();
    expect(await read).to.be.instanceOf(StoreUnavailableError);
    expect(rig.log.of('warn')).to.deep.equal(['tasks.example.com: the handler get did not return in time (a)']);
  });

  it('deletes several objects in one call, except those that have changed', async () => {
    const given: string[][] = [];
    for (const name of ['b', 'c']) tasks.set(name, taskOf(name, 'x'));
    const handlers = mapHandlers(tasks);
    await rigOf({
      ...handlers,
      deleteCollection: (objects) => {
        given.push(objects.map(({ metadata }) => metadata.name));
        for (const { metadata } of objects) tasks.delete(metadata.name);
      },
    });
    const { store, signal } = rig;
    const revisions = new Map<string, number>();
    for (const key of ['a', 'b', 'c']) revisions.set(key, (await store.read(key, signal))?.revision ?? 0);
    await store.replace(task('b', 'y'), revisions.get('b') ?? 0, signal);
    const gone = await store.deleteCollection(revisions, signal);
    expect(gone.map(({ object }) => object.metadata.name)).to.deep.equal(['a', 'c']);
    expect(given).to.deep.equal([['a', 'c']]);
    expect(rig.rows).to.deep.equal(['b y']);
  });

  describe('without list and watch', () => {
    it('is ready at once, and knows the objects that were read and written', async () => {
      const { get, create, delete: remove } = mapHandlers(tasks);
      rig = await new Rig({ get, create, delete: remove }).started();
      const { store, signal } = rig;
      expect(store.objects.hasSynced).to.equal(true);
      expect(rig.rows).to.deep.equal([]);
      await store.read('a', signal);
      await store.create(task('b', 'two'), signal);
      expect(rig.rows).to.deep.equal(['a one', 'b two']);
      expect(await failureOf(store.create(task('a', 'x'), signal))).to.be.instanceOf(KeyExistsError);
    });

    it('forgets the least recently used objects', async () => {
      rig = new Rig({ get: ({ name }) => taskOf(name, 'x') }, { maxKnown: 2 });
      for (const key of ['a', 'b', 'a', 'c']) await rig.store.read(key, rig.signal);
      expect(rig.rows).to.deep.equal(['a x', 'c x']);
    });

    it('keeps no objects that can only be created', async () => {
      rig = new Rig({ create: (object) => object });
      expect((await rig.store.create(task('a', 'x'), rig.signal)).object).to.deep.equal(task('a', 'x'));
      expect(rig.rows).to.deep.equal([]);
      await rig.store.create(task('a', 'x'), rig.signal);
    });
  });
});
