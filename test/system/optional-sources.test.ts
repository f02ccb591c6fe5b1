/** Optional sources, through HTTP: a source that is forbidden or does not exist costs its own resources only. */
import { expect } from 'chai';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { UpstreamApiError } from '../../src/informers/errors.ts';
import { informerFactory, type InformerFactory } from '../../src/informers/informer-factory.ts';
import type { ListWatch } from '../../src/informers/list-watch.ts';
import { identity } from '../../src/projections/identity.ts';
import { byName } from '../../src/projections/match/by-key.ts';
import { leftJoin } from '../../src/projections/operators/left-join.ts';
import { map } from '../../src/projections/operators/map.ts';
import { resource, type Resource } from '../../src/server/define/resource.ts';
import { FakeClock, FakeListWatch, pod } from '../../src/testing/informers/index.ts';
import { BASE, names, TestServer } from '../support/test-server.ts';

interface Widget {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

const WIDGETS = { group: 'example.org', version: 'v1', resource: 'widgets' };

/** An upstream that refuses every request while it has a code. */
class RefusingListWatch extends FakeListWatch<SourceObject> {
  code: number | undefined;

  override list(
    ...parameters: Parameters<ListWatch<SourceObject>['list']>
  ): ReturnType<ListWatch<SourceObject>['list']> {
    return this.code === undefined ? super.list(...parameters) : Promise.reject(this.#refusal());
  }

  override watch(
    ...parameters: Parameters<ListWatch<SourceObject>['watch']>
  ): ReturnType<ListWatch<SourceObject>['watch']> {
    return this.code === undefined ? super.watch(...parameters) : Promise.reject(this.#refusal());
  }

  #refusal(): UpstreamApiError {
    return new UpstreamApiError({ code: this.code, message: `widgets: ${this.code}` });
  }
}

describe('optional sources', () => {
  let clock: FakeClock;
  let widgets: RefusingListWatch;
  let informers: InformerFactory;
  let test: TestServer;

  beforeEach(() => {
    clock = new FakeClock();
    widgets = new RefusingListWatch([{ metadata: { name: 'web', namespace: 'shop' } }], { name: 'widgets' });
    const pods = new FakeListWatch<SourceObject>([pod('shop/web'), pod('shop/db')], { name: 'pods' });
    informers = informerFactory({
      listWatch: <T extends SourceObject>({ resource: name }: { resource: string }) =>
        (name === 'pods' ? pods : widgets) as unknown as ListWatch<T>,
      clock,
    });
  });

  afterEach(async () => {
    await test.close();
    await informers.close();
  });

  async function serve(code: number | undefined, optional: boolean): Promise<void> {
    widgets.code = code;
    const source = informers.of<Widget>(WIDGETS, { optional });
    const rows = (plural: string, kind: string, content: Parameters<typeof resource>[1]): Resource =>
      resource({ kind, plural, namespaced: true }, content as never);
    test = await TestServer.listening({
      resources: [
        rows('pods', 'PodRow', informers.pods.pipe(map((one) => ({ metadata: identity(one) })))),
        rows('widgetrows', 'WidgetRow', source.pipe(map((one) => ({ metadata: identity(one) })))),
        rows(
          'pairs',
          'Pair',
          informers.pods.pipe(
            leftJoin(source, byName(), (one, partner) => ({ metadata: identity(one), found: partner !== undefined })),
          ),
        ),
      ],
      clock,
    });
    await clock.run(0);
  }

  const statuses = async (): Promise<number[]> =>
    Promise.all(
      ['/readyz', `${BASE}/pods`, `${BASE}/widgetrows`, `${BASE}/pairs`].map(
        async (path) => (await test.get(path)).status,
      ),
    );
  const found = async (): Promise<unknown> =>
    (await test.json(`${BASE}/pairs`))['items'].map((item: { metadata: { name: string }; found: boolean }) => [
      item.metadata.name,
      item.found,
    ]);

  for (const code of [403, 404, 500]) {
    it(`make the server ready while the source responds with ${code}, and their resources respond with 429`, async () => {
      await serve(code, true);
      expect(await statuses()).to.deep.equal([200, 200, 429, 429]);
      const { text } = await test.get('/readyz?verbose');
      expect(text).to.contain('[+]informer-sync/widgets.example.org (optional) ok (optional, not ready, retrying)');
      expect(text).to.contain('[+]cache-pairs/sources ok (an optional source is not ready)');
      await clock.run(1000);
      expect(test.log.of('warn').join('\n')).to.contain('source widgets.example.org (optional) has a problem: ');
    });

    it(`are the exception: a required source that responds with ${code} keeps the server from being ready`, async () => {
      await serve(code, false);
      expect(await statuses()).to.deep.equal([500, 200, 429, 429]);
    });
  }

  it('count as empty if they do not exist for a minute, and are read when they are installed', async () => {
    await serve(404, true);
    await clock.run(95_000);
    expect(await statuses()).to.deep.equal([200, 200, 200, 200]);
    expect(names(await test.json(`${BASE}/widgetrows`))).to.deep.equal([]);
    expect(await found()).to.deep.equal([
      ['db', false],
      ['web', false],
    ]);
    expect(informers.sources().find(({ name }) => name.startsWith('widgets'))?.message).to.contain('counts as empty');
    widgets.code = undefined;
    await clock.run(60_000);
    expect(names(await test.json(`${BASE}/widgetrows`))).to.deep.equal(['web']);
    expect(await found()).to.deep.equal([
      ['db', false],
      ['web', true],
    ]);
  });

  it('do not count as empty while they are forbidden, and are read when they are allowed', async () => {
    await serve(403, true);
    await clock.run(300_000);
    expect(await statuses()).to.deep.equal([200, 200, 429, 429]);
    widgets.code = undefined;
    await clock.run(60_000);
    expect(names(await test.json(`${BASE}/widgetrows`))).to.deep.equal(['web']);
  });

  it('count as empty a minute after they were removed', async () => {
    await serve(undefined, true);
    expect(names(await test.json(`${BASE}/widgetrows`))).to.deep.equal(['web']);
    widgets.code = 404;
    widgets.breakWatches();
    await clock.run(120_000);
    expect(await statuses()).to.deep.equal([200, 200, 200, 200]);
    expect(names(await test.json(`${BASE}/widgetrows`))).to.deep.equal([]);
    expect(await found()).to.deep.equal([
      ['db', false],
      ['web', false],
    ]);
  });
});
