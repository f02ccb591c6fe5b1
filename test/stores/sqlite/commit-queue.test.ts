import { expect } from 'chai';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';
import { StoreUnavailableError, WriteOutcomeUnknownError } from '../../../src/stores/errors.ts';
import { track } from '../../../src/testing/informers/index.ts';
import { failureOf, NEVER, shown, task, titleOf } from '../tasks.ts';
import { until } from '../../support/until.ts';
import { FaultyStores } from './faulty-stores.ts';

describe('CommitQueue', () => {
  const stores = new FaultyStores();
  const open = () => stores.open();
  afterEach(() => stores.close());
  after(() => stores.remove());

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
});
