/** The work that a request costs beside its bytes, as counts. */
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { rawEndpoint } from '../../../src/server/define/raw-endpoint.ts';
import type { ServerState } from '../../../src/server/http/request-state.ts';
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
  /** The states of the requests for `/signals`. */
  const states: ServerState[] = [];

  before(async () => {
    client = await proxyCertificate();
    const signals = rawEndpoint({
      name: 'signals',
      paths: {
        '': {
          GET: (ctx) => {
            states.push(ctx.state as ServerState);
            ctx.body = { aborted: ctx.state.signal.aborted };
          },
        },
      },
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

  it('parses the path, the query and the user of a request once for many requests', async () => {
    const [http1] = both();
    states.length = 0;
    for (const query of ['', '', '?a=1', '?a=1']) await http1?.(`${BASE}/signals${query}`);
    const [first, second, third, fourth] = states;
    expect(second?.info).to.equal(first?.info);
    expect(fourth?.info).to.equal(third?.info);
    expect(new Set(states.map(({ user }) => user)).size).to.equal(1);
    // Handlers may change the query.
    expect(new Set(states.map(({ query }) => query)).size).to.equal(4);
    expect(states.map(({ query }) => query.get('a'))).to.deep.equal([null, null, '1', '1']);
    for (const shared of [first?.info, first?.user, first?.user?.groups]) expect(shared).to.be.frozen;
  });

  it('reads the certificate of a connection once', async () => {
    const original = TLSSocket.prototype.getPeerCertificate;
    let reads = 0;
    TLSSocket.prototype.getPeerCertificate = function count(this: TLSSocket, ...detailed: [true]) {
      // The client reads the certificate of the server.
      if (this.localPort === test.server.port) reads += 1;
      return original.apply(this, detailed);
    } as typeof original;
    try {
      const connection = new Http2Client({ ...test.client, client });
      for (let i = 0; i < 3; i += 1) expect((await connection.request(ROW, ALICE)).status).to.equal(200);
      connection.close();
      expect(reads).to.equal(1);
    } finally {
      TLSSocket.prototype.getPeerCertificate = original;
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
