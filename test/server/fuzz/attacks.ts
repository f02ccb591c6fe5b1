/** Random requests. Most are invalid, some are valid. */
import fc from 'fast-check';
import { BASE } from '../../support/test-server.ts';

/** A request, or bytes that are not a request. */
export type Attack =
  | { readonly over: 'http1' | 'http2'; readonly identity: Identity; readonly request: FuzzedRequest }
  | { readonly over: 'tls http1' | 'tls h2' | 'tcp'; readonly garbage: Uint8Array };

/** The sender: the front proxy, or a client without a certificate. */
export type Identity = 'proxy' | 'anonymous';

export interface FuzzedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the client disconnects before the response. */
  readonly disconnects: boolean;
}

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
  fc.constantFrom(
    '',
    '0',
    '1',
    '-1',
    'abc',
    `${1n << 20n}`,
    '18446744073709551615',
    '99999999999999999999',
    '1e3',
    ' 1',
  ),
  fc.string(),
);
const parameter = fc.oneof(
  fc.tuple(fc.constantFrom('resourceVersion', 'limit', 'timeoutSeconds', 'continue', 'pretty', 'timeout'), version),
  fc.tuple(fc.constant('timeout'), fc.constantFrom('1ns', '5s', '-1s', '1h1h', '1e3s', 's', '')),
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
const token = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });
const header = fc.oneof(
  ...Object.entries({
    accept,
    'accept-encoding': fc.constantFrom('gzip', 'gzip;q=0', ',,', 'br'),
    'user-agent': fc.constantFrom('curl/8', 'kubectl', ''),
    'audit-id': token,
    'if-none-match': fc.constantFrom('*', '"x"'),
    'x-remote-user': fc.constantFrom('bob', ''),
    'x-remote-group': token,
    'x-remote-extra-%zz': token,
    authorization: fc.oneof(
      token.map((text) => `Bearer ${text}`),
      fc.constantFrom('Bearer', 'Basic eDp5', 'Bearer a b', 'bearer ..'),
    ),
    'content-type': fc.oneof(fc.constantFrom('application/json', 'application/yaml', 'text/plain', ';;;'), token),
    'sec-websocket-protocol': token,
    range: fc.constant('bytes=0-5'),
    'x-fuzz': fc.constantFrom('', '\t', 'x'.repeat(20_000)),
  }).map(([name, values]) => ({ weight: 10, arbitrary: values.map((value) => [name, value] as const) })),
  { weight: 3, arbitrary: fc.constant(['impersonate-user', 'root'] as const) },
  { weight: 3, arbitrary: fc.constant(['expect', 'nothing'] as const) },
);
const headers = fc
  .array(header, { maxLength: 4 })
  .map((pairs): Record<string, string> => ({ 'x-remote-user': 'alice', ...Object.fromEntries(pairs) }));
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

const body = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.constantFrom('{', 'a: &a [*a]', '['.repeat(5000), 'x'.repeat(200_000)) },
);
const request = fc
  .record({ path, query, headers, method, body, watch: fc.boolean(), disconnects: fc.nat(9).map((n) => n === 0) })
  .map(({ path: where, query: what, watch, ...rest }): FuzzedRequest => {
    return { ...rest, target: `${where}?${watch ? 'watch=1&' : ''}${what}` };
  });
const FRAMES = [
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  'POST /apis HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'GET /\u0000 HTTP/1.1\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
];
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.constantFrom(...FRAMES).map((text) => Buffer.from(text, 'latin1')),
  fc
    .tuple(fc.constantFrom(...FRAMES), fc.uint8Array({ maxLength: 200 }))
    .map(([text, bytes]) => Buffer.concat([Buffer.from(text, 'latin1'), bytes])),
);

/** Any attack. */
export const attack: fc.Arbitrary<Attack> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      over: fc.constantFrom('http1' as const, 'http2' as const, 'http2' as const),
      identity: fc.constantFrom('proxy' as const, 'proxy' as const, 'proxy' as const, 'anonymous' as const),
      request,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ over: fc.constantFrom('tls http1' as const, 'tls h2' as const, 'tcp' as const), garbage }),
  },
);
