import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { parse } from 'yaml';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const LIST = `${BASE}/podsummaries`;
const ONE = `${BASE}/namespaces/ash/podsummaries/api`;
const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const as = (kind: string, version = 'v1', type = JSON_TYPE): string => `${type};as=${kind};v=${version};g=meta.k8s.io`;
const [TABLE, PARTIAL, PARTIALS] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const;

/** Path, Accept, and the representation: `406`, or kind and version, with the prefix `yaml` for YAML. */
type Case = readonly [path: string, accept: string | undefined, form: string];

const rows: readonly (readonly [title: string, ...cases: readonly Case[]])[] = [
  [
    '3.1 returns JSON without Accept, with an empty one and with wildcards',
    ...[undefined, '', '*/*', 'application/*', JSON_TYPE, 'application/json;charset=utf-8'].flatMap(
      (accept): Case[] => [
        [LIST, accept, 'PodSummaryList example.com/v1'],
        [ONE, accept, 'PodSummary example.com/v1'],
      ],
    ),
  ],
  [
    '3.1 sorts clauses by quality, then concrete before wildcard, then in the order given',
    [ONE, 'application/json;q=0.5,application/yaml', 'yaml PodSummary example.com/v1'],
    [ONE, '*/*,application/yaml', 'yaml PodSummary example.com/v1'],
    [ONE, `${as(TABLE)};q=0.1,application/json`, 'PodSummary example.com/v1'],
    [ONE, `application/json,${as(TABLE)}`, 'PodSummary example.com/v1'],
    [ONE, `${as(TABLE)},application/json`, 'Table meta.k8s.io/v1'],
  ],
  [
    '3.1 skips clauses that cannot be satisfied, and responds with 406 if none is left',
    [LIST, 'unrecognized/stuff,application/json;pretty=1', 'PodSummaryList example.com/v1'],
    [LIST, `${as('BOGUS', 'v1beta1')},application/json`, 'PodSummaryList example.com/v1'],
    [LIST, as('BOGUS', 'v1beta1'), '406'],
    [LIST, `${as(TABLE, 'v1alpha1')},application/json`, 'PodSummaryList example.com/v1'],
    [LIST, 'application/json;stream=other', '406'],
    [LIST, 'application', '406'],
    [LIST, 'text/html', '406'],
  ],
  [
    '3.1 skips protobuf and CBOR, which are not offered',
    [LIST, PROTOBUF, '406'],
    [LIST, `${PROTOBUF},application/json`, 'PodSummaryList example.com/v1'],
    [LIST, `${PROTOBUF}, */*`, 'PodSummaryList example.com/v1'],
    [LIST, 'application/cbor', '406'],
    [LIST, 'application/cbor,application/json', 'PodSummaryList example.com/v1'],
  ],
  [
    '3.1 YAML',
    [LIST, 'application/yaml', 'yaml PodSummaryList example.com/v1'],
    [ONE, 'application/yaml', 'yaml PodSummary example.com/v1'],
  ],
  [
    '11.4 GetTable: returns Tables of lists and objects, in both versions, as JSON and YAML only',
    ...[LIST, ONE].flatMap((path): Case[] => [
      [path, as(TABLE, 'v1alpha1'), '406'],
      [path, as(TABLE, 'v1', PROTOBUF), '406'],
      [path, as(TABLE), 'Table meta.k8s.io/v1'],
      [path, as(TABLE, 'v1beta1'), 'Table meta.k8s.io/v1beta1'],
      [path, `${as(TABLE, 'v1beta1', PROTOBUF)},${as(TABLE, 'v1beta1')}`, 'Table meta.k8s.io/v1beta1'],
      [path, as(TABLE, 'v1', 'application/yaml'), 'yaml Table meta.k8s.io/v1'],
      [path, `${as(TABLE)},${as(TABLE, 'v1beta1')},application/json`, 'Table meta.k8s.io/v1'],
    ]),
  ],
  [
    '11.4 GetPartialObjectMetadata: uses the first known version',
    [ONE, as(PARTIAL, 'v1alpha1'), '406'],
    [ONE, `${as(PARTIAL, 'v1alpha1')}, application/json`, 'PodSummary example.com/v1'],
    [ONE, `${as(PARTIAL, 'v1beta1')}, application/json`, 'PartialObjectMetadata meta.k8s.io/v1beta1'],
    [ONE, `${as(PARTIAL, 'v1beta1')}, ${as(PARTIAL)}`, 'PartialObjectMetadata meta.k8s.io/v1beta1'],
    [ONE, `${as(PARTIAL)}, ${as(PARTIAL, 'v1beta1')}, application/json`, 'PartialObjectMetadata meta.k8s.io/v1'],
    [LIST, `${as(PARTIAL, 'v1alpha1')}, application/json`, 'PodSummaryList example.com/v1'],
    [LIST, `${as(PARTIALS, 'v1beta1')}, application/json`, 'PartialObjectMetadataList meta.k8s.io/v1beta1'],
    [LIST, as(PARTIALS), 'PartialObjectMetadataList meta.k8s.io/v1'],
  ],
  [
    '3.4 responds with 406 to the metadata of a list for an object, or of an object for a list',
    [LIST, as(PARTIAL), '406'],
    [LIST, `${as(PARTIAL)},application/json`, '406'],
    [ONE, as(PARTIALS), '406'],
    [ONE, `${as(PARTIALS)},application/json`, '406'],
  ],
  [
    '3.4 accepts the headers of the metadata client',
    [ONE, `${as(PARTIAL, 'v1', PROTOBUF)},${as(PARTIAL)},application/json`, 'PartialObjectMetadata meta.k8s.io/v1'],
    [LIST, `${as(PARTIALS, 'v1', PROTOBUF)},${as(PARTIALS)}`, 'PartialObjectMetadataList meta.k8s.io/v1'],
  ],
];

