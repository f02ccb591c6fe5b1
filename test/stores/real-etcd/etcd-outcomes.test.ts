/** What a caller is told when a write is not acknowledged. */
import { expect } from 'chai';
import { StoreUnavailableError, WriteOutcomeUnknownError } from '../../../src/stores/errors.ts';
import { etcdStore } from '../../../src/stores/etcd/etcd-store.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { Cable } from '../../system/upstream-cable.ts';
import { failureOf, NEVER, task, TASKS } from '../tasks.ts';
import { EtcdProcess, requireEtcd } from './etcd-process.ts';

describe('a write to etcdStore() that is not acknowledged', () => {
  let etcd: EtcdProcess;
  let cable: Cable;
  let controller: AbortController;
  let store: ObjectStore;

  beforeEach(async function () {
    etcd = await EtcdProcess.start(requireEtcd(this));
    cable = await Cable.to(etcd.port);
    controller = new AbortController();
    const { signal } = controller;
    const endpoints = [`http://127.0.0.1:${cable.port}`];
    store = etcdStore({ endpoints, signal, connectTimeout: 300, requestTimeout: 300 }).open(TASKS);
    await store.create(task('a', 'one'), NEVER);
  });
  afterEach(async () => {
    controller?.abort();
    await cable?.unplug();
    await etcd?.stop();
  });

  it('is of unknown outcome when its answer does not come', async () => {
    cable.freeze();
    const failure = await failureOf(store.create(task('b', 'one'), NEVER));
    expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(failure.message).to.match(/^whether b was written is not known: .* has not answered within 0\.3 s$/);
  });

  it('is of unknown outcome when the caller gives up', async () => {
    cable.freeze();
    const caller = new AbortController();
    const reason = new Error('the client has gone');
    const call = failureOf(store.create(task('b', 'one'), caller.signal));
    setImmediate(() => caller.abort(reason));
    const failure = await call;
    expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(failure.cause).to.equal(reason);
  });

  it('is of unknown outcome when the connection breaks', async () => {
    cable.freeze();
    const call = failureOf(store.create(task('b', 'one'), NEVER));
    setImmediate(() => cable.cut());
    expect(await call).to.be.instanceOf(WriteOutcomeUnknownError);
  });

  it('was not made when etcd could not be reached', async () => {
    await cable.unplug();
    // The connection that broke is noticed by whoever uses it.
    await failureOf(store.read('a', NEVER));
    const failure = await failureOf(store.create(task('b', 'one'), NEVER));
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(failure.message).to.match(/^can't reach etcd: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    await cable.mend();
    expect((await etcd.content('/kubefacet/')).size).to.equal(1);
  });

  it('was not made when the store is closed', async () => {
    controller.abort();
    for (const call of [store.create(task('b', 'one'), NEVER), store.read('a', NEVER)])
      expect((await failureOf(call)).message).to.equal('the store is closed');
  });

  it('was not made when the store is closed while it waits for a connection', async () => {
    await cable.unplug();
    await failureOf(store.read('a', NEVER));
    const call = failureOf(store.create(task('b', 'one'), NEVER));
    setImmediate(() => controller.abort());
    expect((await call).message).to.equal('the store is closed');
  });
});
