/** The errors of writes that are not acknowledged. */
import { expect } from 'chai';
import { StoreUnavailableError, WriteOutcomeUnknownError } from '../../../src/stores/errors.ts';
import { etcdStore } from '../../../src/stores/etcd/etcd-store.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { Cable } from '../../system/upstream-cable.ts';
import { failureOf, NEVER, task, TASKS } from '../tasks.ts';
import { EtcdProcess, requireEtcd } from './etcd-process.ts';

describe('etcdStore(), for a write that is not acknowledged', () => {
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

  it('reports an unknown outcome if no response arrives', async () => {
    cable.freeze();
    const failure = await failureOf(store.create(task('b', 'one'), NEVER));
    expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(failure.message).to.match(
      /^the write of b may or may not have been applied: .* did not respond within 0\.3 s$/,
    );
  });

  it('reports an unknown outcome if the caller aborts', async () => {
    cable.freeze();
    const caller = new AbortController();
    const reason = new Error('the client has gone');
    const call = failureOf(store.create(task('b', 'one'), caller.signal));
    setImmediate(() => caller.abort(reason));
    const failure = await call;
    expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(failure.cause).to.equal(reason);
  });

  it('reports an unknown outcome if the connection breaks', async () => {
    cable.freeze();
    const call = failureOf(store.create(task('b', 'one'), NEVER));
    setImmediate(() => cable.cut());
    expect(await call).to.be.instanceOf(WriteOutcomeUnknownError);
  });

  it('reports that nothing was written if etcd cannot be reached', async () => {
    await cable.unplug();
    // The first call after the connection broke detects that.
    await failureOf(store.read('a', NEVER));
    const failure = await failureOf(store.create(task('b', 'one'), NEVER));
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(failure.message).to.match(/^cannot reach etcd: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    await cable.mend();
    expect((await etcd.content('/kubefacet/')).size).to.equal(1);
  });

  it('reports that nothing was written if the store is closed', async () => {
    controller.abort();
    for (const call of [store.create(task('b', 'one'), NEVER), store.read('a', NEVER)])
      expect((await failureOf(call)).message).to.equal('the store is closed');
  });

  it('reports that nothing was written if the store is closed while it waits for a connection', async () => {
    await cable.unplug();
    await failureOf(store.read('a', NEVER));
    const call = failureOf(store.create(task('b', 'one'), NEVER));
    setImmediate(() => controller.abort());
    expect((await call).message).to.equal('the store is closed');
  });
});
