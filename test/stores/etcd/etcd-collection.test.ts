import { expect } from 'chai';
import { StoreUnavailableError } from '../../../src/stores/errors.ts';
import { EtcdCollection } from '../../../src/stores/etcd/etcd-collection.ts';
import { EtcdResponseTooLargeError } from '../../../src/stores/etcd/etcd-failure.ts';
import { EtcdKeys } from '../../../src/stores/etcd/etcd-keys.ts';
import type { StoredObject } from '../../../src/stores/object-store.ts';
import { fakeClock, settled, track, type Tracker } from '../../../src/testing/informers/index.ts';
import { task, TASKS, titleOf } from '../tasks.ts';
import { del, FakeEtcd, kv, PREFIX, put } from './fake-etcd.ts';

const json = (key: string, title: string): string => JSON.stringify(task(key, title));

describe('EtcdCollection', () => {
  let etcd: FakeEtcd;
  let clock: ReturnType<typeof fakeClock>;
  let collection: EtcdCollection;
  let events: Tracker<StoredObject>;

  beforeEach(async () => {
    etcd = new FakeEtcd();
    etcd.kvs = [kv('a', 4, json('a', 'one')), kv('b', 7, json('b', 'two'))];
    clock = fakeClock();
    collection = new EtcdCollection({
      name: 'tasks.example.com',
      reader: etcd,
      keys: new EtcdKeys('/test', TASKS),
      clock,
      random: () => 0,
      backoff: { initial: 100, maximum: 1000 },
      pageSize: 10,
      progressInterval: 1000,
    });
    events = track(collection, (object) => `${titleOf(object)} ${object.metadata.resourceVersion}`);
    await settled();
    events.expect('ADDED a one 4', 'ADDED b two 7');
    expect(events.takeCauses()).to.deep.equal(['SNAPSHOT']);
  });
  afterEach(() => events.stop());

  it('watches from the revision after the list', () => {
    expect(collection.frontier).to.equal('10');
    expect(etcd.current.request).to.deep.equal({
      key: Buffer.from(PREFIX),
      rangeEnd: Buffer.from('/test/example.com/tasks0'),
      startRevision: 11,
      progressNotify: true,
      fragment: true,
    });
  });

  it('asks etcd whether it has reached a revision, at most once a second', async () => {
    const before = etcd.ranges.length;
    etcd.revision = 20;
    const first = await Promise.all(['20', '21', '9007199254740993'].map((version) => collection.hasReached(version)));
    expect([first, etcd.ranges.length - before]).to.deep.equal([[true, false, false], 1]);
    etcd.revision = 21;
    const later = Promise.all([collection.hasReached('21'), collection.hasReached('22')]);
    await settled();
    expect(etcd.ranges.length - before).to.equal(1);
    clock.advance(1000);
    expect([await later, etcd.ranges.length - before]).to.deep.equal([[true, false], 2]);
    events.stop();
    expect(await collection.hasReached('99'), 'without a connection').to.equal(true);
  });

  it('applies each event at its own revision, and moves the frontier no further than the events', async () => {
    etcd.current.respond(99, {
      events: [put('c', 12, json('c', 'three')), put('a', 14, json('a', 'four')), del('b', 15)],
    });
    await settled();
    events.expect('ADDED c three 12', 'MODIFIED a four 14', 'DELETED b two 15');
    expect(events.takeCauses()).to.deep.equal(['EVENT', 'EVENT', 'EVENT']);
    expect(collection.frontier).to.equal('15');
  });

  it('moves the frontier forward with a response without events, and never back', async () => {
    etcd.current.respond(20);
    etcd.current.respond(18);
    await settled();
    expect(collection.frontier).to.equal('20');
    events.expect();
  });

  it('drops events that it has already applied', async () => {
    etcd.current.respond(12, { events: [put('a', 12, json('a', 'three'))] });
    etcd.current.respond(12, {
      events: [put('a', 4, json('a', 'one')), put('a', 12, json('a', 'twice')), del('b', 9)],
    });
    await settled();
    events.expect('MODIFIED a three 12');
  });

  it('applies several keys of one revision as one relist, even if they arrive in fragments', async () => {
    events.takeCauses();
    etcd.current.respond(12, {
      fragment: true,
      events: [put('a', 11, json('a', 'three')), put('c', 12, json('c', 'four'))],
    });
    await settled();
    events.expect('MODIFIED a three 11');
    expect(collection.frontier).to.equal('11');
    etcd.current.respond(12, { fragment: true, events: [del('b', 12)] });
    etcd.current.respond(12, { events: [put('d', 12, json('d', 'five')), put('d', 13, json('d', 'six'))] });
    await settled();
    events.expect('DELETED b two 7', 'ADDED c four 12', 'ADDED d five 12', 'MODIFIED d six 13');
    expect(events.takeCauses()).to.deep.equal(['EVENT', 'RELIST', 'EVENT']);
  });

  it('drops an incomplete revision when the watch breaks', async () => {
    etcd.current.respond(12, { fragment: true, events: [put('c', 12, json('c', 'three'))] });
    await settled();
    etcd.current.cancel(new StoreUnavailableError('cut'));
    await clock.run(100);
    expect(etcd.watches).to.have.length(2);
    expect(etcd.current.request.startRevision).to.equal(11);
    etcd.current.respond(12, { events: [put('c', 12, json('c', 'three')), put('d', 12, json('d', 'four'))] });
    await settled();
    events.expect('ADDED c three 12', 'ADDED d four 12');
  });

  it('backs off while it cannot watch, and does not list again', async () => {
    etcd.failures.push(new StoreUnavailableError('down'), new StoreUnavailableError('still down'));
    etcd.current.cancel(new StoreUnavailableError('cut'));
    await settled();
    expect(collection.sources()[0]).to.include({ ready: true, message: 'cut' });
    await clock.run(100);
    expect(collection.sources()[0]?.message).to.equal('down');
    await clock.run(199);
    expect(etcd.failures).to.have.length(1);
    await clock.run(1);
    await clock.run(400);
    expect(etcd.current.request.startRevision).to.equal(11);
    expect(etcd.ranges).to.have.length(1);
    expect(collection.sources()[0]?.message).to.equal(undefined);
  });

  it('lists again without delay when its revision was compacted, and backs off the second time in a row', async () => {
    etcd.revision = 30;
    etcd.kvs = [kv('a', 25, json('a', 'later'))];
    events.takeCauses();
    etcd.current.respond(30, { events: [put('b', 11, json('b', 'x'))] });
    etcd.current.respond(30, { canceled: true, compactRevision: 20 });
    await settled();
    events.expect('MODIFIED b x 11', 'MODIFIED a later 25', 'DELETED b x 11');
    expect(events.takeCauses()).to.deep.equal(['EVENT', 'RELIST']);
    expect(etcd.current.request.startRevision).to.equal(31);
    etcd.current.respond(30, { canceled: true, compactRevision: 20 });
    await settled();
    expect(etcd.ranges).to.have.length(2);
    await clock.run(100);
    expect(etcd.ranges).to.have.length(3);
  });

  it('requests progress on a quiet watch, and reopens a watch that does not respond', async () => {
    await clock.run(2000);
    expect(etcd.current.progressRequests).to.equal(2);
    etcd.current.respond(12);
    await clock.run(3000);
    expect(etcd.watches).to.have.length(1);
    expect(etcd.current.progressRequests).to.equal(5);
    await clock.run(1000);
    expect(collection.sources()[0]?.message).to.equal('etcd has not responded on the watch for 3 s');
    await clock.run(100);
    expect(etcd.watches).to.have.length(2);
    expect(etcd.current.request.startRevision).to.equal(13);
  });

  it('waits for a member that lags, and rejects an etcd that was restored from a backup', async () => {
    const later = etcd.revision;
    etcd.current.respond(20);
    await settled();
    etcd.revision = 15;
    etcd.current.cancel(new StoreUnavailableError('cut'));
    await clock.run(100);
    expect(collection.sources()[0]).to.include({ ready: true, cause: 'RevisionsWentBackError', failures: 2 });
    expect(collection.sources()[0]?.message).to.contain('the store is at revision 15, but revision 20 was read');
    await clock.run(200);
    events.expect();
    etcd.revision = 21;
    await clock.run(1000);
    expect(collection.sources()[0]).to.include({ ready: true, message: undefined, cause: undefined, failures: 0 });
    expect([later, collection.frontier]).to.deep.equal([10, '21']);
  });

  it('lists in pages of one revision, and in smaller pages if a page is too large', async () => {
    events.stop();
    etcd.kvs = Array.from({ length: 25 }, (_, n) => kv(`t${n + 10}`, n + 1, json(`t${n + 10}`, '')));
    etcd.revision = 40;
    etcd.ranges.length = 0;
    etcd.failures.push(new EtcdResponseTooLargeError('too large'));
    events = track(collection);
    await settled();
    expect(collection.size).to.equal(25);
    const requested = etcd.ranges.map(({ limit, revision, key }) => [
      limit,
      revision,
      key.toString().slice(PREFIX.length),
    ]);
    expect(requested.slice(0, 3)).to.deep.equal([
      [10, undefined, ''],
      [2, undefined, ''],
      [2, 40, 't11\0'],
    ]);
    expect(requested).to.have.length(14);
  });

  for (const [revision, isServed] of [
    [2 ** 43 - 1, true],
    [2 ** 43, false],
    [2 ** 59, false],
  ] as const) {
    it(`${isServed ? 'serves' : 'rejects'} a list at revision ${revision}`, async () => {
      etcd.revision = revision;
      etcd.current.respond(10, { canceled: true, compactRevision: 1 });
      await settled();
      await clock.run(100);
      expect(collection.frontier).to.equal(isServed ? String(revision) : '10');
      const { message } = collection.sources()[0] ?? {};
      expect(message?.includes('a store needs revisions below 2^43')).to.equal(isServed ? undefined : true);
    });
  }

  it('writes nothing after the last subscriber has unsubscribed', async () => {
    const watch = etcd.current;
    events.stop();
    expect(watch.reason).to.be.instanceOf(StoreUnavailableError);
    watch.respond(12, { events: [put('c', 12, json('c', 'three'))] });
    await settled();
    expect(collection.frontier).to.equal('10');
    expect(clock.waiting).to.equal(0);
    expect(collection.sources()[0]).to.include({ ready: false, message: 'not running: it has no subscribers' });
  });

  it('lets only the current run write after several subscriptions', async () => {
    events.stop();
    events = track(collection, titleOf);
    events.stop();
    events = track(collection, titleOf);
    await settled();
    events.expect('ADDED a one', 'ADDED b two');
    expect(etcd.watches.filter(({ reason }) => reason === undefined)).to.have.length(1);
  });
});
