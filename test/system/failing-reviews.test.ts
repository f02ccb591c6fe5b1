/**
 * The reviewer of a server is gone: what continues, and when it ends. Requests with a kept review end after ten seconds, and open watches after
 * five minutes of failing reviews, to the second of the fake clock.
 */
import { expect } from 'chai';
import type { UpstreamReviewResult } from '../../src/informers/collection/upstream.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import type { SourceAccess } from '../../src/server/define/source-access.ts';
import { type FakeInformer, fakeInformer, pod, settled } from '../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, type LineStream } from '../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../server/access/proxy.ts';
import { reviewingInformers, versionedRole } from '../server/access/reviewing-informers.ts';

const ALL = `${BASE}/podsummaries`;
const SHOP = `${BASE}/namespaces/shop/podsummaries`;

type Failure = UpstreamReviewResult | 'never';

/** The ways in which a reviewer is gone, and the seconds after which the failure of a review is known. */
const FAILURES: Readonly<Record<string, { readonly failure: Failure; readonly knownAfter: number }>> = {
  'cannot be reached': { failure: { type: 'unreachable', cause: new Error('refused') }, knownAfter: 0 },
  'never responds': { failure: 'never', knownAfter: 10 },
  'refuses all reviews': {
    failure: { type: 'refused', code: 403, status: {}, retryAfterSeconds: undefined },
    knownAfter: 0,
  },
  'cannot be understood': { failure: { type: 'done', object: { kind: 'Status' } }, knownAfter: 0 },
};

interface Watch {
  readonly stream: LineStream;
  /** The names of the rows of all events. */
  readonly names: string[];
  /** The time of the end; undefined while the watch is open. */
  endedAt: number | undefined;
}

/** Returns how the review of a resource fails; undefined if it does not. */
type Failing = { of: (resource: string) => Failure | undefined };
type Roles = FakeInformer<ReturnType<typeof versionedRole>>;

class World {
  readonly test: TestServer;
  readonly pods: FakeInformer<V1Pod>;
  readonly #http2: Http2Client;
  readonly #watches: Watch[] = [];
  readonly #failing: Failing;
  readonly #roles: Roles;
  #version = 0;

  private constructor(parts: Pick<World, 'test' | 'pods'>, http2: Http2Client, roles: Roles, failing: Failing) {
    this.test = parts.test;
    this.pods = parts.pods;
    this.#http2 = http2;
    this.#roles = roles;
    this.#failing = failing;
  }

  static async start(mode: SourceAccess['mode']): Promise<World> {
    const failing: Failing = { of: () => undefined };
    const pods = fakeInformer(pod('bank/vault'), pod('shop/web'));
    const roles = fakeInformer(versionedRole(0));
    const test = await TestServer.listening({
      authentication: await requestHeaderConfig(),
      authorization: 'delegated',
      informers: reviewingInformers(({ resourceAttributes }) => {
        const { resource: plural = '', namespace } = resourceAttributes ?? {};
        const failure = failing.of(plural);
        if (failure === 'never') return new Promise(() => undefined);
        // With `source`, users may see all pods. With `rows`, only those of shop.
        return failure ?? (plural !== 'pods' || mode === 'source' || namespace === 'shop');
      }, roles),
      resources: [podSummaries(pods, { authorize: mode })],
    });
    // The sets that are made in the two seconds after the roles were read are reviewed once more.
    await test.clock.run(2000);
    const http2 = new Http2Client({ ...test.client, client: await proxyCertificate() });
    return new World({ test, pods }, http2, roles, failing);
  }

  get now(): number {
    return this.test.clock.now() / 1000;
  }

  /** Lets the reviews of some resources fail from now on. */
  fail(failure: Failure | undefined, isConcerned: (resource: string) => boolean = () => true): void {
    this.#failing.of = (plural) => (isConcerned(plural) ? failure : undefined);
  }

  changeRights(): void {
    this.#version += 1;
    this.#roles.modify(versionedRole(this.#version));
  }

  get(path: string): Promise<ClientResponse> {
    return this.#http2.request(path, { 'x-remote-user': 'alice' });
  }

  /** Opens a watch, and waits for its first row. */
  async watch(path: string): Promise<Watch> {
    const stream = this.#http2.watch(`${path}?watch=1`, { 'x-remote-user': 'alice' });
    const watch: Watch = { stream, names: [], endedAt: undefined };
    this.#watches.push(watch);
    void (async () => {
      for await (const { object } of stream) watch.names.push((object as V1Pod).metadata?.name ?? '');
      watch.endedAt = this.now;
    })();
    await until(() => watch.names.length > 0);
    return watch;
  }

