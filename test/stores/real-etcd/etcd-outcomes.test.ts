/** The errors of writes that are not acknowledged. */
import { expect } from 'chai';
import { StoreUnavailableError, WriteOutcomeUnknownError } from '../../../src/stores/errors.ts';
import { etcdStore } from '../../../src/stores/etcd/etcd-store.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { FaultyProxy } from '../../system/faulty-proxy.ts';
import { failureOf, NEVER, task, TASKS } from '../tasks.ts';
import { EtcdProcess, requireEtcd } from './etcd-process.ts';

describe('etcdStore(), for a write that is not acknowledged', () => {
  let etcd: EtcdProcess;
  let proxy: FaultyProxy;
  let controller: AbortController;
  let store: ObjectStore;

  beforeEach(async function () {
    etcd = await EtcdProcess.start(requireEtcd(this));
    proxy = await FaultyProxy.to(etcd.port);
    controller = new AbortController();
    const { signal } = controller;
    const endpoints = [`http://127.0.0.1:${proxy.port}`];
    store = etcdStore({ endpoints, signal, connectTimeout: 300, requestTimeout: 300 }).open(TASKS);
    await store.create(task('a', 'one'), NEVER);
  });
  afterEach(async () => {
    controller?.abort();
    await proxy?.refuse();
    await etcd?.stop();
  });

  it('reports an unknown outcome if no response arrives', async () => {
    proxy.freeze();
    const failure = await failureOf(store.create(task('b', 'one'), NEVER));
    expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(failure.message).to.match(
      /^the write of b may or may not have been applied: .* did not respond within 0\.3 s$/,
    );
  });

  it('reports an unknown outcome if the caller aborts', async () => {
    proxy.freeze();
    const caller = new AbortController();
    const reason = new Error('the client has gone');
    const call = failureOf(store.create(task('b', 'one'), caller.signal));
    setImmediate(() => caller.abort(reason));
    const failure = await call;
    expect(failure).to.be.instanceOf(WriteOutcomeUnknownError);
    expect(failure.cause).to.equal(reason);
  });

  it('reports an unknown outcome if the connection breaks', async () => {
    proxy.freeze();
    const call = failureOf(store.create(task('b', 'one'), NEVER));
    setImmediate(() => proxy.cut());
    expect(await call).to.be.instanceOf(WriteOutcomeUnknownError);
  });

  it('reports that nothing was written if etcd cannot be reached', async () => {
    await proxy.refuse();
    // The first call after the connection broke detects that.
    await failureOf(store.read('a', NEVER));
    const failure = await failureOf(store.create(task('b', 'one'), NEVER));
    expect(failure).to.be.instanceOf(StoreUnavailableError);
    expect(failure.message).to.match(/^cannot reach etcd: http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    await proxy.restore();
    expect((await etcd.content('/kubefacet/')).size).to.equal(1);
  });

  it('reports that nothing was written if the store is closed', async () => {
    controller.abort();
    for (const call of [store.create(task('b', 'one'), NEVER), store.read('a', NEVER)])
      expect((await failureOf(call)).message).to.equal('the store is closed');
  });

  it('reports that nothing was written if the store is closed while it waits for a connection', async () => {
    await proxy.refuse();
    await failureOf(store.read('a', NEVER));
    const call = failureOf(store.create(task('b', 'one'), NEVER));
    setImmediate(() => controller.abort());
    expect((await call).message).to.equal('the store is closed');
  });
});
