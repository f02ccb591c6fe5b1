/** Requests that cost too much. Each is refused before the work, with the status of kube-apiserver. */
import { expect } from 'chai';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { requestHeaderConfig } from '../access/proxy.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';

const ROWS = `${BASE}/podsummaries`;

interface Row {
  readonly title: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly message: string;
}

const selector = (name: string, text: string): string => `${ROWS}?${name}=${encodeURIComponent(text)}`;
const list = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(',');

/** Sizes that no client needs. They are refused before authentication, because the check does not look into the texts. */
const SIZES: readonly Row[] = [
  ...['accept', 'accept-encoding', 'cache-control', 'content-type', 'if-none-match', 'user-agent'].map((name) => ({
    title: `${name} of 8,193 bytes`,
    headers: { [name]: `a/b;${' '.repeat(8188)}x` },
    status: 431,
    message: `the header ${name} is longer than 8192 bytes`,
  })),
  {
    title: 'a path of more than 64 KiB',
    path: `${BASE}/${'/'.repeat(65_600)}x`,
    status: 431,
    message: 'the URL is longer than 65536 bytes',
  },
  {
    title: 'a query of 40,000 pairs',
    path: `${ROWS}?${'a&'.repeat(40_000)}`,
    status: 431,
    message: 'the URL is longer than 65536 bytes',
  },
  {
    title: '4,001 headers',
    // Two more are those of the client.
    headers: Object.fromEntries(Array.from({ length: 3999 }, (_, index) => [`x-${index}`, 'a'])),
    status: 431,
    message: 'the request has more than 4000 headers',
  },
];

const REFUSED: readonly Row[] = [
  {
    title: 'a label selector of more than 32 KiB',
    path: selector('labelSelector', `a in (${'b'.repeat(32_768)})`),
    status: 400,
    message: 'labelSelector is longer than 32768 bytes',
  },
  {
    title: 'a field selector of more than 32 KiB',
    path: selector('fieldSelector', `metadata.name=${'b'.repeat(32_768)}`),
    status: 400,
    message: 'fieldSelector is longer than 32768 bytes',
  },
  {
    title: 'a label selector of 1,001 requirements',
    path: selector(
      'labelSelector',
      list(1001, (index) => `a${index}`),
    ),
    status: 400,
    message: 'the label selector has more than 1000 requirements',
  },
  {
    title: 'a field selector of 1,001 requirements',
    path: selector(
      'fieldSelector',
      list(1001, (index) => `metadata.name!=a${index}`),
    ),
    status: 400,
    message: 'the field selector has more than 1000 requirements',
  },
  {
    title: 'a timeout of 10,000 digits, of which the message repeats 1,024',
    path: `${ROWS}?timeout=${'1'.repeat(10_000)}`,
    status: 400,
    message: `invalid timeout specified in the request URL - time: missing unit in duration "${'1'.repeat(1024)} ..."`,
  },
  {
    title: 'a name of 10,000 characters, of which the message repeats 1,024',
    path: `${BASE}/namespaces/shop/podsummaries/${'n'.repeat(10_000)}`,
    status: 404,
    message: `podsummaries.example.com "${'n'.repeat(1024)} ..." not found`,
  },
  {
    title: 'a field of 10,000 characters that is not selectable, of which the message repeats 1,024',
    path: selector('fieldSelector', 'f'.repeat(10_000)),
    status: 400,
    message: `invalid selector: '${'f'.repeat(1024)} ...'; can't understand '${'f'.repeat(1024)} ...'`,
  },
];

describe('a server that receives hostile requests', () => {
  let test: TestServer;

  before(async () => {
    test = await TestServer.listening({ resources: [podSummaries(fakeInformer(pod('shop/web')))] });
  });

  after(() => test.close());

  for (const { title, path = ROWS, headers = {}, status, message } of [...SIZES, ...REFUSED]) {
    it(`responds with ${status} to ${title}`, async () => {
      const response = await test.get(path, headers);
      expect(response.status).to.equal(status);
      expect(JSON.parse(response.text)).to.deep.include({ kind: 'Status', code: status, message });
    });
  }

  it('cuts a message about many invalid values', async () => {
    const { status, text } = await test.get(selector('labelSelector', `a in (${list(4000, (index) => `-${index}`)})`));
    expect(status).to.equal(400);
    expect(text.length).to.be.below(17_000);
  });
});

describe('a server with many watches', () => {
  it('refuses a watch with 429 when the selectors of all watches have too many requirements', async () => {
    const test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      limits: { watchRequirements: 5 },
    });
    const watch = `${ROWS}?watch=1&labelSelector=`;
    const open = [test.http2.watch(`${watch}!a`), test.http2.watch(`${watch}!a`), test.http2.watch(`${watch}!b`)];
    for (const stream of open) expect((await stream.next())?.type).to.equal('ADDED');
    const response = await test.get(`${watch}!c`);
    expect(response.status).to.equal(429);
    expect(response.headers['retry-after']).to.equal('1');
    expect(JSON.parse(response.text).message).to.equal(
      'the open watches have more than 5 requirements in different selectors',
    );
    for (const stream of open) stream.cancel();
    await until(() => test.server.counts().watchers === 0);
    const next = test.http2.watch(`${watch}!c`);
    expect((await next.next())?.type).to.equal('ADDED');
    await test.close();
  });
});

describe('a server that does not know its client', () => {
  let test: TestServer;

  before(async () => {
    test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(pod('shop/web')))],
      authentication: await requestHeaderConfig(),
    });
  });

  after(() => test.close());

  for (const [title, path, headers] of [
    ['an Accept header for YAML', ROWS, { accept: 'application/yaml' }],
    ['a query that asks for indented JSON', `${ROWS}?pretty=1`, {}],
    ['a malformed timeout', `${ROWS}?timeout=abc`, {}],
    ['a path that cannot be decoded', `${BASE}/%zz`, {}],
    ['a target that is no URL', '//%zz:x', {}],
    ['Impersonate-User', ROWS, { 'impersonate-user': 'root' }],
  ] as const) {
    it(`responds with a 401 in plain JSON to ${title}`, async () => {
      const response = await test.get(path, headers);
      expect(response.status).to.equal(401);
      expect(response.headers['content-type']).to.equal('application/json');
      expect(response.text).to.match(/^\{"kind":"Status".*"code":401\}\n$/);
    });
  }

  for (const { title, path = ROWS, headers = {}, status } of SIZES) {
    it(`responds with ${status} to ${title}, before authentication`, async () => {
      expect((await test.get(path, headers)).status).to.equal(status);
    });
  }
});