  /** Lets the time pass, second by second. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.test.clock.run(1000);
      // The server ends a stream at once; its client sees that a few turns later.
      const { watchers } = this.test.server.counts();
      await until(() => this.#watches.filter(({ endedAt }) => endedAt === undefined).length <= watchers);
    }
  }

  /** Changes the row that alice sees, and waits for the event. */
  async expectEvent(watch: Watch): Promise<void> {
    const before = watch.names.length;
    this.#version += 1;
    this.pods.modify(pod('shop/web', { labels: { v: `${this.#version}` } }));
    await until(() => watch.names.length > before);
  }

  async close(): Promise<void> {
    for (const { stream } of this.#watches) stream.cancel();
    this.#http2.close();
    await this.test.close();
  }
}

const expectUndecided = ({ status, headers, text }: ClientResponse, message: RegExp): void => {
  expect([status, headers['retry-after']], text).to.deep.equal([503, '1']);
  expect(JSON.parse(text).message).to.match(message);
  expect(text).not.to.contain('web').and.not.to.contain('vault');
};
const UNAUTHORIZED = /^the server cannot authorize requests at this time$/;

describe('a server whose reviewer is gone', () => {
  let world: World;
  afterEach(() => world.close());

  for (const mode of ['source', 'rows'] as const) {
    for (const path of [ALL, SHOP]) {
      for (const [title, { failure, knownAfter }] of Object.entries(FAILURES)) {
        const scope = path === ALL ? 'all namespaces' : 'one namespace';
        it(`with '${mode}', serves ${scope} for ten seconds and watches for five minutes, if it ${title}`, async function () {
          this.timeout(60_000);
          world = await World.start(mode);
          expect((await world.get(path)).status).to.equal(200);
          const watch = await world.watch(path);
          const gone = world.now;
          world.fail(failure);
          await world.pass(9);
          expect((await world.get(path)).status).to.equal(200);
          await world.pass(1);
          const waiting = world.get(path);
          if (failure === 'never') {
            for (let turn = 0; turn < 20; turn += 1) await settled();
            await world.pass(10);
          }
          expectUndecided(await waiting, UNAUTHORIZED);
          expect(world.test.server.counts()).to.include({ undecidedRequests: 1, deniedRequests: 0, watchers: 1 });
          // The first review of the watch fails 30 s after its beginning, and the time of failing reviews begins then.
          const firstFailure = gone + 30 + knownAfter;
          while (world.now < firstFailure + 299) {
            await world.pass(1);
            if (world.now % 50 === 0) await world.expectEvent(watch);
            expect(watch.endedAt, `after ${world.now - gone} s`).to.equal(undefined);
          }
          // The first review that fails after five minutes ends the watch.
          await world.pass(2 + 30 + knownAfter);
          const every = 30 + knownAfter;
          expect(watch.endedAt).to.equal(firstFailure + Math.ceil(300 / every) * every);
          expect(new Set(watch.names)).to.deep.equal(
            new Set(path === ALL && mode === 'source' ? ['vault', 'web'] : ['web']),
          );
          world.fail(undefined);
          await world.pass(1);
          expect((await world.get(path)).status).to.equal(200);
          await world.watch(path);
        });
      }
    }

    it(`with '${mode}', keeps a watch if the reviewer is back before five minutes, and begins to count anew`, async function () {
      this.timeout(60_000);
      world = await World.start(mode);
      const watches = [await world.watch(ALL), await world.watch(SHOP)];
      const { failure } = FAILURES['cannot be reached'] ?? expect.fail();
      for (let outage = 0; outage < 2; outage += 1) {
        world.fail(failure);
        await world.pass(310);
        world.fail(undefined);
        await world.pass(31);
        for (const watch of watches) {
          await world.expectEvent(watch);
          expect(watch.endedAt).to.equal(undefined);
        }
      }
    });
  }

  it("with 'rows', ends a watch whose set cannot be reviewed for five minutes after a change of rights", async function () {
    this.timeout(60_000);
    world = await World.start('rows');
    const watch = await world.watch(ALL);
    expect((await world.get(ALL)).status).to.equal(200);
    await world.pass(5);
    // The right to the resource itself can be reviewed.
    const { failure } = FAILURES['cannot be reached'] ?? expect.fail();
    world.fail(failure, (plural) => plural === 'pods');
    world.changeRights();
    const changed = world.now;
    await world.pass(9);
    expect((await world.get(ALL)).status).to.equal(200);
    await world.pass(1);
    expectUndecided(await world.get(ALL), /^the server does not know yet which rows the user may see$/);
    while (world.now < changed + 299) {
      await world.pass(1);
      if (world.now % 50 === 0) await world.expectEvent(watch);
      expect(watch.endedAt, `after ${world.now - changed} s`).to.equal(undefined);
    }
    await world.pass(3);
    expect(watch.endedAt).to.be.within(changed + 300, changed + 302);
    expect(new Set(watch.names)).to.deep.equal(new Set(['web']));
  });
});
