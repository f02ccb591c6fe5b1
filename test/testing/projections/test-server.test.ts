import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { type InProcessServer, recompute, testServer } from '../../../src/testing/projections/index.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { BASE, podSummaries } from '../../support/test-server.ts';

describe('testServer()', () => {
  const pods = fakeInformer<V1Pod>(pod('shop/web', { phase: 'Running' }), pod('shop/db', { phase: 'Pending' }));
  let server: InProcessServer;
  before(() => {
    server = testServer({ resources: [podSummaries(pods)] });
  });
  after(() => server.close());

  interface List {
    readonly metadata: { readonly resourceVersion: string };
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  }

  it('answers lists with status, headers and body', async () => {
    const response = await server.request(`${BASE}/podsummaries?fieldSelector=status.phase%3DRunning`);
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([200, 'application/json']);
    const { items } = (await response.json()) as List;
    expect(items.map(({ metadata }) => metadata.name)).to.deep.equal(['web']);
  });

  it('answers what is not there with a Status', async () => {
    expect(await server.json(`${BASE}/namespaces/shop/podsummaries/none`)).to.include({
      code: 404,
      reason: 'NotFound',
    });
  });

  it('streams watches, for as long as somebody reads', async () => {
    const { metadata } = await server.json<List>(`${BASE}/podsummaries`);
    pods.add(pod('shop/new'));
    const events: string[] = [];
    for await (const { type, object } of server.watch(
      `${BASE}/podsummaries?watch=1&resourceVersion=${metadata.resourceVersion}`,
    )) {
      events.push(`${type} ${object.metadata.name}`);
      if (events.length === 2) break;
      pods.delete('shop/new');
    }
    expect(events).to.deep.equal(['ADDED new', 'DELETED new']);
  });

  it('fails a watch that does not begin', async () => {
    const watch = server.watch(`${BASE}/podsummaries?watch=1&resourceVersion=abc`);
    const error = await watch.next().then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(String(error)).to.match(/^Error: no watch: 400 \{/);
  });

  it('ends watches and leaves nothing behind when it is closed', async () => {
    const own = fakeInformer<V1Pod>(pod('shop/web'));
    const other = testServer({ resources: [podSummaries(own)] });
    const watch = other.watch(`${BASE}/podsummaries?watch=1`);
    expect((await watch.next()).value?.type).to.equal('ADDED');
    const rest = (async () => {
      for await (const { type } of watch) expect(type).to.equal('BOOKMARK');
    })();
    await other.close();
    await rest.catch(() => undefined);
    expect(own.statistics.subscribers).to.equal(0);
  });
});

describe('recompute()', () => {
  it('makes the rows and errors anew, of the very versions there are', () => {
    const pods = fakeInformer(pod('shop/web'), pod('shop/db'));
    pods.modify(pod('shop/web', { node: 'n1' }));
    const projection = (source: Collection<V1Pod>) =>
      source.pipe(
        map((one) => {
          if (one.spec?.nodeName === undefined) throw new Error('nowhere');
          return { version: one.metadata?.resourceVersion, uid: one.metadata?.uid };
        }),
      );
    const { rows, errors } = recompute<[V1Pod], unknown>(projection, pods);
    const web = pods.get('shop/web');
    expect([...rows]).to.deep.equal([
      ['shop/web', { version: web?.metadata?.resourceVersion, uid: web?.metadata?.uid }],
    ]);
    expect([...errors.keys()]).to.deep.equal(['shop/db']);
    expect(pods.statistics.subscribers).to.equal(0);
  });
});
