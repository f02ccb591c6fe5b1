import { expect } from 'chai';
import { StoreFullError } from '../../../src/stores/errors.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { settled, track } from '../../../src/testing/informers/index.ts';
import { objectStoreSuite } from '../object-store.suite.ts';
import { failureOf, NEVER, task, TASKS } from '../tasks.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

objectStoreSuite({ name: 'memoryStore()', open: () => memoryStore(), histories: 200 });

describe('memoryStore()', () => {
  it('is readable without subscribers and has synced when it is opened', async () => {
    const { objects, create } = openTasks();
    expect([objects.hasSynced, nodeOf(objects).size]).to.deep.equal([true, 0]);
    await create('a');
    expect(objects.get('a')?.metadata.name).to.equal('a');
  });

  it('notifies its subscribers before a write returns its promise', () => {
    const { objects, create } = openTasks();
    using events = track(objects);
    void create('a');
    events.expect('ADDED a');
  });

  it('has not reached a revision that it never had, so that watches from there expire', async () => {
    const { objects, create } = openTasks();
    await create('a');
    const view = new MaterializedView(objects, {
      group: 'example.com',
      version: 'v1',
      kind: 'Task',
      namespaced: true,
      keepsUid: true,
      definition: 'tasks',
    });
    view.start();
    expect(await view.existsUpstream(view.position)).to.equal(true);
    // For example a position of scheme `local`, which the resource had before.
    const lost = view.watchFrom(view.position + (5n << 20n));
    await settled();
    expect(lost.ended).to.equal('expired');
    view.stop();
  });

  it('starts above the revisions of the previous process', async () => {
    let now = Date.parse('2026-11-22T00:00:00Z');
    const last = { revision: 0 };
    for (let start = 0; start < 3; start += 1) {
      const store = memoryStore({ clock: { now: () => now } }).open(TASKS);
      // The counter allows four writes per millisecond.
      for (let n = 0; n < 4; n += 1) {
        const { revision } = await store.create(task(`t${n}`, ''), NEVER);
        expect(revision).to.be.above(last.revision);
        last.revision = revision;
      }
      now += 1;
    }
  });

  it('rejects writes beyond maxBytes, and accepts them after a deletion', async () => {
    const one = Buffer.byteLength(JSON.stringify(task('t0', 'x')));
    const store = memoryStore({ maxBytes: 3 * one }).open(TASKS);
    const first = await store.create(task('t0', 'x'), NEVER);
    await store.create(task('t1', 'x'), NEVER);
    const third = await store.create(task('t2', 'x'), NEVER);
    expect(await failureOf(store.create(task('t3', 'x'), NEVER))).to.be.instanceOf(StoreFullError);
    expect(await failureOf(store.replace(task('t2', 'xx'), third.revision, NEVER))).to.be.instanceOf(StoreFullError);
    await store.replace(task('t2', 'y'), third.revision, NEVER);
    await store.delete('t0', first.revision, NEVER);
    await store.create(task('t3', 'x'), NEVER);
  });

  it('accepts a write from one of its subscribers', async () => {
    const store = memoryStore().open(TASKS);
    let reply: Promise<unknown> | undefined;
    store.objects.deltas$.subscribe(({ changes }) => {
      if (changes.some(({ key }) => key === 'a')) reply = store.create(task('b', ''), NEVER);
    });
    using events = track(store.objects);
    await store.create(task('a', ''), NEVER);
    await reply;
    events.expect('ADDED a', 'ADDED b');
  });
});

function openTasks() {
  const store = memoryStore().open(TASKS);
  return { objects: store.objects, create: (key: string) => store.create(task(key, ''), NEVER) };
}
