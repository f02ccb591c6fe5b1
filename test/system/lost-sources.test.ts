/** A server whose sources are lost, forbidden or silent, through HTTP: its readiness, and the four places that report a stale source. */
import { expect } from 'chai';
import type { Collection } from '../../src/informers/collection/collection.ts';
import type { SourceObject } from '../../src/informers/collection/source-collection.ts';
import { ConnectionError, UpstreamApiError } from '../../src/informers/errors.ts';
import { informerFactory, type InformerFactory } from '../../src/informers/informer-factory.ts';
import type { ListWatch } from '../../src/informers/list-watch.ts';
import { identity } from '../../src/projections/identity.ts';
import { map } from '../../src/projections/operators/map.ts';
import { resource, type Resource } from '../../src/server/define/resource.ts';
import { memoryStore } from '../../src/stores/index.ts';
import { FakeClock, FakeListWatch } from '../../src/testing/informers/index.ts';
import { BASE, TestServer } from '../support/test-server.ts';

const REFUSED = "can't reach https://10.0.0.1: connection refused";
const NAMES = ['pods', 'nodes', 'services', 'secrets', 'configmaps', 'events', 'namespaces'];

/** An upstream that fails every request while it has an error. */
class LostListWatch extends FakeListWatch<SourceObject> {
  error: Error | undefined;

  override list(
    ...parameters: Parameters<ListWatch<SourceObject>['list']>
  ): ReturnType<ListWatch<SourceObject>['list']> {
    return this.error === undefined ? super.list(...parameters) : Promise.reject(this.error);
  }

  override watch(
    ...parameters: Parameters<ListWatch<SourceObject>['watch']>
  ): ReturnType<ListWatch<SourceObject>['watch']> {
    return this.error === undefined ? super.watch(...parameters) : Promise.reject(this.error);
  }

  lose(error: Error): void {
    this.error = error;
    this.breakWatches(error);
  }
}

