import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import {
  type InProcessServer,
  type TestTable,
  testServer,
  type TestServerOptions,
} from '../../../src/testing/projections/index.ts';
import { BASE, podSummaries, until } from '../../support/test-server.ts';

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

  it('responds to a list with status, headers and body', async () => {
    const response = await server.request(`${BASE}/podsummaries?fieldSelector=status.phase%3DRunning`);
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([200, 'application/json']);
    const { items } = (await response.json()) as List;
    expect(items.map(({ metadata }) => metadata.name)).to.deep.equal(['web']);
  });

  it('responds with a Status for an object that does not exist', async () => {
    expect(await server.json(`${BASE}/namespaces/shop/podsummaries/none`)).to.include({
      code: 404,
      reason: 'NotFound',
    });
  });

  it('streams a watch until the caller stops reading', async () => {
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

  for (const leave of ['break', 'an error'] as const) {
    it(`ends the watch on the server when the loop is left by ${leave}`, async () => {
      const loop = async (): Promise<void> => {
        for await (const { type } of server.watch(`${BASE}/podsummaries?watch=1`)) {
          expect(type).to.equal('ADDED');
          expect(server.server.counts().watchers).to.equal(1);
          if (leave === 'break') break;
          throw new Error('left');
        }
      };
      await loop().catch(() => undefined);
      await until(() => server.server.counts().watchers === 0);
    });
  }

  it('returns a Table', async () => {
    const table = await server.json<TestTable>(`${BASE}/namespaces/shop/podsummaries/web`, {
      headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(table.columnDefinitions.map(({ name }) => name)).to.deep.equal(['Name', 'Phase', 'Age']);
    expect(table.rows.map(({ cells, object }) => [cells[1], object.metadata.name])).to.deep.equal([['Running', 'web']]);
  });

  it('throws an error that names the served groups if the response is not JSON', async () => {
    const path = '/apis/docs.example.org/v1/podsummaries';
    expect(await failureOf(server.json(path))).to.equal(
      `Error: GET ${path} responded 404 with text/plain: 404 page not found; this server serves example.com/v1`,
    );
    expect(await failureOf(server.json('/readyz'))).to.equal('Error: GET /readyz responded 200 with text/plain: ok');
  });

  it('serves `apis` in place of `resources`', async () => {
    await using other = testServer({
      apis: [{ group: 'docs.example.org', version: 'v1', resources: [podSummaries(pods)] }],
    });
    const { items } = await other.json<List>('/apis/docs.example.org/v1/podsummaries');
    expect(items).to.have.length(2);
  });

  it('takes either `resources` or `apis`', () => {
    const resources = [podSummaries(pods)];
    const apis = [{ group: 'docs.example.org', version: 'v1', resources }];
    // @ts-expect-error The options have both.
    const both: TestServerOptions = { resources, apis };
    expect(() => testServer(both)).to.throw(
      TypeError,
      'testServer takes `resources` or `apis`, not both; move the resources into `apis`',
    );
    // @ts-expect-error The options have neither.
    expect(() => testServer({})).to.throw(TypeError, 'testServer needs `resources` or `apis`');
  });

  it('throws if the watch is refused', async () => {
    const watch = server.watch(`${BASE}/podsummaries?watch=1&resourceVersion=abc`);
    expect(await failureOf(watch.next())).to.match(/^Error: the watch was refused: 400 \{/);
  });

  it('ends watches and leaves no subscription when it is closed', async () => {
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

/** Returns the text of the error that a promise is rejected with, or undefined. */
function failureOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => String(error),
  );
}