describe('representations of responses', () => {
  let test: TestServer;

  before(async () => {
    const managedFields = [{ manager: 'kubectl', operation: 'Update' }];
    const full = pod('ash/api', { phase: 'Running', labels: { tier: 'web' } });
    const pods = new FakeInformer<V1Pod>({
      objects: [{ ...full, metadata: { ...full.metadata, managedFields } }, pod('birch/api')],
    });
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });
  after(() => test.close());

  const headersOf = (accept: string | undefined): Record<string, string> => (accept === undefined ? {} : { accept });

  for (const [title, ...cases] of rows) {
    it(title, async () => {
      for (const [path, accept, form] of cases) {
        const { status, text, headers } = await test.http2.request(path, headersOf(accept));
        const isYaml = form.startsWith('yaml ');
        const { kind, apiVersion, reason } = isYaml ? parse(text) : JSON.parse(text);
        const representation = status === 200 ? `${isYaml ? 'yaml ' : ''}${kind} ${apiVersion}` : String(status);
        expect(representation, `${path} ${accept}`).to.equal(form);
        expect(headers['content-type']).to.equal(isYaml ? 'application/yaml' : JSON_TYPE);
        if (status === 406) expect([kind, apiVersion, reason]).to.deep.equal(['Status', 'v1', 'NotAcceptable']);
      }
    });
  }

  it('3.1 writes a 406 as indented JSON if nothing else is acceptable', async () => {
    const { text } = await test.http2.request(LIST, { accept: 'text/html' });
    expect(text).to.equal(JSON.stringify(JSON.parse(text), undefined, 2));
  });

  it('3.2 indents by query, media type or user agent, and the query has precedence', async () => {
    for (const [query, headers, isPretty] of [
      ['', {}, false],
      ['', { accept: 'application/json;pretty=0' }, false],
      ['', { 'user-agent': 'kubectl' }, false],
      ['?pretty=0', {}, false],
      ['?pretty=banana', { 'user-agent': 'curl/8' }, false],
      ['?pretty=false', { 'user-agent': 'Mozilla/5.0' }, false],
      ['', { 'user-agent': 'curl' }, true],
      ['', { 'user-agent': 'Mozilla/5.0 (X11)' }, true],
      ['', { 'user-agent': 'Wget/1' }, true],
      ['', { accept: 'application/json;pretty=1' }, true],
      ['?pretty=1', {}, true],
      ['?pretty=true', {}, true],
    ] as const) {
      for (const path of [LIST, ONE, `${ONE}x`]) {
        const { text } = await test.http2.request(`${path}${query}`, headers);
        expect(text.startsWith('{\n  "'), `${path}${query} ${JSON.stringify(headers)}`).to.equal(isPretty);
      }
    }
  });

  it('3.3 an empty Table has columns, no rows, and the metadata of the list', async () => {
    const empty = await test.json(`${BASE}/namespaces/nowhere/podsummaries`, { accept: as(TABLE) });
    const plain = await test.json(`${BASE}/namespaces/nowhere/podsummaries`);
    expect(empty['rows']).to.deep.equal([]);
    expect(empty['columnDefinitions'].map(({ name }: any) => name)).to.deep.equal(['Name', 'Phase', 'Age']);
    expect(empty['metadata']).to.deep.equal(plain['metadata']);
    for (const accept of [as(TABLE), as(PARTIALS)]) {
      const page = await test.json(`${LIST}?limit=1`, { accept });
      expect(page['metadata']).to.deep.equal((await test.json(`${LIST}?limit=1`))['metadata']);
      expect(page['metadata']).to.have.all.keys('resourceVersion', 'continue', 'remainingItemCount');
    }
  });

  it('3.3 the Table of an object has its version, one row, and a cell for every column', async () => {
    const { metadata, rows: cells, columnDefinitions } = await test.json(ONE, { accept: as(TABLE) });
    expect(metadata).to.deep.equal({ resourceVersion: (await test.json(ONE))['metadata'].resourceVersion });
    expect(cells).to.have.length(1);
    expect(cells[0].cells).to.have.length(columnDefinitions.length);
    expect(cells[0].cells.slice(0, 2)).to.deep.equal(['api', 'Running']);
  });

  it('3.3 includeObject selects the metadata in the version of the Table, the object or nothing, and other values are rejected with 400', async () => {
    for (const version of ['v1', 'v1beta1']) {
      for (const path of [LIST, ONE]) {
        const object = async (query: string): Promise<any> =>
          (await test.json(`${path}${query}`, { accept: as(TABLE, version) }))['rows'][0].object;
        const partial = await test.json(ONE, { accept: as(PARTIAL, version) });
        expect(partial['apiVersion']).to.equal(`meta.k8s.io/${version}`);
        for (const query of ['', '?includeObject=', '?includeObject=Metadata']) {
          expect(await object(query)).to.deep.equal(partial);
        }
        expect(await object('?includeObject=Object')).to.deep.equal(await test.json(ONE));
        expect(await object('?includeObject=None')).to.equal(null);
      }
    }
    const { code, reason, message } = await test.json(`${LIST}?includeObject=x`, { accept: as(TABLE) });
    expect([code, reason]).to.deep.equal([400, 'BadRequest']);
    expect(message).to.equal(
      "Unable to convert to Table as requested: includeObject: Invalid value: \"x\": must be 'Metadata', 'Object', 'None', or empty",
    );
    expect((await test.get(`${LIST}?includeObject=x`)).status, 'without a Table').to.equal(200);
  });

  it('3.4 PartialObjectMetadata has all metadata and nothing else', async () => {
    const full = await test.json(ONE);
    const partial = await test.json(ONE, { accept: as(PARTIAL) });
    expect(partial).to.deep.equal({
      kind: PARTIAL,
      apiVersion: 'meta.k8s.io/v1',
      metadata: full['metadata'],
    });
    const list = await test.json(`${BASE}/namespaces/ash/podsummaries`, { accept: as(PARTIALS) });
    expect(list['items']).to.deep.equal([partial]);
  });

  it('3.4 an error is a Status of v1 in every requested representation', async () => {
    for (const accept of [as(TABLE), as(PARTIAL), `${as(TABLE)},application/json`, PROTOBUF]) {
      const { kind, apiVersion } = await test.json(`${ONE}x`, { accept });
      expect([kind, apiVersion], accept).to.deep.equal(['Status', 'v1']);
    }
  });

  it('3.5 every response has Audit-Id, Cache-Control, Content-Type and Date, and only whole lists have a validator', async () => {
    const whole = await test.get(LIST, { 'audit-id': 'a-b-c' });
    expect(whole.headers).to.include({ 'audit-id': 'a-b-c', 'cache-control': 'no-cache, private' });
    expect(whole.headers).to.include.keys('content-type', 'date', 'etag');
    expect(whole.headers).to.not.have.any.keys('last-modified');
    for (const path of [`${LIST}?limit=1`, ONE, `${ONE}x`, `${LIST}?limit=x`, `${BASE}/nothing`]) {
      const { headers } = await test.get(path, { 'audit-id': 'a-b-c', 'if-none-match': '*' });
      expect(headers, path).to.include({ 'audit-id': 'a-b-c', 'cache-control': 'no-cache, private' });
      expect(headers, path).to.include.keys('content-type', 'date');
      expect(headers, path).to.not.have.any.keys('etag', 'last-modified');
      expect((await test.get(path)).headers['audit-id'], path).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  });
});