describe('a server over sources that are lost', () => {
  let clock: FakeClock;
  let upstreams: Map<string, LostListWatch>;
  let informers: InformerFactory;
  let servers: TestServer[];

  beforeEach(() => {
    clock = new FakeClock();
    servers = [];
    upstreams = new Map(
      NAMES.map((name) => [name, new LostListWatch([{ metadata: { name: 'one', namespace: 'shop' } }], { name })]),
    );
    informers = informerFactory({
      listWatch: <T extends SourceObject>({ resource: name }: { resource: string }) =>
        upstream(name) as unknown as ListWatch<T>,
      clock,
      random: () => 0,
    });
  });
  afterEach(async () => {
    for (const server of servers) await server.close();
    await informers.close();
  });

  function upstream(name: string): LostListWatch {
    return upstreams.get(name) ?? expect.fail(`no source ${name}`);
  }

  /** A server with one resource for each source. */
  async function serve(names: readonly string[] = ['pods']): Promise<TestServer> {
    const resources = names.map((name): Resource => {
      const source: Collection<SourceObject> = informers.of({ group: '', version: 'v1', resource: name });
      const rows = source.pipe(map((one) => ({ metadata: identity(one) })));
      return resource({ kind: `Row${name}`, plural: `rows${name}`, namespaced: true }, rows);
    });
    const test = await TestServer.listening({ resources, clock });
    servers.push(test);
    await clock.run(0);
    return test;
  }

  /** The lines of the log about sources, since the last call. */
  function lines(test: TestServer): string[] {
    return test.log.entries
      .splice(0)
      .map(({ level, message }) => `${level} ${message}`)
      .filter((line) => /^\w+ (\d+ )?sources? /.test(line));
  }
  const age = async (test: TestServer): Promise<unknown> =>
    (await test.get(`${BASE}/rowspods`)).headers['x-kubefacet-source-age'];

  it('stays ready, and reports the stale source in four places, once', async () => {
    const test = await serve();
    expect((await test.get('/readyz')).text).to.equal('ok');
    upstream('pods').lose(new ConnectionError(REFUSED));
    await clock.run(400_000);
    expect((await test.get('/readyz')).text).to.equal('ok');
    expect((await test.get('/readyz?verbose')).text).to.contain(
      '[+]informer-sync/pods ok (last heard 400.0s ago, stale, retrying)\n',
    );
    expect(await age(test)).to.equal('pods=400.000');
    expect(test.server.counts()).to.include({ ready: true, failingSources: 1, staleSources: 1, sourceAge: 400 });
    const [status] = informers.sources();
    expect(status).to.include({ cause: 'ConnectionError', failingSince: clock.now() - 400_000 });
    expect(status?.failures).to.be.greaterThan(10);
    const [begun, stale, ...others] = lines(test);
    expect(begun).to.equal(`warn source pods has a problem: ${REFUSED}`);
    expect(stale).to.match(/^warn source pods is stale: nothing has arrived for (18|19|20)\d s, /);
    expect(others).to.deep.equal([]);

    upstream('pods').error = undefined;
    await clock.run(59_000);
    upstream('pods').bookmark();
    await clock.run(1000);
    expect(lines(test).join('\n')).to.match(/^info source pods works again, after 4\d\d s and \d+ failed requests$/);
    expect(test.server.counts()).to.include({ failingSources: 0, staleSources: 0 });
    expect((await test.get('/readyz?verbose')).text).to.match(/informer-sync\/pods ok \(last heard [\d.]+s ago\)\n/);
  });

  it('is not ready while a source is forbidden from the start, and logs it within two seconds, without a request', async () => {
    upstream('nodes').error = new UpstreamApiError({ code: 403, message: 'nodes is forbidden' });
    const test = await serve(['pods', 'nodes']);
    await clock.run(2000);
    expect(lines(test)).to.deep.equal(['warn source nodes has a problem: not allowed: nodes is forbidden']);
    const { status, text } = await test.get('/readyz');
    expect(status).to.equal(500);
    expect(text).to.contain('[-]informer-sync/nodes failed: reason withheld (never heard, retrying)\n');
    expect((await test.get(`${BASE}/rowspods`)).status).to.equal(200);
    await clock.run(600_000);
    const refused = await test.get(`${BASE}/rowsnodes`);
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([429, '2']);
    expect(lines(test), 'retries are not logged').to.deep.equal([]);
    upstream('nodes').error = undefined;
    await clock.run(45_000);
    expect((await test.get('/readyz')).text).to.equal('ok');
    expect(lines(test)).to.have.length(1);
  });

  it('logs one line for seven sources with the same cause, and one for their recovery', async () => {
    const test = await serve(NAMES);
    for (const name of NAMES) upstream(name).lose(new ConnectionError(REFUSED));
    await clock.run(120_000);
    const names = `(${NAMES.join(', ')})`;
    expect(lines(test)).to.deep.equal([`warn 7 sources have the same problem ${names}: ${REFUSED}`]);
    for (const name of NAMES) upstream(name).error = undefined;
    await clock.run(60_000);
    expect(lines(test).join('\n')).to.match(
      /^info 7 sources work again \(.*\), after 1\d\d s and \d+ failed requests$/,
    );
  });

  it('logs for itself if it shares the informer with another server, until it is closed', async () => {
    const [first, second] = [await serve(), await serve()];
    upstream('pods').lose(new ConnectionError(REFUSED));
    await clock.run(2000);
    for (const test of [first, second]) {
      expect(lines(test)).to.deep.equal([`warn source pods has a problem: ${REFUSED}`]);
      expect((await test.get('/readyz')).text).to.equal('ok');
    }
    await first.close();
    upstream('pods').error = undefined;
    await clock.run(60_000);
    expect(lines(first)).to.deep.equal([]);
    expect(lines(second)).to.have.length(1);
  });

  it('logs that it cannot read the collections that it needs for itself, without a request', async () => {
    const tasks = resource({ kind: 'Task', plural: 'tasks', namespaced: true }, memoryStore());
    for (const name of ['configmaps', 'namespaces'])
      upstream(name).error = new UpstreamApiError({ code: 403, message: `${name} is forbidden` });
    const test = await TestServer.listening({ resources: [tasks], clock, informers, authentication: 'front-proxy' });
    servers.push(test);
    await clock.run(2000);
    const [line, ...others] = lines(test);
    expect(others).to.deep.equal([]);
    expect(line).to.match(/^warn 2 sources have problems of the same kind \(configmaps.*, namespaces\): /);
    expect(line).to.contain('not allowed: configmaps is forbidden; not allowed: namespaces is forbidden');
    const { status, text } = await test.get('/readyz');
    expect(status).to.equal(500);
    expect(text).to.contain('[-]authentication failed: reason withheld\n');
    expect(test.log.of('warn'), 'one cause is logged once').to.deep.equal([]);
  });

  const refusals = [400, 401, 403, 404, 405, 410, 413, 422, 429, 500, 502, 503, 504];
  for (const error of [
    ...refusals.map((code) => new UpstreamApiError({ code, message: `status ${code}` })),
    new ConnectionError(REFUSED),
    new Error('anything else'),
  ]) {
    it(`stays ready for a day while the cluster fails each request: ${error.message}`, async () => {
      const test = await serve();
      upstream('pods').lose(error);
      for (let hour = 0; hour < 24; hour += 1) {
        await clock.run(3_600_000);
        expect(test.server.counts().ready).to.equal(true);
      }
      expect((await test.get('/readyz')).text).to.equal('ok');
      expect(lines(test).length, 'a constant failure is logged a few times').to.be.within(1, 4);
    });
  }

  const faults: [string, (upstream: LostListWatch) => void][] = [
    ['is silent', (one) => one.goSilent()],
    [
      'returns older states',
      (one) => {
        one.tick(10);
        one.bookmark();
        one.staleAt = 100;
        one.send({ type: 'ERROR', object: { code: 410 } });
      },
    ],
  ];
  for (const [what, fault] of faults) {
    it(`stays ready for a day while the cluster ${what}`, async () => {
      const test = await serve();
      fault(upstream('pods'));
      await clock.run(24 * 3_600_000);
      expect((await test.get('/readyz')).text).to.equal('ok');
    });
  }
});
