import { expect } from 'chai';
import { filter } from '../../src/projections/operators/filter.ts';
import { identity } from '../../src/projections/identity.ts';
import { map } from '../../src/projections/operators/map.ts';
import { type ApiServer, apiServer } from '../../src/server/api-server.ts';
import { resource } from '../../src/server/define/resource.ts';
import { rawEndpoint } from '../../src/server/define/raw-endpoint.ts';
import { certificateAuthority, type CertificateAuthority } from '../../src/certificates.ts';
import { fakeInformer, type FakeInformer, pod } from '../../src/testing/informers/index.ts';
import type { V1Pod } from '../../src/informers/wire-type.ts';
import { type ClientResponse, Http2Client, requestOnce } from '../support/https-client.ts';
import { RecordedLog } from '../support/test-server.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const BASE = '/apis/example.com/v1';

describe('apiServer()', () => {
  let authority: CertificateAuthority;
  let pods: FakeInformer<V1Pod>;
  let server: ApiServer;
  let http2: Http2Client;
  const get = (path: string, headers: Record<string, string> = {}): Promise<ClientResponse> =>
    requestOnce(path, { port: server.port, ca: authority.certificate, headers });
  const json = async (path: string, headers: Record<string, string> = {}): Promise<Record<string, any>> =>
    JSON.parse((await get(path, headers)).text);

  before(async () => {
    authority = await certificateAuthority('test');
  });

  beforeEach(async () => {
    pods = fakeInformer(
      pod('shop/web-1', { node: 'n1', phase: 'Running', labels: { app: 'web' } }),
      pod('shop/web-2', { node: 'n2', phase: 'Pending', labels: { app: 'web' } }),
      pod('bank/db-1', { node: 'n1', phase: 'Running', labels: { app: 'db' } }),
    );
    const rows = pods.pipe(
      filter((p) => p.metadata?.name !== 'hidden'),
      map((p) => ({ metadata: identity(p), status: { phase: p.status?.phase ?? 'Unknown' } })),
    );
    server = apiServer({
      log: new RecordedLog(),
      authentication: 'insecure-dev',
      apis: [
        {
          group: 'example.com',
          version: 'v1',
          resources: [
            resource(
              {
                kind: 'PodSummary',
                plural: 'podsummaries',
                shortNames: ['psum'],
                namespaced: true,
                columns: [{ name: 'Phase', type: 'string', value: (row) => row.status.phase }],
                selectableFields: ['status.phase'],
              },
              rows,
            ),
            rawEndpoint({
              name: 'foo',
              paths: {
                '': { GET: (ctx) => void (ctx.body = { hello: 'foo' }) },
                '/bar': { GET: (ctx) => void (ctx.body = 'bar') },
              },
            }),
          ],
        },
      ],
    });
    const { certificate, key } = await authority.issue({
      commonName: 'localhost',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      usage: 'server',
    });
    await server.listen({ port: 0, tls: { cert: certificate, key } });
    http2 = new Http2Client({ port: server.port, ca: authority.certificate });
  });

  afterEach(async () => {
    http2.close();
    await server.close();
  });

  it('lists the rows of all namespaces in the order of their keys, with a resourceVersion to watch from', async () => {
    const list = await json(`${BASE}/podsummaries`);
    expect(list).to.deep.include({ kind: 'PodSummaryList', apiVersion: 'example.com/v1' });
    expect(list['items'].map((row: any) => `${row.metadata.namespace}/${row.metadata.name}`)).to.deep.equal([
      'bank/db-1',
      'shop/web-1',
      'shop/web-2',
    ]);
    expect(list['metadata'].resourceVersion).to.match(/^[1-9][0-9]*$/);
  });

  it('returns one row, with a uid that differs from that of the pod', async () => {
    const row = await json(`${BASE}/namespaces/shop/podsummaries/web-1`);
    expect(row).to.deep.include({ kind: 'PodSummary', apiVersion: 'example.com/v1', status: { phase: 'Running' } });
    expect(row['metadata'].uid).to.not.equal(pods.get('shop/web-1')?.metadata?.uid);
  });

  it('selects by label and by field', async () => {
    const list = await json(`${BASE}/podsummaries?labelSelector=app%3Dweb&fieldSelector=status.phase%3DRunning`);
    expect(list['items'].map((row: any) => row.metadata.name)).to.deep.equal(['web-1']);
  });

  it('returns a Table to kubectl', async () => {
    const table = await json(`${BASE}/podsummaries`, { accept: TABLE });
    expect(table['columnDefinitions'].map((column: any) => column.name)).to.deep.equal(['Name', 'Phase', 'Age']);
    expect(table['rows'].map((row: any) => row.cells.slice(0, 2))).to.deep.equal([
      ['db-1', 'Running'],
      ['web-1', 'Running'],
      ['web-2', 'Pending'],
    ]);
    expect(table['rows'][0].object.kind).to.equal('PartialObjectMetadata');
  });

  it('pages through one snapshot while rows change', async () => {
    const first = await json(`${BASE}/podsummaries?limit=2`);
    expect(first['metadata'].remainingItemCount).to.equal(1);
    pods.add(pod('zoo/late'));
    pods.delete('shop/web-2');
    const second = await json(`${BASE}/podsummaries?limit=2&continue=${first['metadata'].continue}`);
    expect(second['items'].map((row: any) => row.metadata.name)).to.deep.equal(['web-2']);
    expect(second['metadata'].resourceVersion).to.equal(first['metadata'].resourceVersion);
    expect(second['metadata'].continue).to.equal(undefined);
  });

  it('watches from the version of a list over HTTP/2', async () => {
    const list = await json(`${BASE}/podsummaries`);
    const stream = http2.watch(`${BASE}/podsummaries?watch=1&resourceVersion=${list['metadata'].resourceVersion}`);
    pods.modify(pod('shop/web-2', { phase: 'Running', labels: { app: 'web' } }));
    pods.delete('shop/web-1');
    const events = [await stream.next(), await stream.next()] as any[];
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name} ${object.status.phase}`)).to.deep.equal([
      'MODIFIED web-2 Running',
      'DELETED web-1 Running',
    ]);
    stream.cancel();
  });

  it('streams initial events and the bookmark that ends them', async () => {
    const stream = http2.watch(
      `${BASE}/namespaces/shop/podsummaries?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    const events = [await stream.next(), await stream.next(), await stream.next()] as any[];
    expect(events.map(({ type }) => type)).to.deep.equal(['ADDED', 'ADDED', 'BOOKMARK']);
    expect(events[2].object.metadata.annotations).to.deep.equal({ 'k8s.io/initial-events-end': 'true' });
    pods.add(pod('shop/new'));
    expect((await stream.next())?.type).to.equal('ADDED');
    stream.cancel();
  });

  it('serves raw endpoints', async () => {
    expect((await get(`${BASE}/foo`)).text).to.equal('{"hello":"foo"}');
    expect((await get(`${BASE}/foo/bar`)).text).to.equal('bar');
    expect((await get(`${BASE}/foo/baz`)).status).to.equal(404);
  });

  it('lists exactly the served resources in discovery', async () => {
    const list = await json(BASE);
    expect(list['resources'].map((r: any) => [r.name, r.verbs])).to.deep.equal([
      ['podsummaries', ['get', 'list', 'watch']],
      ['podsummaries/explain', ['get']],
      ['foo', ['get']],
      ['foo/bar', ['get']],
    ]);
  });

  it('is ready after its informers have synced', async () => {
    expect((await get('/readyz')).text).to.equal('ok');
    expect((await get('/readyz?verbose')).text).to.contain('[+]cache-podsummaries ok');
  });
});
