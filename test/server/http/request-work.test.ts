/** The work that a request costs beside its bytes, as counts. */
import { expect } from 'chai';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import { configMap, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { type ClientResponse, Http2Client, requestOnce } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

const ROW = `${BASE}/namespaces/shop/podsummaries/web`;
const ALICE = { 'x-remote-user': 'alice', 'x-remote-group': 'dev' };

/** A server behind a front proxy, whose reviews are kept. */
async function delegated(options: Partial<Parameters<typeof TestServer.listening>[0]> = {}): Promise<TestServer> {
  const { clientCa } = await requestHeaderConfig();
  const maps = fakeInformer({
    ...configMap('kube-system/extension-apiserver-authentication'),
    data: {
      'requestheader-client-ca-file': clientCa,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    },
  });
  return TestServer.listening({
    authentication: 'delegated',
    authorization: 'delegated',
    informers: {
      of: () => maps,
      review: async (_resource: unknown, review: object) => ({
        type: 'done' as const,
        object: { ...review, status: { allowed: true } },
      }),
    },
    resources: [podSummaries(fakeInformer(pod('shop/web')))],
    ...options,
  });
}

describe('the work of a get', () => {
  let test: TestServer;
  let client: Awaited<ReturnType<typeof proxyCertificate>>;
  let http2: Http2Client;

  before(async () => {
    client = await proxyCertificate();
    const signals = rawEndpoint({
      name: 'signals',
      paths: { '': { GET: (ctx) => void (ctx.body = { aborted: ctx.state.signal.aborted }) } },
    });
    test = await delegated({ resources: [podSummaries(fakeInformer(pod('shop/web'))), signals] });
    http2 = new Http2Client({ ...test.client, client });
    // The first requests are reviewed.
    for (const path of [ROW, `${BASE}/signals`]) expect((await http2.request(path, ALICE)).status).to.equal(200);
  });

  after(async () => {
    http2.close();
    await test.close();
  });

  const both = (): readonly ((path: string) => Promise<ClientResponse>)[] => [
    (path) => requestOnce(path, { ...test.client, client, headers: ALICE }),
    (path) => http2.request(path, ALICE),
  ];

  /** Returns the number of controllers that are made while a function runs. */
  async function controllersOf(run: () => Promise<unknown>): Promise<number> {
    const original = globalThis.AbortController;
    let made = 0;
    globalThis.AbortController = class extends original {
      constructor() {
        super();
        made += 1;
      }
    };
    try {
      await run();
    } finally {
      globalThis.AbortController = original;
    }
    return made;
  }

  it('makes no AbortController, and a handler that reads its signal makes one', async () => {
    for (const get of both()) {
      expect(await controllersOf(async () => expect((await get(ROW)).status).to.equal(200))).to.equal(0);
      expect(await controllersOf(() => get(`${BASE}/signals`))).to.equal(1);
    }
  });

  it('sets no timer', async () => {
    const { clock } = test;
    const schedule = clock.schedule.bind(clock);
    let timers = 0;
    clock.schedule = (...timer) => {
      timers += 1;
      return schedule(...timer);
    };
    // Connections have timers of their own, so only the requests of an open one are counted.
    for (let i = 0; i < 3; i += 1) expect((await http2.request(ROW, ALICE)).status).to.equal(200);
    expect(timers).to.equal(0);
    await http2.request(`${BASE}/signals`, ALICE);
    expect(timers).to.equal(1);
    clock.schedule = schedule;
  });
});
