/** Results of handlers that are out of date when they arrive. */
import { expect } from 'chai';
import { settled } from '../../../../src/testing/informers/index.ts';
import { taskOf, failureOf, gate, mapHandlers, Rig, task } from './tasks.ts';
import { keepRunning } from '../../../../src/informers/collection/collection.ts';

type Tasks = Map<string, ReturnType<typeof taskOf>>;

describe('HandlerStore, when results overtake each other', () => {
  let tasks: Tasks;
  let rig: Rig;

  beforeEach(() => {
    tasks = new Map([['a', taskOf('a', 'one')]]);
  });

  afterEach(() => rig.end.abort());

  it('keeps a write when an earlier read returns late', async () => {
    const slow = gate();
    let isSlow = false;
    const handlers = mapHandlers(tasks);
    rig = await new Rig({
      ...handlers,
      get: async (context) => {
        const found = await handlers.get(context);
        if (isSlow) await slow.promise;
        return found;
      },
    }).started();
    const { store, signal } = rig;
    const before = await store.read('a', signal);
    isSlow = true;
    const read = store.read('a', signal);
    await settled();
    isSlow = false;
    const written = await store.replace(task('a', 'two'), before?.revision ?? 0, signal);
    slow.resolve();
    expect(await read).to.deep.equal(written);
    expect(rig.rows).to.deep.equal(['a two']);
    expect(rig.heard()).to.deep.equal(['ADDED a one', 'MODIFIED a two']);
  });

  it('keeps a write when an earlier list returns late, and trusts the next list', async () => {
    let slow = gate();
    let isSlow = false;
    const handlers = mapHandlers(tasks);
    rig = await new Rig({
      ...handlers,
      list: async () => {
        const found = [...tasks.values()];
        if (isSlow) await slow.promise;
        return found;
      },
    }).started();
    const { store, signal } = rig;
    isSlow = true;
    rig.clock.advance(10_000);
    await store.create(task('b', 'new'), signal);
    const current = await store.read('a', signal);
    await store.delete('a', current?.revision ?? 0, signal);
    tasks.set('c', taskOf('c', 'elsewhere'));
    slow.resolve();
    await settled();
    expect(rig.rows).to.deep.equal(['b new']);
    slow = gate();
    slow.resolve();
    await rig.clock.run(10_000);
    expect(rig.rows).to.deep.equal(['b new', 'c elsewhere']);
    expect(rig.heard()).to.deep.equal(['ADDED a one', 'ADDED b new', 'DELETED a one', 'ADDED c elsewhere']);
  });

  it('ignores the state of a list for an object that is being written', async () => {
    const stored = gate();
    const handlers = mapHandlers(tasks);
    rig = await new Rig({
      ...handlers,
      replace: async (object, context) => {
        await handlers.replace({ ...object, spec: { title: 'half' } }, context);
        await stored.promise;
        return handlers.replace(object, context);
      },
    }).started();
    const current = await rig.store.read('a', rig.signal);
    const write = rig.store.replace(task('a', 'whole'), current?.revision ?? 0, rig.signal);
    await rig.clock.run(10_000);
    expect(rig.rows).to.deep.equal(['a one']);
    stored.resolve();
    await write;
    expect(rig.heard()).to.deep.equal(['ADDED a one', 'MODIFIED a whole']);
  });

  it('serves objects that were written before the first list', async () => {
    const listed = gate<ReturnType<typeof taskOf>[]>();
    rig = await new Rig({ ...mapHandlers(tasks), list: () => listed.promise }).started();
    await rig.store.create(task('b', 'two'), rig.signal);
    expect(rig.store.objects.hasSynced).to.equal(false);
    expect(rig.heard()).to.deep.equal([]);
    listed.resolve([taskOf('a', 'one')]);
    await settled();
    expect(rig.heard()).to.deep.equal(['ADDED b two', 'ADDED a one']);
  });

  it('never uses a revision twice, also after a time without subscribers', async () => {
    rig = await new Rig(mapHandlers(tasks)).started();
    const before = await rig.store.read('a', rig.signal);
    rig.end.abort();
    const again = new AbortController();
    keepRunning(rig.store.objects, again.signal);
    await settled();
    const after = await rig.store.read('a', again.signal);
    expect(after?.revision).to.be.above(before?.revision ?? 0);
    const failure = await failureOf(rig.store.replace(task('a', 'x'), before?.revision ?? 0, again.signal));
    expect(failure.name).to.equal('RevisionConflictError');
    again.abort();
  });
});
