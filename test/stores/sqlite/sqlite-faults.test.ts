import { expect } from 'chai';
import fc from 'fast-check';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';
import {
  RevisionsWentBackError,
  StoreRefusedError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../../../src/stores/errors.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import type { ObjectStore, Versioned } from '../../../src/stores/object-store.ts';
import { openSqliteStore, type SqliteStore, type SqliteStoreOptions } from '../../../src/stores/sqlite/sqlite-store.ts';
import { fakeClock } from '../../../src/testing/informers/fake-clock.ts';
import { track } from '../../../src/testing/informers/index.ts';
import { failureOf, NEVER, shown, task, TASKS, titleOf, until } from '../tasks.ts';
import { ThreadFaults } from './in-process-thread.ts';
import { SqliteFiles } from './sqlite-files.ts';

describe('sqliteStore() with a thread that fails', () => {
  const files = new SqliteFiles();
  const stores: SqliteStore[] = [];
  afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
  after(() => files.remove());

  function open(options: Partial<SqliteStoreOptions> = {}) {
    const faults = new ThreadFaults();
    const clock = fakeClock();
    const store = openSqliteStore({ path: files.path(), clock, random: () => 0, ...options }, faults.start);
    stores.push(store);
    return { faults, clock, store, tasks: store.open(TASKS) };
  }

  describe('group commit', () => {
    it('commits all writes that arrive during a commit in the next one', async () => {
      const { faults, tasks } = open();
      await tasks.create(task('first', ''), NEVER);
      const release = faults.hold();
      const slow = tasks.create(task('slow', ''), NEVER);
      await until(() => faults.arrived === 2);
      const writes = Array.from({ length: 50 }, (_, n) => tasks.create(task(`t${n}`, ''), NEVER));
      release();
      await Promise.all([slow, ...writes]);
      expect(faults.batches).to.deep.equal([1, 1, 50]);
    });

    it('decides each write of a batch after the writes before it', async () => {
      const { tasks } = open();
      const [created, exists] = await Promise.allSettled([
        tasks.create(task('a', 'one'), NEVER),
        tasks.create(task('a', 'two'), NEVER),
      ]);
      expect([created.status, exists.status]).to.deep.equal(['fulfilled', 'rejected']);
      expect(titleOf((await tasks.read('a', NEVER))!.object)).to.equal('one');
    });

    it('limits the bytes of a transaction', async () => {
      const { faults, tasks } = open();
      const title = 'x'.repeat(1024 * 1024);
      await Promise.all(Array.from({ length: 10 }, (_, n) => tasks.create(task(`t${n}`, title), NEVER)));
      expect(faults.batches).to.deep.equal([7, 3]);
    });

    it('rejects writes beyond the bound of the queue, and accepts them after a commit', async () => {
      const { faults, tasks } = open();
      await tasks.create(task('first', ''), NEVER);
      const release = faults.hold();
      const title = 'x'.repeat(1024 * 1024);
      const writes = Array.from({ length: 80 }, (_, n) => tasks.create(task(`t${n}`, title), NEVER));
      const outcomes = Promise.allSettled(writes);
      release();
      const failures = (await outcomes).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(failures).to.have.length(17);
      for (const failure of failures) expect(failure).to.be.instanceOf(StoreUnavailableError);
      await tasks.create(task('later', ''), NEVER);
    });
  });

  describe('an aborted write', () => {
    it('is not written, and throws the reason, if it still waits', async () => {
      const { faults, tasks } = open();
      await tasks.create(task('first', ''), NEVER);
      const release = faults.hold();
      const slow = tasks.create(task('slow', ''), NEVER);
      await until(() => faults.arrived === 2);
      const controller = new AbortController();
      const waiting = tasks.create(task('waiting', ''), controller.signal);
      const reason = new Error('the client is gone');
      controller.abort(reason);
      expect(await failureOf(waiting)).to.equal(reason);
      release();
      await slow;
      expect(await tasks.read('waiting', NEVER)).to.equal(undefined);
    });

    it('has an unknown outcome if its commit has begun, and is delivered when it was committed', async () => {
      const { faults, tasks } = open();
      await shown(tasks, 'first', await tasks.create(task('first', ''), NEVER));
      using events = track(tasks.objects);
      await until(() => nodeOf(tasks.objects).size === 1);
      const release = faults.hold();
      const controller = new AbortController();
      const written = tasks.create(task('a', ''), controller.signal);
      await until(() => faults.arrived === 2);
      controller.abort(new Error('the client is gone'));
      expect(await failureOf(written)).to.be.instanceOf(WriteOutcomeUnknownError);
      release();
      await until(() => tasks.objects.get('a') !== undefined);
      events.expect('ADDED first', 'ADDED a');
    });
  });

  describe('a thread that ends', () => {
    for (const fault of ['ends before the commit', 'ends after the commit'] as const) {
      it(`${fault}: the outcome is unknown, and the collection shows what the file has`, async () => {
        const { clock, faults, tasks } = open();
        const before = await tasks.create(task('before', ''), NEVER);
        using events = track(tasks.objects);
        await until(() => nodeOf(tasks.objects).size === 1);
        faults.next = fault;
        const failure = await failureOf(tasks.create(task('a', ''), NEVER));
        expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
        // Until the file is open again, reads do not return the state before a write that may have been applied.
        expect(await failureOf(tasks.read('a', NEVER))).to.be.instanceOf(StoreUnavailableError);
        expect(await failureOf(tasks.create(task('b', ''), NEVER))).to.be.instanceOf(StoreUnavailableError);
        expect(nodeOf(tasks.objects).sources()[0]).to.include({ ready: true, message: 'the thread has ended' });
        clock.advance(10_000);
        const after = await tasks.create(task('c', ''), NEVER);
        const isApplied = fault === 'ends after the commit';
        expect(after.revision - before.revision).to.equal(isApplied ? 2 : 1);
        events.expect('ADDED before', ...(isApplied ? ['ADDED a'] : []), 'ADDED c');
        expect(nodeOf(tasks.objects).sources()[0]!.message).to.equal(undefined);
      });
    }

    it('shows the difference if the log no longer has the writes of an unknown outcome', async () => {
      const { clock, faults, tasks } = open({ log: { entries: 1 } });
      await tasks.create(task('first', ''), NEVER);
      using events = track(tasks.objects);
      await until(() => nodeOf(tasks.objects).size === 1);
      faults.next = 'ends after the commit';
      const writes = ['a', 'b', 'c'].map((key) => failureOf(tasks.create(task(key, ''), NEVER)));
      await Promise.all(writes);
      clock.advance(10_000);
      await until(() => nodeOf(tasks.objects).size === 4);
      events.expect('ADDED first', 'ADDED a', 'ADDED b', 'ADDED c');
    });
  });

  it('refuses a file that went back while the process runs', async () => {
    const { clock, faults, tasks, store } = open();
    await tasks.create(task('a', ''), NEVER);
    faults.next = 'ends before the commit';
    await failureOf(tasks.create(task('b', ''), NEVER));
    faults.counter = 1;
    clock.advance(10_000);
    expect(await failureOf(store.ready(NEVER))).to.be.instanceOf(RevisionsWentBackError);
    expect(await failureOf(tasks.create(task('b', ''), NEVER))).to.be.instanceOf(RevisionsWentBackError);
  });

  describe('close()', () => {
    it('commits the waiting writes, and refuses later calls', async () => {
      const { faults, store, tasks } = open();
      await tasks.create(task('first', ''), NEVER);
      const release = faults.hold();
      const writes = Array.from({ length: 5 }, (_, n) => tasks.create(task(`t${n}`, ''), NEVER));
      await until(() => faults.arrived === 2);
      const more = tasks.create(task('more', ''), NEVER);
      const closed = store.close();
      expect(await failureOf(tasks.create(task('late', ''), NEVER))).to.be.instanceOf(StoreRefusedError);
      release();
      await Promise.all([...writes, more, closed, store.close()]);
      for (const call of [() => tasks.read('first', NEVER), () => store.ready(NEVER), () => store.backup('/x')])
        expect((await failureOf(call())).message).to.match(/^the store .* is closed$/);
    });

    it('closes a store that was never used, and one that could not be opened', async () => {
      await open().store.close();
      const { faults, store } = open();
      faults.openFailure = new Error('no');
      await failureOf(store.ready(NEVER));
      await store.close();
    });

    it('happens when the signal is aborted', async () => {
      const controller = new AbortController();
      const { tasks } = open({ signal: controller.signal });
      await tasks.create(task('a', ''), NEVER);
      controller.abort();
      expect(await failureOf(tasks.read('a', NEVER))).to.be.instanceOf(StoreRefusedError);
      const aborted = open({ signal: AbortSignal.abort() });
      expect(await failureOf(aborted.tasks.read('a', NEVER))).to.be.instanceOf(StoreRefusedError);
    });
  });

  it('agrees with a memory store about every outcome, also of concurrent writes', async () => {
    const step = fc.record({
      type: fc.constantFrom('create' as const, 'replace' as const, 'delete' as const, 'read' as const),
      key: fc.constantFrom('a', 'b', 'shop/a'),
      age: fc.integer({ min: 0, max: 2 }),
    });
    const histories = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(histories, fc.boolean(), async (history, isServed) => {
        const rigs = [memoryStore({ clock: fakeClock() }).open(TASKS), open({ log: { entries: 4 } }).tasks] as const;
        const subscriptions = isServed ? rigs.map(({ objects }) => objects.deltas$.subscribe()) : [];
        const outcomes = await Promise.all(rigs.map((store) => outcomesOf(store, history)));
        expect(outcomes[1]).to.deep.equal(outcomes[0]);
        for (const subscription of subscriptions) subscription.unsubscribe();
        await stores.pop()?.close();
      }),
      { numRuns: 25 },
    );
  });
});

