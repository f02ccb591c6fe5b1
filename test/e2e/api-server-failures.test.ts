/** A server whose kube-apiserver is killed and started again, and whose etcd is restored from a backup. Needs kube-apiserver and etcd. */
import { expect } from 'chai';
import { informerFactory, loadKubeConfig, type InformerFactory } from '../../src/informers/index.ts';
import { filter, identity, map } from '../../src/projections/index.ts';
import { resource } from '../../src/server/index.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import type { LineStream } from '../support/https-client.ts';
import { BASE, names, TestServer } from '../support/test-server.ts';
import { missingForPrivateApiServer, PrivateApiServer } from './private-api-server.ts';

const ROWS = `${BASE}/notes`;
/** The factor by which the clock of the server is faster. A restore is confirmed after a minute without another explanation. */
const SPEED = 8;
const STARTED = Date.now();
const fastClock: Clock = {
  ...systemClock,
  now: () => STARTED + (Date.now() - STARTED) * SPEED,
  schedule: (milliseconds, task) => systemClock.schedule(milliseconds / SPEED, task),
};

describe('a kube-apiserver that fails', function () {
  this.timeout(300_000);
  let upstream: PrivateApiServer;
  let informers: InformerFactory;
  let test: TestServer;
  const listed = async (): Promise<string[]> => names(await test.json(ROWS));
  const create = (name: string): Promise<string> => upstream.kubectl('create', 'configmap', name);

  async function until(condition: () => Promise<boolean> | boolean, seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${condition.toString()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The next event of a watch that is no bookmark, as `TYPE name`. */
  async function nextEvent(stream: LineStream): Promise<string> {
    for (;;) {
      const line = await stream.next();
      if (line === undefined) return 'the watch has ended';
      const { metadata } = line.object as unknown as { metadata: { name: string } };
      if (line.type !== 'BOOKMARK') return `${line.type} ${metadata.name}`;
    }
  }

  before(async function () {
    const missing = missingForPrivateApiServer();
    if (missing !== undefined) {
      console.log(`    no private kube-apiserver: ${missing}`);
      return this.skip();
    }
    upstream = await PrivateApiServer.start();
    informers = informerFactory({
      kubeConfig: await loadKubeConfig({ path: upstream.kubeConfig }),
      clock: fastClock,
    });
    const notes = informers.configMaps.pipe(
      filter(({ metadata }) => metadata?.name?.startsWith('note-') === true),
      map((note) => ({ metadata: identity(note) })),
    );
    test = await TestServer.listening({
      informers,
      clock: fastClock,
      resources: [resource({ kind: 'Note', plural: 'notes', namespaced: true }, notes)],
    });
    await until(() => test.server.counts().ready, 60);
    await create('note-one');
    await until(async () => (await listed()).length === 1, 60);
  });

  after(async () => {
    await test?.close();
    await informers?.close();
    await upstream?.close();
  });

  it('is read from memory while it is gone, and watches continue without a duplicate or a gap when it is back', async () => {
    const { resourceVersion } = (await test.json(ROWS))['metadata'];
    const stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${resourceVersion}&allowWatchBookmarks=true`);
    for (const name of ['note-two', 'note-three']) {
      await upstream.kill();
      expect(await listed()).to.include('note-one');
      expect((await test.get('/readyz')).text).to.equal('ok');
      await upstream.restart();
      await create(name);
      expect(await nextEvent(stream)).to.equal(`ADDED ${name}`);
    }
    stream.cancel();
    expect(await listed()).to.deep.equal(['note-one', 'note-three', 'note-two']);
  });

  it('is read at its new state after etcd was restored from a backup, and positions of the lost history receive 410', async () => {
    await upstream.kill();
    await upstream.etcd.backUp();
    await upstream.restart();
    // A history that the backup does not have.
    for (const name of ['note-lost', 'note-lost-too']) await create(name);
    await upstream.kubectl('delete', 'configmap', 'note-one');
    await until(async () => (await listed()).join(' ') === 'note-lost note-lost-too note-three note-two', 60);
    const { resourceVersion } = (await test.json(ROWS))['metadata'];

    await upstream.kill();
    await upstream.etcd.restore();
    await upstream.restart();
    await create('note-new');
    await until(async () => (await listed()).join(' ') === 'note-new note-one note-three note-two', 200);
    expect((await test.get('/readyz')).text).to.equal('ok');
    const stream = test.http2.watch(`${ROWS}?watch=1&resourceVersion=${resourceVersion}`);
    const { type, object } = (await stream.next()) ?? { type: 'the end', object: {} };
    expect([type, (object as { code?: number }).code]).to.deep.equal(['ERROR', 410]);
  });
});
