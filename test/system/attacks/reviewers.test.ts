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
/** Returns the review with a status that allows the access, or authenticates the user of the token. */
const truth = (review: Review): object => ({ ...review, status: review.kind === 'TokenReview' ? EVE : ALLOWED });
const changed = (change: (review: Review) => object): Reply =>
  json((review) => ({ ...truth(review), ...change(review) }));
const status = (value: unknown): Reply => json((review) => ({ ...review, status: value }));
const attributes = ({ spec }: Review, change: object): object => ({
  spec: { ...spec, resourceAttributes: { ...(spec['resourceAttributes'] as object), ...change } },
});
/** Sends the bytes of the truth, changed. */
const bytes =
  (change: (truth: string) => string | Buffer, headers: Record<string, string> = {}, code = 200): Reply =>
  (response, review, request) =>
    text(change(JSON.stringify(truth(review))), headers, code)(response, review, request);
const same = (whole: string): string => whole;

/** Malformed responses to each review. As in the webhooks of a kube-apiserver, the server does not ask again. */
const MALFORMED: Readonly<Record<string, Reply>> = {
  'no status': json((review) => review),
  'an empty status': status({}),
  'a status in a list': json((review) => ({ ...review, status: [EVE, ALLOWED] })),
  'the status "Success"': status('Success'),
  'a status that is null': status(null),
  'a prototype that is a status': bytes((whole) => whole.replace('"status"', '"__proto__"')),
  'a prototype that allows': bytes((whole) => whole.replace('"status":', '"status":{"__proto__":').replace(/$/, '}')),
  'no spec': changed(() => ({ spec: undefined })),
  'an empty spec': changed(() => ({ spec: {} })),
  'the kind of the other review': changed(({ kind }) => ({
    kind: kind === 'TokenReview' ? 'SubjectAccessReview' : 'TokenReview',
    status: { ...EVE, ...ALLOWED },
  })),
  'another kind': changed(() => ({ kind: 'SelfSubjectAccessReview' })),
  'no kind': changed(() => ({ kind: undefined })),
  'another version': changed(({ apiVersion }) => ({ apiVersion: `${apiVersion}beta1` })),
  'no version': changed(() => ({ apiVersion: undefined })),
  'a list of reviews': json((review) => ({ kind: 'List', apiVersion: 'v1', items: [truth(review)] })),
  'a review in a list': json((review) => [truth(review)]),
  'a Status of success': text('{"kind":"Status","apiVersion":"v1","status":"Success","code":200}'),
  'a Status of failure with 200': text('{"kind":"Status","apiVersion":"v1","status":"Failure","code":403}'),
  'an empty object': text('{}'),
  null: text('null'),
  true: text('true'),
  'the truth with 403': bytes(same, {}, 403),
  'the truth with 404': bytes(same, {}, 404),
  'the truth with 503': bytes(same, {}, 503),
  'HTML with 200': text('<html><body>Please log in</body></html>', { 'content-type': 'text/html' }),
  'an empty body': text(''),
  'no body': text('', {}, 204),
  'JSON that is cut': bytes((whole) => whole.slice(0, -3)),
  'JSON with bytes after it': bytes((whole) => `${whole}<!-- -->`),
  'two JSON documents': bytes((whole) => whole + whole),
  'bytes that are no UTF-8': text(Buffer.from([0xff, 0xfe, 0x00])),
  'a compression that is none': bytes(same, { 'content-encoding': 'gzip' }),
  'a compression that is cut': bytes((whole) => gzipSync(whole).subarray(0, -12), { 'content-encoding': 'gzip' }),
  'an unknown compression': bytes(same, { 'content-encoding': 'x-unknown' }),
  'a body of 200 MiB in 200 KiB': text(gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' }),
};

/** Replies to a SubjectAccessReview that allow nothing. */
const LIES_ABOUT_ACCESS: Readonly<Record<string, Reply>> = {
  'the text "true"': status({ allowed: 'true' }),
  'the number 1': status({ allowed: 1 }),
  'a list with true': status({ allowed: [true] }),
  'an object': status({ allowed: { allowed: true } }),
  'another letter case': status({ Allowed: true, ALLOWED: true }),
  'a status that allows and denies': status({ allowed: true, denied: true }),
  'a denial that is a text': status({ allowed: true, denied: 'false' }),
  'a reason that is no text': status({ allowed: true, reason: { text: 'x' } }),
  'the spec of another user': changed(({ spec }) => ({ spec: { ...spec, user: 'admin' } })),
  'the spec of a user with other groups': changed(({ spec }) => ({ spec: { ...spec, groups: ['system:masters'] } })),
  'the spec of another namespace': changed((review) => attributes(review, { namespace: 'bank' })),
  'the spec of all namespaces': changed((review) => attributes(review, { namespace: '' })),
  'the spec of another verb': changed((review) => attributes(review, { verb: 'get' })),
  'the spec of another resource': changed((review) => attributes(review, { resource: 'tasks' })),
  'the spec of one object': changed((review) => attributes(review, { name: 'web' })),
};

/** Replies to a TokenReview that authenticate no user. */
const LIES_ABOUT_TOKENS: Readonly<Record<string, Reply>> = {
  'the text "true"': status({ ...EVE, authenticated: 'true' }),
  'the number 1': status({ ...EVE, authenticated: 1 }),
  'no user': status({ authenticated: true }),
  'a user that is a list': status({ authenticated: true, user: [EVE.user] }),
  'an empty name': status({ authenticated: true, user: { username: '' } }),
  'a name that is a list': status({ authenticated: true, user: { username: ['admin'] } }),
  'groups that are a text': status({ authenticated: true, user: { username: 'admin', groups: 'system:masters' } }),
  'a group that is a number': status({ authenticated: true, user: { username: 'admin', groups: [1] } }),
  'an extra that is a text': status({ authenticated: true, user: { username: 'admin', extra: { scopes: 'all' } } }),
  'the spec of another token': changed(() => ({ spec: { token: 'u' } })),
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
      json(() => ({ status: ALLOWED }))(response, { apiVersion: '', kind: '', spec: {} }, request);
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

  for (const [lie, send] of Object.entries({ ...MALFORMED, ...LIES_ABOUT_ACCESS })) {
    it(`about access, by ${lie}, is asked once and allows nothing`, async () => {
      reply = send;
      expectUndecided(await list());
      expect(received.map(({ kind }) => kind)).to.deep.equal(['SubjectAccessReview']);
    });
  }

  for (const [lie, send] of Object.entries({ ...MALFORMED, ...LIES_ABOUT_TOKENS })) {
    it(`about a token, by ${lie}, is asked once and authenticates no user`, async () => {
      reply = send;
      const { status: code, text: body } = await withToken();
      expect([code, JSON.parse(body).message]).to.deep.equal([401, 'Unauthorized']);
      expect(received.map(({ kind }) => kind)).to.deep.equal(['TokenReview']);
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

  for (const [review, send] of [
    ['access', list],
    ['a token', withToken],
  ] as const) {
    it(`about ${review}, by a connection that is cut during the response, is asked five times`, async () => {
      reply = (response, sent) => {
        response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write(JSON.stringify(truth(sent)));
        response.socket?.destroySoon();
      };
      const response = send();
      for (let attempt = 1; attempt < 5; attempt += 1) {
        // The timeout of the review, and the delay before the next attempt.
        await until(() => received.length === attempt && server.test.clock.waiting === 2);
        server.test.clock.advance(2000);
      }
      expect((await response).status).to.equal(review === 'access' ? 503 : 401);
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
