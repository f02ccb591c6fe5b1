import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { definitionText } from '../../../src/server/define/resource.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { podSummaries, TestServer } from '../../support/test-server.ts';
import { expectValid } from '../wire/openapi/valid-document.ts';

const V3 = '/openapi/v3/apis/example.com/v1';
const IMMUTABLE = 'public, immutable';
const NO_CACHE = 'no-cache, private';
const schema = {
  type: 'object',
  properties: { status: { type: 'object', properties: { phase: { type: 'string', description: 'where it is' } } } },
} as const;

describe('OpenApi', () => {
  let test: TestServer;
  let etag: string;
  let hash: string;

  before(async () => {
    test = await TestServer.listening({
      resources: [
        podSummaries(fakeInformer(pod('shop/web')), { schema }),
        rawEndpoint({ name: 'foo', paths: { '': { GET: (ctx) => void (ctx.body = {}) } } }),
      ],
    });
    etag = String((await test.get(V3)).headers['etag']);
    hash = etag.slice(1, -1);
  });
  after(() => test.close());

  it('serves valid documents of the resources', async () => {
    const [v2, v3] = [await test.json('/openapi/v2'), await test.json(V3)];
    await expectValid(v2);
    await expectValid(v3);
    const summary = v3['components'].schemas['com.example.v1.PodSummary'];
    expect(summary.properties.status).to.deep.equal(schema.properties.status);
    expect(summary['x-kubernetes-selectable-fields']).to.deep.equal([{ fieldPath: 'status.phase' }]);
    expect(v2['definitions']['com.example.v1.PodSummary'].properties.status).to.deep.equal(schema.properties.status);
    expect(Object.keys(v3['paths'])).to.deep.equal([
      '/apis/example.com/v1/namespaces/{namespace}/podsummaries',
      '/apis/example.com/v1/namespaces/{namespace}/podsummaries/{name}',
      '/apis/example.com/v1/namespaces/{namespace}/podsummaries/{name}/explain',
      '/apis/example.com/v1/podsummaries',
    ]);
  });

  it('lists the URL of the document of each version, and is in the index of paths', async () => {
    expect(await test.json('/openapi/v3')).to.deep.equal({
      paths: { 'apis/example.com/v1': { serverRelativeURL: `${V3}?hash=${hash}` } },
    });
    expect((await test.json('/'))['paths']).to.include.members(['/openapi/v2', '/openapi/v3', V3]);
  });

  it('sends an ETag that is the hash of the body', async () => {
    for (const path of ['/openapi/v2', '/openapi/v3', V3]) {
      const { headers, bytes } = await test.get(path);
      expect(headers['etag']).to.equal(`"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"`);
      expect(headers).to.include({ 'content-type': 'application/json', 'cache-control': NO_CACHE });
      expect(headers['last-modified']).to.equal(new Date(test.clock.now()).toUTCString());
    }
  });

  const rows: [string, string, Record<string, string>, number, Record<string, string | undefined>][] = [
    ['no hash', V3, {}, 200, { 'cache-control': NO_CACHE, vary: 'Accept', expires: undefined }],
    ['a slash at the end', `${V3}/`, {}, 200, {}],
    ['an empty hash', `${V3}?hash=`, {}, 200, { 'cache-control': NO_CACHE }],
    ['its hash', `${V3}?hash={hash}`, {}, 200, { 'cache-control': IMMUTABLE, expires: '{expires}', vary: 'Accept' }],
    [
      'another hash',
      `${V3}?hash=ABC`,
      {},
      200,
      { location: undefined, etag: '{etag}', 'cache-control': NO_CACHE, expires: undefined },
    ],
    ['another hash, and its ETag', `${V3}?hash=ABC`, { 'if-none-match': '{etag}' }, 304, { 'cache-control': NO_CACHE }],
    ['its ETag', V3, { 'if-none-match': '{etag}' }, 304, { etag: '{etag}', 'content-type': undefined }],
    ['its hash and its ETag', `${V3}?hash={hash}`, { 'if-none-match': '{etag}' }, 304, { 'cache-control': IMMUTABLE }],
    ['its ETag among others', V3, { 'if-none-match': '"A", W/{etag}' }, 304, {}],
    ['any ETag', V3, { 'if-none-match': '*' }, 304, {}],
    ['another ETag', V3, { 'if-none-match': '"A"' }, 200, { etag: '{etag}' }],
    ['its ETag without quotes', V3, { 'if-none-match': '{hash}' }, 200, {}],
    [
      'protobuf',
      V3,
      { accept: 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf' },
      406,
      { vary: undefined },
    ],
    [
      'protobuf, or else JSON',
      V3,
      { accept: 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf,application/json' },
      200,
      {},
    ],
    [
      'protobuf of v2',
      '/openapi/v2',
      { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' },
      406,
      {},
    ],
    ['v2 as YAML', '/openapi/v2', { accept: 'application/yaml' }, 406, {}],
    ['JSON that is refused', V3, { accept: 'application/json;q=0' }, 406, {}],
    ['some application type', '/openapi/v2', { accept: 'application/*' }, 200, { vary: 'Accept' }],
    ['anything', V3, { accept: 'text/html, */*;q=0.1' }, 200, {}],
    ['a transform', V3, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }, 200, {}],
    ['the root as HTML', '/openapi/v3', { accept: 'text/html' }, 200, { 'content-type': 'application/json' }],
    ['a version that is not served', '/openapi/v3/apis/example.com/v2', {}, 404, {}],
    ['a group alone', '/openapi/v3/apis/example.com', {}, 404, {}],
    ['something else', '/openapi/v3/version', {}, 404, {}],
  ];
  for (const [name, path, headers, status, expected] of rows) {
    it(`responds with ${status} for ${name} (${path.replace('/openapi/', '')})`, async () => {
      const expires = new Date(test.clock.now() + 365 * 86_400_000).toUTCString();
      const filled = (text: string): string =>
        text.replace('{etag}', etag).replace('{hash}', hash).replace('{expires}', expires);
      const sent = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, filled(value)]));
      const response = await test.get(filled(path), sent);
      expect(response.status).to.equal(status);
      for (const [key, value] of Object.entries(expected)) {
        expect(response.headers[key], key).to.equal(value === undefined ? undefined : filled(value));
      }
      if (status === 304) expect(response.text).to.equal('');
      if (status >= 400) expect(response.text).to.match(/kind"?: ?"?Status\b/);
    });
  }

  it('responds with 304 to a client that has the document of this time', async () => {
    const { headers } = await test.get(V3);
    const again = await test.get(V3, { 'if-modified-since': String(headers['last-modified']) });
    expect(again.status).to.equal(304);
  });

  it('accepts GET and HEAD only', async () => {
    const head = await test.get(V3, {}, 'HEAD');
    expect(head.status).to.equal(200);
    expect(head.headers['etag']).to.equal(etag);
    expect(head.text).to.equal('');
    for (const path of ['/openapi/v2', '/openapi/v3', V3]) {
      const post = await test.get(path, {}, 'POST');
      expect(post.status).to.equal(405);
      expect(post.headers).to.include({ allow: 'GET, HEAD' }).and.not.to.have.property('etag');
    }
    expect((await test.get('/openapi/v3/apis/nope/v1', {}, 'POST')).status).to.equal(404);
  });

  it('compresses large documents for clients that accept gzip', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [
        `field${index}`,
        { type: 'string', description: 'one of many fields' } as const,
      ]),
    );
    const large = await TestServer.listening({
      resources: [podSummaries(fakeInformer(), { schema: { type: 'object', properties } })],
    });
    try {
      const plain = await large.get(V3);
      expect(plain.headers)
        .to.include({ vary: 'Accept, Accept-Encoding' })
        .and.not.to.have.property('content-encoding');
      const compressed = await large.get(V3, { 'accept-encoding': 'gzip' });
      expect(compressed.headers).to.include({ 'content-encoding': 'gzip', etag: plain.headers['etag'] });
      expect(gunzipSync(compressed.bytes).equals(plain.bytes)).to.equal(true);
    } finally {
      await large.close();
    }
  });

  it('depends on schemas, on which positions do not depend', () => {
    const definition = { kind: 'A', plural: 'as', namespaced: true };
    expect(definitionText({ ...definition, schema })).to.equal(definitionText(definition));
  });
});
