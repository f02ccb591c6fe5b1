/**
 * Faults of a real etcd while writers write: etcd is killed and restarted, connections break, the history is compacted. No acknowledged
 * write may be lost, no write may be applied twice, and every replica must converge to the content of etcd.
 */
import { expect } from 'chai';
import type { Versioned } from '../../../src/stores/object-store.ts';
import { FaultyProxy } from '../../system/faulty-proxy.ts';
import { NEVER, shown, task } from '../tasks.ts';
import { until } from '../../support/until.ts';
import { AppendingWriters } from './appending-writers.ts';
import { EtcdProcess, requireEtcd } from './etcd-process.ts';
import { ObservedReplica } from './observed-replica.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const PREFIX = '/faults';
const KEYS = ['shop/a', 'shop/b', 'shop/c'];

describe('etcdStore() under faults', () => {
  let etcd: EtcdProcess;
  let proxy: FaultyProxy;
  let near: ObservedReplica;
  let far: ObservedReplica;
  let writers: AppendingWriters;

  beforeEach(async function () {
    etcd = await EtcdProcess.start(requireEtcd(this));
    proxy = await FaultyProxy.to(etcd.port);
    near = new ObservedReplica(etcd.url, PREFIX);
    far = new ObservedReplica(`http://127.0.0.1:${proxy.port}`, PREFIX);
    writers = new AppendingWriters();
    for (const name of ['one', 'two']) {
      writers.add(`near-${name}`, near.store, KEYS);
      writers.add(`far-${name}`, far.store, KEYS);
    }
    await writers.more(20);
  });

  afterEach(async () => {
    near?.close();
    far?.close();
    await writers?.stop();
    await proxy?.refuse();
    await etcd?.stop();
  });

  /** Stops the writers, and checks that etcd and both replicas have all acknowledged writes. */
  const settle = async (): Promise<void> => {
    await writers.more(20);
    await writers.stop();
    await near.store.create(task('shop/last', 'the last write'), NEVER);
    const content = await etcd.content(`${PREFIX}/example.com/tasks/`);
    writers.check(content);
    await Promise.all([near.converges(content), far.converges(content)]);
    for (const replica of [near, far])
      if (!replica.batches.has('RELIST')) replica.sawEach(writers.revisionsSince(replica.first));
  };

  it('converges without faults', async () => {
    await settle();
    expect([near.batches.get('RELIST'), far.batches.get('RELIST')]).to.deep.equal([undefined, undefined]);
  });

  it('converges without a relist after etcd was killed several times', async () => {
    for (let round = 0; round < 3; round += 1) {
      await etcd.kill();
      await etcd.restart();
      await writers.more(15);
    }
    await settle();
    expect([near.batches.get('RELIST'), far.batches.get('RELIST')]).to.deep.equal([undefined, undefined]);
  });

  it('converges without a relist after connections broke', async () => {
    for (let round = 0; round < 6; round += 1) {
      proxy.cut();
      await writers.more(5);
      await proxy.restore();
      await writers.more(5);
    }
    await settle();
    expect(far.batches.get('RELIST')).to.equal(undefined);
  });

  it('converges after a connection went silent', async function () {
    await etcd.requireProgress(this);
    proxy.freeze();
    await until(() => nodeOf(far.store.objects).sources()[0]!.message?.includes('has not responded') === true);
    await writers.more(20);
    await proxy.restore();
    await settle();
  });

  it('converges by a relist after missed events were compacted', async () => {
    for (let round = 0; round < 3; round += 1) {
      proxy.cut();
      await writers.more(10);
      await etcd.compact();
      await proxy.restore();
      await shown(far.store, 'shop/marker', await mark(round));
    }
    await settle();
    expect(far.batches.get('RELIST')).to.be.within(1, 3);
  });

  it('converges after all faults together', async () => {
    for (let round = 0; round < 3; round += 1) {
      proxy.cut();
      await etcd.compact();
      await etcd.kill();
      await etcd.restart();
      await writers.more(10);
      await etcd.compact();
      await proxy.restore();
      await writers.more(10);
      await etcd.compact();
    }
    await settle();
  });

  async function mark(round: number): Promise<Versioned> {
    const now = await near.store.read('shop/marker', NEVER);
    const object = task('shop/marker', String(round));
    return now === undefined ? near.store.create(object, NEVER) : near.store.replace(object, now.revision, NEVER);
  }
});
