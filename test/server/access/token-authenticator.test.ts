/** Bearer tokens over real HTTP: their reviews, what is kept of them, and what happens when they cannot be reviewed. */
import { request as httpsRequest } from 'node:https';
import { expect } from 'chai';
import { certificateAuthority } from '../../../src/certificates.ts';
import type { UpstreamResult } from '../../../src/informers/collection/upstream.ts';
import { settled } from '../../../src/testing/informers/index.ts';
import { type TestCertificate, testCertificate } from '../../support/certificates.ts';
import { requestOnce } from '../../support/https-client.ts';
import { BASE, until } from '../../support/test-server.ts';
import { DelegatedServer, type Evaluate, WHOAMI } from './delegated-server.ts';

const SECRET = 'eyJhbGciOi.secret-token.c2ln';
const BEARER = { authorization: `Bearer ${SECRET}` };
const EVE = {
  authenticated: true,
  user: { username: 'eve', uid: 'u-1', groups: ['devs'], extra: { 'example.com/scopes': ['a', 'b'] } },
};

describe('token authenticator', () => {
  let ca: string;
  let evaluate: Evaluate;
  let server: DelegatedServer;

  before(async () => {
    ca = (await certificateAuthority('client-ca')).certificate;
  });
  beforeEach(async () => {
    evaluate = () => EVE;
    server = await DelegatedServer.listening({ 'client-ca-file': ca }, (review) => evaluate(review));
  });
  afterEach(() => server.close());

  const get = async (headers: Record<string, string> = BEARER): Promise<{ status: number; name: unknown }> => {
    const { status, text } = await requestOnce(WHOAMI, { ...server.test.client, headers });
    return { status, name: JSON.parse(text).user?.name };
  };

  it('accepts a token that the cluster accepts, and hides it from handlers', async () => {
    const { status, text } = await server.both(WHOAMI, BEARER);
    expect(status).to.equal(200);
    expect(JSON.parse(text)).to.deep.equal({
      user: {
        name: 'eve',
        uid: 'u-1',
        groups: ['devs', 'system:authenticated'],
        extra: { 'example.com/scopes': ['a', 'b'] },
      },
      leaked: [],
    });
    expect(server.tokenReviews).to.deep.equal([{ token: SECRET }]);
  });

  for (const [title, status, expected] of [
    ['that is not valid', { authenticated: false, error: 'invalid bearer token' }, 401],
    ['without a verdict', {}, 401],
    ['with the verdict "true" as text', { ...EVE, authenticated: 'true' }, 401],
    ['with the verdict 1', { ...EVE, authenticated: 1 }, 401],
    ['without a user', { authenticated: true }, 401],
    ['of a user without a name', { authenticated: true, user: { groups: ['system:masters'] } }, 401],
    ['of a user with an empty name', { authenticated: true, user: { username: '' } }, 401],
    ['of a user whose groups are a text', { authenticated: true, user: { username: 'eve', groups: 'devs' } }, 401],
    ['of a user whose groups contain a number', { authenticated: true, user: { username: 'eve', groups: [1] } }, 401],
    ['of a user whose extra is a list', { authenticated: true, user: { username: 'eve', extra: [] } }, 401],
    ['of a user whose extra has a text', { authenticated: true, user: { username: 'eve', extra: { a: 'b' } } }, 401],
    ['of a user whose uid is a number', { authenticated: true, user: { username: 'eve', uid: 7 } }, 401],
    ['of a user with only a name', { authenticated: true, user: { username: 'eve' } }, 200],
    ['of a user with an error beside it', { ...EVE, error: 'something' }, 200],
  ] as const) {
    it(`responds with ${expected} to a token ${title}`, async () => {
      evaluate = () => status;
      expect((await get()).status).to.equal(expected);
    });
  }

  for (const [title, authorization, expected] of [
    ['the scheme in lower case', `bearer ${SECRET}`, 200],
    ['spaces around it', `  Bearer ${SECRET}  `, 200],
    ['further words', `Bearer ${SECRET} and more`, 200],
    ['another scheme', `Basic ${SECRET}`, 401],
    ['no scheme', SECRET, 401],
    ['no token', 'Bearer', 401],
    ['two spaces before the token', `Bearer  ${SECRET}`, 401],
    ['more than 8 KiB', `Bearer ${'x'.repeat(8192)}`, 431],
  ] as const) {
    it(`responds with ${expected} to an Authorization header with ${title}`, async () => {
      expect((await get({ authorization })).status).to.equal(expected);
      expect(server.tokenReviews).to.deep.equal(expected === 200 ? [{ token: SECRET }] : []);
    });
  }

  it('reads the first of two Authorization headers', async () => {
    evaluate = ({ spec }) => (spec['token'] === SECRET ? EVE : { authenticated: false });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { port, ca: trusted } = server.test.client;
      const headers = ['Host', 'localhost', 'Authorization', 'Bearer other', 'Authorization', `Bearer ${SECRET}`];
      const options = { host: '127.0.0.1', servername: 'localhost', port, ca: trusted, path: WHOAMI, headers };
      const sent = httpsRequest({ ...options, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(status).to.equal(401);
  });

  it('reviews a token again after ten seconds, also one that is not valid', async () => {
    for (const isValid of [true, false]) {
      evaluate = () => (isValid ? EVE : { authenticated: false });
      server.tokenReviews.length = 0;
      const headers = { authorization: `Bearer ${isValid}` };
      for (let n = 0; n < 3; n += 1) expect((await get(headers)).status).to.equal(isValid ? 200 : 401);
      server.test.clock.advance(9999);
      await get(headers);
      expect(server.tokenReviews).to.have.length(1);
      server.test.clock.advance(1);
      await get(headers);
      expect(server.tokenReviews).to.have.length(2);
    }
  });

  it('sends one review for concurrent requests, and never gives a user the result of another token', async () => {
    let finish: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    evaluate = async ({ spec }) => {
      await slow;
      return { authenticated: true, user: { username: `user of ${String(spec['token'])}` } };
    };
    const tokens = ['a', 'b', 'a', 'b', 'a'];
    const responses = tokens.map((token) => get({ authorization: `Bearer ${token}` }));
    await until(() => server.tokenReviews.length === 2);
    for (let turn = 0; turn < 20; turn += 1) await settled();
    finish();
    const names = (await Promise.all(responses)).map(({ name }) => name);
    expect(names).to.deep.equal(tokens.map((token) => `user of ${token}`));
    expect(server.tokenReviews).to.have.length(2);
  });

  it('does not keep a failure, and logs it once without the token', async () => {
    const failures: UpstreamResult[] = [
      { type: 'refused', code: 403, status: { message: `no: ${SECRET}` }, retryAfterSeconds: undefined },
      { type: 'unreachable', cause: new Error(`refused ${SECRET}`, { cause: new Error(SECRET) }) },
      { type: 'done', object: { kind: 'Status', message: SECRET } },
    ];
    const left = [...failures];
    evaluate = () => left.shift() ?? EVE;
    for (let n = 0; n < failures.length; n += 1) expect((await get()).status).to.equal(401);
    expect((await get()).status).to.equal(200);
    const lines = server.test.log.entries.filter(({ level }) => level !== 'debug');
    expect(lines.map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
      'warn bearer tokens cannot be reviewed, so clients receive 401: the cluster refused the TokenReview with 403: no: (the token)',
      'info bearer tokens can be reviewed again',
    ]);
  });

  it('never logs a token, in any line and with any outcome', async () => {
    const outcomes: (object | UpstreamResult)[] = [
      EVE,
      { authenticated: false, error: SECRET },
      { authenticated: true, user: SECRET },
      { type: 'unknown', cause: new Error(SECRET) },
      { type: 'refused', code: 400, status: { message: SECRET }, retryAfterSeconds: undefined },
    ];
    for (const outcome of outcomes) {
      evaluate = () => outcome;
      server.tokenReviews.length = 0;
      let isOver = false;
      void get().then(() => (isOver = true));
      await until(() => server.tokenReviews.length > 0);
      // The delays between attempts take less than 10 s.
      for (let n = 0; n < 100; n += 1) {
        await settled();
        server.test.clock.advance(100);
      }
      await until(() => isOver);
      server.test.clock.advance(120_000);
    }
    const log = JSON.stringify(server.test.log.entries, (_key, value: unknown) =>
      value instanceof Error ? [value.message, value.stack, value.cause] : value,
    );
    expect(log).to.contain('not authenticated').and.to.not.contain(SECRET);
  });

  it('does not wait for a review to respond to a request for health', async () => {
    evaluate = () => new Promise(() => undefined);
    const waiting = get().catch(() => undefined);
    await until(() => server.tokenReviews.length === 1);
    for (const path of ['/livez', '/healthz', '/readyz']) {
      expect((await requestOnce(path, { ...server.test.client, headers: BEARER })).status).to.equal(200);
    }
    server.test.clock.advance(10_000);
    expect(await waiting).to.deep.include({ status: 401 });
  });

  it('does nothing for a client that has disconnected while its token was reviewed', async () => {
    let finish: (status: object) => void = () => undefined;
    evaluate = () => new Promise((resolve) => (finish = resolve));
    const http2 = server.http2();
    const response = http2.request(WHOAMI, BEARER).catch(() => 'cut');
    await until(() => server.tokenReviews.length === 1);
    http2.close();
    await response;
    await until(() => server.test.server.counts().connections === 0);
    finish(EVE);
    for (let turn = 0; turn < 20; turn += 1) await settled();
    expect(server.test.log.of('error')).to.deep.equal([]);
  });

  describe('together with certificates', () => {
    let clientCa: TestCertificate;
    let user: TestCertificate;
    beforeEach(async () => {
      clientCa = await testCertificate({ name: 'ca', ca: true });
      user = await testCertificate({ name: 'bob', issuer: clientCa });
      server.configure({ 'client-ca-file': clientCa.cert });
    });

    it('is not asked if the certificate is accepted', async () => {
      const { text } = await server.both(WHOAMI, BEARER, user);
      expect(JSON.parse(text).user.name).to.equal('bob');
      expect(JSON.parse(text).leaked).to.deep.equal([]);
      expect(server.tokenReviews).to.deep.equal([]);
    });

    it('accepts a token beside a certificate that is not accepted, and refuses both together', async () => {
      const stranger = await testCertificate({ name: 'stranger' });
      expect(JSON.parse((await server.both(WHOAMI, BEARER, stranger)).text).user.name).to.equal('eve');
      evaluate = () => ({ authenticated: false });
      server.test.clock.advance(10_000);
      expect((await server.both(WHOAMI, BEARER, stranger)).status).to.equal(401);
    });
  });

  describe('with audiences', () => {
    const audiences = ['https://mine', 'other'];
    beforeEach(async () => {
      await server.close();
      const authentication = { audiences };
      server = await DelegatedServer.listening({ 'client-ca-file': ca }, (review) => evaluate(review), authentication);
    });

    for (const [title, accepted, expected] of [
      ['one of them', ['other'], 200],
      ['one of them and a stranger', ['x', 'https://mine'], 200],
      ['a stranger', ['https://kubernetes.default.svc'], 401],
      ['none', [], 401],
      ['none, from a cluster that ignores audiences', undefined, 401],
      ['a text', 'other', 401],
    ] as const) {
      it(`responds with ${expected} to a token for ${title}`, async () => {
        evaluate = () => ({ ...EVE, ...(accepted === undefined ? {} : { audiences: accepted }) });
        expect((await get()).status).to.equal(expected);
        expect(server.tokenReviews).to.deep.equal([{ token: SECRET, audiences }]);
      });
    }
  });

  describe('with WebSockets', () => {
    const encoded = Buffer.from(SECRET).toString('base64url');
    const protocol = `base64url.bearer.authorization.k8s.io.${encoded}`;
    const upgrade = (protocols: string, path = `${BASE}/podsummaries?watch=1`): Promise<string> =>
      new Promise((resolve, reject) => {
        const { port, ca: trusted } = server.test.client;
        const sent = httpsRequest({
          host: '127.0.0.1',
          servername: 'localhost',
          port,
          ca: trusted,
          path,
          agent: false,
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
            'sec-websocket-protocol': protocols,
          },
        });
        sent.on('error', reject);
        sent.on('response', (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve(`${response.statusCode} ${text}`));
        });
        sent.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve(`101 ${response.headers['sec-websocket-protocol'] ?? 'no protocol'}`);
        });
        sent.end();
      });

    it('accepts a token in a subprotocol, and selects the other subprotocol', async () => {
      expect(await upgrade(`${protocol}, base64.binary.k8s.io`)).to.equal('101 base64.binary.k8s.io');
      expect(await upgrade(`v4.channel.k8s.io,${protocol}`)).to.equal('101 v4.channel.k8s.io');
      expect(server.tokenReviews).to.deep.equal([{ token: SECRET }]);
    });

    it('hides the token from handlers', async () => {
      const text = await upgrade(`${protocol}, x`, WHOAMI);
      expect(text).to.contain('"eve"').and.to.contain('"leaked":[]');
    });

    for (const [title, protocols] of [
      ['no other subprotocol', protocol],
      ['two tokens', `${protocol}, ${protocol}, x`],
      ['a token that is not base64url', 'base64url.bearer.authorization.k8s.io.a+b/c==, x'],
      [
        'a token that is not UTF-8',
        `base64url.bearer.authorization.k8s.io.${Buffer.from([255]).toString('base64url')}, x`,
      ],
      ['an empty token', 'base64url.bearer.authorization.k8s.io., x'],
    ] as const) {
      it(`responds with 401 to ${title}`, async () => {
        expect(await upgrade(protocols)).to.match(/^401 /);
        expect(server.tokenReviews).to.deep.equal([]);
      });
    }
  });
});
