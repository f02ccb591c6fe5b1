/** Writes of other programs to the keys of a store, and restores of etcd from a backup. */
import { expect } from 'chai';
import { StoredValueError } from '../../../src/stores/errors.ts';
import { etcdStore } from '../../../src/stores/etcd/etcd-store.ts';
import type { ObjectStore } from '../../../src/stores/object-store.ts';
import { track, type Tracker } from '../../../src/testing/informers/index.ts';
import type { StoredObject } from '../../../src/stores/object-store.ts';
import { failureOf, NEVER, shown, task, TASKS, titleOf } from '../tasks.ts';
import { until } from '../../support/until.ts';
import { EtcdProcess, requireEtcd } from './etcd-process.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';

const KEYS = '/kubefacet/example.com/tasks/';

describe('etcdStore() beside other writers', () => {
  let etcd: EtcdProcess;
  let controller: AbortController;
  let store: ObjectStore;
  let events: Tracker<StoredObject>;

  beforeEach(async function () {
    etcd = await EtcdProcess.start(requireEtcd(this));
    controller = new AbortController();
    const { signal } = controller;
    const backoff = { initial: 20, maximum: 200 };
    store = etcdStore({ endpoints: [etcd.url], signal, progressInterval: 50, backoff }).open(TASKS);
    await shown(store, 'a', await store.create(task('a', 'one'), NEVER));
    events = track(store.objects, titleOf);
    await until(() => store.objects.hasSynced);
    events.expect('ADDED a one');
  });
  afterEach(async () => {
    events?.stop();
    controller?.abort();
    await etcd?.stop();
  });

  const frontier = (): number => Number(nodeOf(store.objects).lineage!.source.frontier);
  const json = (key: string, title: string): string => JSON.stringify(task(key, title));

  it('follows the revision of etcd when other programs write other keys', async function () {
    await etcd.requireProgress(this);
    const before = frontier();
    await etcd.putForeign({ '/elsewhere': 'x' });
    await until(() => frontier() === before + 1);
    events.expect();
  });

  it('applies several keys of one transaction as one relist', async () => {
    events.takeCauses();
    const before = frontier();
    await etcd.putForeign({
      [`${KEYS}a`]: undefined,
      [`${KEYS}b`]: json('b', 'two'),
      [`${KEYS}c`]: json('c', 'three'),
    });
    await until(() => frontier() > before);
    events.expect('DELETED a one', 'ADDED b two', 'ADDED c three');
    expect(events.takeCauses()).to.deep.equal(['RELIST']);
    const written = await store.replace(task('b', 'ours'), frontier(), NEVER);
    await shown(store, 'b', written);
    events.expect('MODIFIED b ours');
  });

  it('skips and reports values that are not objects', async () => {
    const bad: readonly (readonly [key: string, value: string | Uint8Array, reason: string])[] = [
      ['text', 'hello', 'not JSON'],
      ['bytes', new Uint8Array([0xff, 0xfe]), 'not JSON'],
      ['array', '[]', 'an array, not an object'],
      ['null', 'null', 'null, not an object'],
      ['other', json('another', 'x'), 'the object another'],
      ['empty', '{}', 'without apiVersion'],
      ['x/y/z', json('z', 'x'), 'not an object, because no object can have this key'],
      ['', json('z', 'x'), 'not an object, because no object can have this key'],
      ['a', 'hello', 'not JSON'],
    ];
    for (const [key, value] of bad) await etcd.putForeign({ [KEYS + key]: value });
    const written = await store.create(task('good', 'two'), NEVER);
    await until(() => store.objects.get('good') !== undefined);
    events.expect('DELETED a one', 'ADDED good two');
    expect(store.objects.errors.size).to.equal(bad.length);
    const messages = [...store.objects.errors.values()].map(({ message }) => message).join('\n');
    for (const [, , reason] of bad) expect(messages).to.contain(reason);
    expect(nodeOf(store.objects).sources()[0]).to.include({ ready: true });
    expect(nodeOf(store.objects).sources()[0]?.message).to.contain('and 8 more keys');

    // A list skips them as well.
    events.stop();
    await shown(store, 'good', written);
    events = track(store.objects, titleOf);
    await until(() => store.objects.hasSynced);
    events.expect('ADDED good two');
    expect(store.objects.errors.size).to.equal(bad.length);

    expect(await failureOf(store.read('text', NEVER))).to.be.instanceOf(StoredValueError);
    for (const [key] of bad) await etcd.putForeign({ [KEYS + key]: undefined });
    await until(() => store.objects.errors.size === 0);
    await store.create(task('a', 'again'), NEVER);
    await until(() => store.objects.get('a') !== undefined);
    events.expect('ADDED a again');
  });

  it('rejects an etcd that was restored from a backup, and suggests a restart', async () => {
    for (let n = 0; n < 5; n += 1) await store.create(task(`more-${n}`, ''), NEVER);
    await until(() => nodeOf(store.objects).size === 6);
    events.clear();
    await etcd.kill();
    await etcd.restart({ wiped: true });
    await until(() => nodeOf(store.objects).sources()[0]!.message?.includes('restart this process') === true);
    expect(nodeOf(store.objects).sources()[0]).to.include({
      ready: true,
      hasSynced: true,
      cause: 'RevisionsWentBackError',
    });
    events.expect();
    for (let n = 0; n < 6; n += 1) await store.create(task(`new-${n}`, ''), NEVER);
    await until(() => nodeOf(store.objects).sources()[0]!.ready && store.objects.get('new-5') !== undefined);
    expect([...nodeOf(store.objects).entries()].map(([key]) => key)).to.have.members(
      [0, 1, 2, 3, 4, 5].map((n) => `new-${n}`),
    );
  });

  it('reads a list of large objects in smaller pages', async () => {
    const large = 'x'.repeat(1_500_000);
    for (let n = 0; n < 50; n += 1) await store.create(task(`large-${n}`, large), NEVER);
    events.stop();
    events = track(store.objects, () => '');
    await until(() => store.objects.hasSynced);
    expect(nodeOf(store.objects).size).to.equal(51);
  });
});
