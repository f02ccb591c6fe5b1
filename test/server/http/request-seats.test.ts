import type { ClientHttp2Stream } from 'node:http2';
import { expect } from 'chai';
import { systemClock } from '../../../src/clock.ts';
import { requestSeats } from '../../../src/server/http/request-seats.ts';
import { ApiError } from '../../../src/server/wire/api-error.ts';
import { DEFAULT_LIMITS } from '../../../src/server/wire/limits.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { Http2Client } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { proxyCertificate, requestHeaderConfig } from '../access/proxy.ts';

type Context = Parameters<ReturnType<typeof requestSeats>>[0];

interface Sent {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly method?: string;
  readonly url?: string;
  readonly http2?: boolean;
  readonly signal?: AbortSignal;
}

describe('requestSeats()', () => {
  let seats: ReturnType<typeof requestSeats>;
  let finish: () => void;
  let finished: Promise<void>;
  let begun: number;

  beforeEach(() => {
    seats = requestSeats();
    begun = 0;
    finished = new Promise((resolve) => {
      finish = resolve;
    });
  });

  async function send({
    user = 'ann',
    groups = [],
    method = 'GET',
    url = '/apis',
    http2 = false,
    signal,
  }: Sent): Promise<unknown> {
    const ctx = {
      method,
      req: http2 ? { url, stream: {} } : { url },
      state: {
        user: { name: user, groups },
        limits: { ...DEFAULT_LIMITS, reads: 8, writes: 4 },
        get isOver() {
          return signal?.aborted === true;
        },
      },
    } as unknown as Context;
    try {
      return await seats(ctx, () => {
        begun += 1;
        return finished;
      });
    } catch (error) {
      return error;
    }
  }

  const refused = async (response: Promise<unknown>): Promise<void> => {
    const error = await response;
    expect(error).to.be.instanceOf(ApiError);
    const { status, headers } = error as ApiError;
    expect(status).to.include({ code: 429, message: 'Too many requests, please try again later.' });
    expect(headers).to.deep.equal({ 'Retry-After': '1' });
  };

  it('refuses a read of a user who has a quarter of the seats, and serves other users', async () => {
    const open = [send({}), send({})];
    await refused(send({}));
    open.push(send({ user: 'bob' }), send({ method: 'POST' }));
    expect(begun).to.equal(4);
    finish();
    await Promise.all(open);
    await send({});
    expect(begun).to.equal(5);
  });

  it('refuses all users when no seat is free', async () => {
    for (const user of ['a', 'b', 'c', 'd']) for (const _ of [1, 2]) void send({ user });
    await refused(send({ user: 'e' }));
    for (const user of ['a', 'b', 'c', 'd']) void send({ user, method: 'PUT' });
    await refused(send({ user: 'e', method: 'DELETE' }));
  });

  it('does not count health, system:masters and the polls of the aggregator', () => {
    const before = Array.from({ length: 20 }, () => [
      { url: '/livez?verbose' },
      { groups: ['system:masters'] },
      { user: 'system:aggregator', url: '/openapi/v3' },
      { user: 'system:kube-aggregator' },
    ]).flat();
    for (const request of before) void send(request);
    expect(begun).to.equal(before.length);
  });

  it('does nothing for a stream that its client has reset at once', async () => {
    const controller = new AbortController();
    const response = send({ http2: true, signal: controller.signal });
    controller.abort();
    expect(await response).to.equal(undefined);
    expect(begun).to.equal(0);
  });
});

describe('requestSeats(), of watches', () => {
  const ROWS = `${BASE}/podsummaries`;
  let test: TestServer;
  let proxy: Http2Client;

  before(async () => {
    const pods = Array.from({ length: 5000 }, (_, index) => pod(`shop/p${index}`));
    test = await TestServer.listening({
      resources: [podSummaries(fakeInformer(...pods))],
      authentication: await requestHeaderConfig(),
      limits: { reads: 4 },
      clock: systemClock,
    });
    proxy = new Http2Client({ ...test.client, client: await proxyCertificate() });
  });

  after(() => {
    proxy.close();
    return test.close();
  });

  const statusFor = async (user: string): Promise<number> =>
    (await proxy.request(`${ROWS}?limit=1`, { 'x-remote-user': user })).status;

  /** Opens a watch that reads nothing until `resume`. */
  const watch = (query: string): ClientHttp2Stream =>
    proxy.session.request({ ':path': `${ROWS}?watch=1&allowWatchBookmarks=1&${query}`, 'x-remote-user': 'ann' });

  const textUntil = (stream: ClientHttp2Stream, part: string): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes(part)) resolve(text);
      });
    });

  it('hold their seat until the bookmark that ends the initial events', async () => {
    const stream = watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=');
    await until(() => test.server.counts().watchers === 1);
    expect(await statusFor('ann')).to.equal(429);
    expect(await statusFor('bob')).to.equal(200);
    const text = await textUntil(stream, 'k8s.io/initial-events-end');
    expect(text.match(/"ADDED"/g)).to.have.length(5000);
    expect([await statusFor('ann'), test.server.counts().watchers]).to.deep.equal([200, 1]);
    stream.close();
    await until(() => test.server.counts().watchers === 0);
  });

  it('release their seat when their client disconnects', async () => {
    const stream = watch('resourceVersion=0');
    await until(() => test.server.counts().watchers === 1);
    expect(await statusFor('ann')).to.equal(429);
    stream.close();
    await until(() => test.server.counts().watchers === 0);
    expect(await statusFor('ann')).to.equal(200);
  });

  it('hold none if they start at a version', async () => {
    const { text } = await proxy.request(`${ROWS}?limit=1`, { 'x-remote-user': 'ann' });
    const version = JSON.parse(text).metadata.resourceVersion;
    const streams = [1, 2, 3].map(() => watch(`resourceVersion=${version}`));
    await until(() => test.server.counts().watchers === 3);
    expect(await statusFor('ann')).to.equal(200);
    for (const stream of streams) stream.close();
  });
});
