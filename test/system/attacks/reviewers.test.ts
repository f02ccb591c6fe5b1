/**
 * A reviewer that lies: a server in the place of the kube-apiserver, which sends any bytes in response to a review. Only a complete and
 * consistent review allows a request. Everything else is an unknown decision: 503 for access, and 401 for tokens.
 */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type ClientResponse, requestOnce } from '../../support/https-client.ts';
import { servingAuthority, servingCertificate, until } from '../../support/test-server.ts';
import { AttackedServer, type Client, SECRET, SHOP } from './attacked-server.ts';

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Record<string, unknown>;
}
/** Sends a response to a review: of access to a list of `shop` by alice, or of a token. */
type Reply = (response: ServerResponse, review: Review, request: IncomingMessage) => void;

const json =
  (body: (review: Review) => unknown, code = 201): Reply =>
  (response, review) => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body(review)));
  };
const text =
  (body: string | Buffer, headers: Record<string, string> = {}, code = 200): Reply =>
  (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
const ALLOWED = { allowed: true };
const EVE = { authenticated: true, user: { username: 'admin', groups: ['system:masters'] } };
const allowed = (change: (review: Review) => object): Reply =>
  json((review) => ({ ...review, status: ALLOWED, ...change(review) }));
const status = (value: unknown): Reply => json((review) => ({ ...review, status: value }));
const attributes = ({ spec }: Review, change: object): object => ({
  spec: { ...spec, resourceAttributes: { ...(spec['resourceAttributes'] as object), ...change } },
});
const TRUTH = '{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":true}}';

/** Replies to a SubjectAccessReview that allow nothing. */
const LIES: Readonly<Record<string, Reply>> = {
  'the text "true"': status({ allowed: 'true' }),
  'the number 1': status({ allowed: 1 }),
  'a list with true': status({ allowed: [true] }),
  'an object': status({ allowed: { allowed: true } }),
  'another letter case': status({ Allowed: true, ALLOWED: true }),
  'no decision': status({}),
  'no status': json((review) => review),
  'a status in a list': status([ALLOWED]),
  'the status "Success"': status('Success'),
  'a status that allows and denies': status({ allowed: true, denied: true }),
  'a denial that is a text': status({ allowed: true, denied: 'false' }),
  'a reason that is no text': status({ allowed: true, reason: { text: 'x' } }),
  'a prototype that allows': text(
    TRUTH.replace('"status":{"allowed":true}', '"status":{"__proto__":{"allowed":true}}'),
  ),
  'no spec': allowed(() => ({ spec: undefined })),
  'an empty spec': allowed(() => ({ spec: {} })),
  'the spec of another user': allowed(({ spec }) => ({ spec: { ...spec, user: 'admin' } })),
  'the spec of a user with other groups': allowed(({ spec }) => ({ spec: { ...spec, groups: ['system:masters'] } })),
  'the spec of another namespace': allowed((review) => attributes(review, { namespace: 'bank' })),
  'the spec of all namespaces': allowed((review) => attributes(review, { namespace: '' })),
  'the spec of another verb': allowed((review) => attributes(review, { verb: 'get' })),
  'the spec of another resource': allowed((review) => attributes(review, { resource: 'tasks' })),
  'the spec of one object': allowed((review) => attributes(review, { name: 'web' })),
  'another kind': allowed(() => ({ kind: 'SelfSubjectAccessReview' })),
  'no kind': allowed(() => ({ kind: undefined })),
  'another version': allowed(() => ({ apiVersion: 'authorization.k8s.io/v1beta1' })),
  'a list of reviews': json((review) => ({ kind: 'List', apiVersion: 'v1', items: [{ ...review, status: ALLOWED }] })),
  'a review in a list': json((review) => [{ ...review, status: ALLOWED }]),
  'a TokenReview': json((review) => ({ ...review, kind: 'TokenReview', status: { ...EVE, ...ALLOWED } })),
  'a Status of success': text('{"kind":"Status","apiVersion":"v1","status":"Success","code":200}'),
  'the content type HTML': (response, review) =>
    text(JSON.stringify(review), { 'content-type': 'text/html' })(response, review, response.req),
  null: text('null'),
  true: text('true'),
  'an allowing body with 403': text(TRUTH, {}, 403),
  'an allowing body with 404': text(TRUTH, {}, 404),
};

/** Replies that cannot be read. The server asks again, because a response may have been damaged on its way. */
const UNREADABLE: Readonly<Record<string, Reply>> = {
  'HTML with 200': text('<html><body>Please log in</body></html>', { 'content-type': 'text/html' }),
  'an empty body': text(''),
  'no body': text('', {}, 204),
  'JSON that is cut': text(TRUTH.slice(0, -3)),
  'JSON with bytes after it': text(`${TRUTH}<!-- -->`),
  'bytes that are no UTF-8': text(Buffer.from([0xff, 0xfe, 0x00])),
  'a compression that is none': text(TRUTH, { 'content-encoding': 'gzip' }),
  'an unknown compression': text(TRUTH, { 'content-encoding': 'x-unknown' }),
  'a body of 200 MiB in 200 KiB': text(gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' }),
  'a connection that is cut': (response) => {
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write(TRUTH);
    response.socket?.destroySoon();
  },
};

describe('a reviewer that lies', () => {
  let upstream: Server;
  let other: Server;
  let server: AttackedServer;
  let proxy: Client;
  let reply: Reply;
  let received: Review[];
  /** The requests that arrive at another host. */
  let elsewhere: number;

  before(async () => {
    const tls = await servingCertificate();
    upstream = createServer(tls, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const review = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Review;
        received.push(review);
        reply(response, review, request);
      });
    });
    other = createServer(tls, (request, response) => {
      elsewhere += 1;
      request.resume();
      text(TRUTH)(response, { apiVersion: '', kind: '', spec: {} }, request);
    });
    for (const one of [upstream, other]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    const reviewer = new KubeConfig();
    const caData = Buffer.from((await servingAuthority()).certificate).toString('base64');
    reviewer.loadFromClusterAndUser(
      { name: 'liar', server: urlOf(upstream), caData, skipTLSVerify: false },
      { name: 'kubefacet', token: 'the-token-of-the-server' },
    );
    server = await AttackedServer.listening({ reviewer });
    proxy = await server.proxy();
  });
  after(async () => {
    await server.close();
    for (const one of [upstream, other]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  });
  beforeEach(() => {
    received = [];
    elsewhere = 0;
    // Nothing is kept from one test to the next.
    server.test.clock.advance(60_000);
  });

  const urlOf = (one: Server): string => `https://127.0.0.1:${(one.address() as AddressInfo).port}`;
  const list = (path = SHOP): Promise<ClientResponse> =>
    requestOnce(path, { ...server.test.client, client: proxy, headers: { 'x-remote-user': 'alice' } });
  const withToken = (): Promise<ClientResponse> =>
    requestOnce('/version', { ...server.test.client, headers: { authorization: 'Bearer t' } });
  const expectUndecided = ({ status: code, headers, text: body }: ClientResponse): void => {
    expect([code, headers['retry-after']]).to.deep.equal([503, '1']);
    expect(JSON.parse(body)).to.include({ message: 'the server cannot authorize requests at this time' });
    expect(body).to.not.contain(SECRET).and.not.contain('127.0.0.1').and.not.contain('the-token-of-the-server');
  };

  it('is believed when it says the truth', async () => {
    reply = status(ALLOWED);
    expect((await list()).status).to.equal(200);
    server.test.clock.advance(60_000);
    reply = status({ allowed: false, reason: 'no' });
    expect((await list()).status).to.equal(403);
    reply = json((review) => ({ ...review, status: review.kind === 'TokenReview' ? EVE : ALLOWED }));
    expect((await withToken()).status).to.equal(200);
  });

  for (const [lie, send] of Object.entries(LIES)) {
    it(`by ${lie} allows nothing`, async () => {
      reply = send;
      expectUndecided(await list());
      expect(received).to.have.length(1);
    });
  }

  for (const [title, value] of Object.entries({
    'the text "true"': status({ ...EVE, authenticated: 'true' }),
    'no user': status({ authenticated: true }),
    'the spec of another token': json(() => ({
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      spec: { token: 'u' },
      status: EVE,
    })),
    'another kind': json((review) => ({ ...review, kind: 'SubjectAccessReview', status: { ...EVE, ...ALLOWED } })),
  })) {
    it(`about a token, by ${title}, authenticates no user`, async () => {
      reply = value;
      const { status: code, text: body } = await withToken();
      expect([code, JSON.parse(body).message]).to.deep.equal([401, 'Unauthorized']);
      expect(received).to.have.length(1);
    });
  }

  for (const code of [301, 302, 303, 307, 308]) {
    it(`by a redirect with ${code} to another host sends the server and its token nowhere`, async () => {
      reply = (response) => {
        response.writeHead(code, { location: `${urlOf(other)}/apis/authorization.k8s.io/v1/subjectaccessreviews` });
        response.end();
      };
      expectUndecided(await list());
      expect([received.length, elsewhere]).to.deep.equal([1, 0]);
      expect((await withToken()).status).to.equal(401);
      expect(elsewhere).to.equal(0);
    });
  }

  for (const [lie, send] of Object.entries(UNREADABLE)) {
    it(`by ${lie} is asked five times, and then allows nothing`, async () => {
      reply = send;
      const response = list();
      for (let attempt = 1; attempt < 5; attempt += 1) {
        // The timeout of the review, and the delay before the next attempt.
        await until(() => received.length === attempt && server.test.clock.waiting === 2);
        server.test.clock.advance(2000);
      }
      expectUndecided(await response);
      expect(received).to.have.length(5);
    });
  }

  it('by a response that does not end allows nothing after ten seconds', async () => {
    reply = (response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.write('{"kind":');
    };
    const response = list();
    await until(() => received.length === 1);
    server.test.clock.advance(10_000);
    expectUndecided(await response);
  });

  it('about one user never decides about another', async () => {
    reply = json((review) => ({ ...review, status: { allowed: review.spec['user'] === 'admin' } }));
    const codes = ['admin', 'alice', 'admin', 'alice'].map(async (user) => {
      const headers = { 'x-remote-user': user };
      return (await requestOnce(SHOP, { ...server.test.client, client: proxy, headers })).status;
    });
    expect(await Promise.all(codes)).to.deep.equal([200, 403, 200, 403]);
    expect(received).to.have.length(2);
  });
});
