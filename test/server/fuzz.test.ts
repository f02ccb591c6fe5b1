import { expect } from 'chai';
import fc from 'fast-check';
import { rawEndpoint } from '../../src/server/raw-endpoint.ts';
import { fakeInformer, pod } from '../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../support/test-server.ts';

const segment = fc.oneof(
  fc.constantFrom(
    'apis',
    'example.com',
    'v1',
    'podsummaries',
    'namespaces',
    'shop',
    'web',
    'foo',
    'proxy',
    'status',
    '.',
    '..',
    '',
  ),
  fc.constantFrom(
    '%2F',
    '%00',
    '%',
    '%zz',
    '%25',
    '%E0%A4%A',
    '%F0%9F%98%80',
    '__proto__',
    'constructor',
    ';',
    '~',
    '*',
  ),
  fc.string({ unit: 'grapheme-ascii', maxLength: 8 }).map(encodeURIComponent),
);
const path = fc.oneof(
  fc.constantFrom(
    `${BASE}/podsummaries`,
    `${BASE}/namespaces/shop/podsummaries`,
    `${BASE}/namespaces/shop/podsummaries/web`,
    `${BASE}/watch/podsummaries`,
    `${BASE}/foo`,
  ),
  fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`),
  fc.array(segment, { maxLength: 4 }).map((segments) => `${BASE}/${segments.join('/')}`),
);
const version = fc.oneof(
  fc.constantFrom('', '0', '1', '-1', 'abc', '18446744073709551615', '99999999999999999999', '1e3', ' 1'),
  fc.string(),
);
const parameter = fc.oneof(
  fc.tuple(fc.constantFrom('resourceVersion', 'limit', 'timeoutSeconds', 'continue', 'pretty', 'timeout'), version),
  fc.tuple(fc.constant('resourceVersionMatch'), fc.constantFrom('Exact', 'NotOlderThan', '', 'x')),
  fc.tuple(
    fc.constantFrom('sendInitialEvents', 'allowWatchBookmarks', 'export'),
    fc.constantFrom('', '0', 'true', 'x'),
  ),
  fc.tuple(fc.constant('includeObject'), fc.constantFrom('', 'None', 'Object', 'x')),
  fc.tuple(
    fc.constant('labelSelector'),
    fc.oneof(fc.string(), fc.constantFrom('a', '!a', 'a in (b', 'a>1', 'a=b=c', ',', '((((', 'a notin ()', '\u0000')),
  ),
  fc.tuple(
    fc.constant('fieldSelector'),
    fc.oneof(
      fc.string(),
      fc.constantFrom('metadata.name=web', 'metadata.name=..', 'status.phase!=x', 'a\\', '=', 'x=y,,z'),
    ),
  ),
  fc.tuple(
    fc.constant('continue'),
    fc
      .record({ v: fc.constantFrom('meta.k8s.io/v1', 'x'), rv: fc.integer(), start: fc.string() })
      .map((token) => Buffer.from(JSON.stringify(token)).toString('base64url')),
  ),
  fc.tuple(fc.string(), fc.string()),
);
const query = fc
  .array(parameter, { maxLength: 5 })
  .map((parameters) =>
    parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&'),
  );
const accept = fc.oneof(
  fc.constantFrom(
    '*/*',
    'application/json',
    'application/yaml',
    'application/*;q=0.1',
    'application/json;as=Table;v=v1;g=meta.k8s.io',
    'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
    'application/json;as=x',
    ';;;,,"',
  ),
  fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
);
const headers = fc.record(
  {
    accept,
    'accept-encoding': fc.constantFrom('gzip', 'gzip;q=0', ',,', 'br'),
    'user-agent': fc.constantFrom('curl/8', 'kubectl', ''),
    'audit-id': fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
    'if-none-match': fc.constantFrom('*', '"x"'),
    'x-remote-user': fc.constantFrom('alice', ''),
    'content-length': fc.constant('0'),
    range: fc.constant('bytes=0-5'),
    expect: fc.constantFrom('nothing'),
  },
  { requiredKeys: [] },
);
const method = fc.oneof(
  { weight: 4, arbitrary: fc.constant('GET') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'constructor',
      '__proto__',
    ),
  },
);

describe('a server under fire', () => {
  it('answers anything with neither 5xx nor silence', async function fuzz() {
    this.timeout(60_000);
    const test = await TestServer.listening({
      resources: [
        podSummaries(fakeInformer(pod('shop/web'), pod('bank/db'))),
        rawEndpoint({ name: 'foo', paths: { '': { GET: (ctx) => void (ctx.body = 'foo') } } }),
      ],
    });
    try {
      await fc.assert(
        fc.asyncProperty(path, query, headers, method, fc.boolean(), async (where, what, given, how, watch) => {
          const target = `${where}?${watch ? 'watch=1&' : ''}${what}`;
          // A watch answers with its head and then goes on; the head is enough.
          const status = await new Promise<number>((resolve, reject) => {
            const stream = test.http2.session.request(
              { ':path': target, ':method': how, ...given },
              { endStream: true },
            );
            const late = setTimeout(() => reject(new Error('no answer')), 5000);
            stream.on('response', (answer) => {
              clearTimeout(late);
              stream.close(8);
              resolve(Number(answer[':status']));
            });
            stream.on('error', (error) => {
              clearTimeout(late);
              reject(error);
            });
            stream.resume();
          });
          // Upstream's own answer to a /watch/ prefix with nothing behind it.
          const isBareWatch = status === 500 && /\/(watch|proxy)\/*$/.test(decodeURIComponent(where));
          // A version ahead of the view is waited for; nothing here moves the clock, so nothing waits.
          if (!isBareWatch) expect(status, `${how} ${target} ${JSON.stringify(given)}`).to.be.within(200, 499);
        }),
        { numRuns: 600, endOnFailure: true },
      );
      expect((await test.http2.request('/livez')).text).to.equal('ok');
      expect(test.log.of('error')).to.deep.equal([]);
    } finally {
      await test.close();
    }
  });
});
