/**
 * Watches that move from a replica that does not know a change of rights yet to one that does. The versions of events have no mark of the
 * visible namespaces, so the second replica must not continue where the first one showed other rows.
 */
import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type FakeInformer, fakeInformer, pod, settled } from '../../../src/testing/informers/index.ts';
import { Http2Client, type LineStream, type WatchLine } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../../server/access/proxy.ts';
import { reviewingInformers, versionedRole } from '../../server/access/reviewing-informers.ts';

const ALL = `${BASE}/podsummaries`;

class Replica {
  readonly test: TestServer;
  /** The namespaces of alice, as this replica learns them. */
  readonly allowed: Set<string>;
  /** Reviews of these namespaces do not end. */
  readonly slow: Set<string>;
  readonly #http2: Http2Client;
  readonly #roles: FakeInformer<ReturnType<typeof versionedRole>>;
  readonly #streams: LineStream[] = [];
  #version = 0;

  private constructor(
    { test, allowed, slow }: Pick<Replica, 'test' | 'allowed' | 'slow'>,
    roles: FakeInformer<ReturnType<typeof versionedRole>>,
    http2: Http2Client,
  ) {
    this.test = test;
    this.allowed = allowed;
    this.slow = slow;
    this.#roles = roles;
    this.#http2 = http2;
  }

  static async start(pods: FakeInformer<V1Pod>): Promise<Replica> {
    const [allowed, slow] = [new Set(['shop']), new Set<string>()];
    const roles = fakeInformer(versionedRole(0));
    const test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: 'delegated',
      informers: reviewingInformers(({ resourceAttributes }) => {
        const { resource: plural, namespace = '' } = resourceAttributes ?? {};
        if (plural === 'pods' && slow.has(namespace)) return new Promise(() => undefined);
        return plural !== 'pods' || allowed.has(namespace);
      }, roles),
      resources: [podSummaries(pods, { authorize: 'rows' })],
    });
    // The sets that are made in the two seconds after the roles were read are reviewed once more.
    await test.clock.run(2000);
    return new Replica(
      { test, allowed, slow },
      roles,
      new Http2Client({ ...test.client, client: await proxyCertificate() }),
    );
  }

  open(version: string): LineStream {
    const stream = this.#http2.watch(`${ALL}?watch=1&resourceVersion=${version}`, { 'x-remote-user': 'alice' });
    this.#streams.push(stream);
    return stream;
  }

  async list(): Promise<{ readonly names: readonly string[]; readonly version: string }> {
    const { items, metadata } = JSON.parse((await this.#http2.request(ALL, { 'x-remote-user': 'alice' })).text);
    return {
      names: items.map((one: V1Pod) => one.metadata?.name),
      version: metadata.resourceVersion,
    };
  }

  /** Lets this replica learn of new rights. */
  async learn(...namespaces: string[]): Promise<void> {
    this.allowed.clear();
    for (const namespace of namespaces) this.allowed.add(namespace);
    this.#version += 1;
    this.#roles.modify(versionedRole(this.#version));
    await this.test.clock.run(1000);
  }

  async close(): Promise<void> {
    for (const stream of this.#streams) stream.cancel();
    this.#http2.close();
    await this.test.close();
  }
}

const versionOf = (line: WatchLine | undefined): string =>
  (line?.object as { metadata: { resourceVersion: string } } | undefined)?.metadata.resourceVersion ?? 'none';

describe("a watch with authorize: 'rows' that moves to another replica", () => {
  let pods: FakeInformer<V1Pod>;
  let first: Replica;
  let second: Replica;
  let changes = 0;
  beforeEach(async () => {
    pods = fakeInformer(pod('bank/vault'), pod('shop/web'));
    [first, second] = [await Replica.start(pods), await Replica.start(pods)];
  });
  afterEach(async () => {
    await first.close();
    await second.close();
  });

  const change = (): void => {
    changes += 1;
    pods.modify(pod('shop/web', { labels: { v: `${changes}` } }));
  };
  /** Opens a watch from a list of a replica. */
  const watching = async (replica: Replica): Promise<LineStream> => {
    const { version } = await replica.list();
    const { watchers } = replica.test.server.counts();
    const stream = replica.open(version);
    await until(() => replica.test.server.counts().watchers === watchers + 1);
    return stream;
  };
  /** Returns what a watch receives first: `MODIFIED`, or `410`. */
  const firstOf = async (replica: Replica, version: string): Promise<string> => {
    const { watchers } = replica.test.server.counts();
    const stream = replica.open(version);
    await until(() => stream.status === 200);
    for (let turn = 0; turn < 50; turn += 1) await settled();
    if (replica.test.server.counts().watchers > watchers) change();
    const line = await stream.next();
    stream.cancel();
    return line?.type === 'ERROR' ? String((line.object as { code?: number }).code) : (line?.type ?? 'end');
  };

  for (const [title, before, after] of [
    ['granted', ['shop'], ['bank', 'shop']],
    ['revoked', ['bank', 'shop'], ['shop']],
  ] as const) {
    it(`receives a 410 if the other replica knows already that a right was ${title}`, async () => {
      await first.learn(...before);
      await second.learn(...before);
      await watching(second);
      const stream = await watching(first);
      await second.learn(...after);
      expect((await second.list()).names).to.have.length(after.length);
      // The first replica shows the old rows still.
      change();
      const version = versionOf(await stream.next());
      expect(await firstOf(second, version)).to.equal('410');
    });
  }

  it('receives a 410 if only the other replica has reviewed a new namespace', async () => {
    first.allowed.add('new');
    second.allowed.add('new');
    const stream = await watching(first);
    await watching(second);
    first.slow.add('new');
    pods.add(pod('new/row'));
    await until(() => second.test.server.counts().watchers === 0);
    expect((await second.list()).names).to.have.length(2);
    change();
    const version = versionOf(await stream.next());
    expect(await firstOf(second, version)).to.equal('410');
  });

  it('continues on the same replica, and on another one that has known the same rows for ten seconds', async () => {
    const stream = await watching(first);
    await watching(second);
    for (const { test } of [first, second]) await test.clock.run(10_000);
    change();
    const version = versionOf(await stream.next());
    stream.cancel();
    await until(() => first.test.server.counts().watchers === 0);
    expect(await firstOf(first, version)).to.equal('MODIFIED');
    expect(await firstOf(second, version)).to.equal('MODIFIED');
  });
});
