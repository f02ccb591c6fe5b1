import { expect } from 'chai';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';
import {
  RevisionsWentBackError,
  StoreRefusedError,
  StoreUnavailableError,
  WriteOutcomeUnknownError,
} from '../../../src/stores/errors.ts';
import type { SqliteStoreOptions } from '../../../src/stores/sqlite/sqlite-store.ts';
import { track } from '../../../src/testing/informers/index.ts';
import { failureOf, NEVER, task } from '../tasks.ts';
import { until } from '../../support/until.ts';
import { type FaultyStore, FaultyStores } from './faulty-stores.ts';

describe('SqliteConnection', () => {
  const stores = new FaultyStores();
  const open = (options?: Partial<SqliteStoreOptions>): FaultyStore => stores.open(options);
  afterEach(() => stores.close());
  after(() => stores.remove());

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
});