interface Step {
  readonly type: 'create' | 'replace' | 'delete' | 'read';
  readonly key: string;
  /** The number of writes of the key since the revision that a write expects. */
  readonly age: number;
}

/** Runs groups of concurrent calls, and returns their outcomes. Revisions are counted from the first write. */
async function outcomesOf(store: ObjectStore, history: readonly (readonly Step[])[]): Promise<string[]> {
  const outcomes: string[] = [];
  const revisions = new Map<string, number[]>();
  let first: number | undefined;
  const shownAs = ({ object, revision }: Versioned): string => {
    first ??= revision;
    return `${titleOf(object)} at ${revision - first}`;
  };
  for (const [round, group] of history.entries()) {
    const reads = group.filter(({ type }) => type === 'read').length;
    const calls = group.map(async ({ type, key, age }, index) => {
      const expected = revisions.get(key)?.at(-1 - age) ?? 1;
      const object = task(key, `${round}-${index}`);
      // A read beside writes may see the state before or after them.
      if (type === 'read') return reads === group.length ? await store.read(key, NEVER) : undefined;
      const written =
        type === 'create'
          ? await store.create(object, NEVER)
          : type === 'replace'
            ? await store.replace(object, expected, NEVER)
            : await store.delete(key, expected, NEVER);
      revisions.set(key, [...(revisions.get(key) ?? []), written.revision]);
      return written;
    });
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'fulfilled')
        outcomes.push(outcome.value === undefined ? 'nothing' : shownAs(outcome.value));
      else outcomes.push((outcome.reason as Error).name);
    }
  }
  return outcomes;
}
