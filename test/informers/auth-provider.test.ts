import { expect } from 'chai';
import { currentCredentials } from '../../src/informers/kube-credentials.ts';
import { fakeClock } from '../../src/testing/informers/index.ts';
import { tlsServer, type TlsServer } from './tls-server.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

/** An id token that expires this number of seconds after the start. */
function idToken(seconds: number, name = 'a'): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: name, exp: START / 1000 + seconds })}.${name}`;
}

describe('the auth-provider of a kubeconfig', () => {
  let provider: TlsServer;
  let forms: Record<string, string>[];
  let tokens: object;
  let status: number;

  beforeEach(async () => {
    forms = [];
    status = 200;
    tokens = { id_token: idToken(7200, 'b') };
    provider = await tlsServer({ http1: true });
    provider.handle = (request, response) => {
      if (request.url === '/.well-known/openid-configuration') {
        response.end(JSON.stringify({ token_endpoint: `${provider.url}/token` }));
        return;
      }
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        forms.push(Object.fromEntries(new URLSearchParams(body)));
        response.statusCode = status;
        response.end(JSON.stringify(tokens));
      });
    };
  });
  afterEach(() => provider.close());

  const oidc = (config: Record<string, string>): ReturnType<TlsServer['config']> =>
    provider.config({
      token: undefined,
      authProvider: {
        name: 'oidc',
        config: {
          'idp-issuer-url': provider.url,
          'idp-certificate-authority-data': Buffer.from(provider.authority.certificate).toString('base64'),
          'client-id': 'kubernetes',
          'client-secret': 's',
          ...config,
        },
      },
    });
  const authorizationAt = async (kubeConfig: ReturnType<typeof oidc>, seconds: number): Promise<unknown> => {
    const credentials = await currentCredentials(kubeConfig, { clock: fakeClock(START + seconds * 1000) });
    return credentials.headers['authorization'];
  };
  const failureOf = (kubeConfig: ReturnType<typeof oidc>): Promise<string> =>
    authorizationAt(kubeConfig, 0).then(
      () => 'it did not fail',
      (error: Error) => error.message,
    );

  it('sends the id token until ten seconds before its expiry, and then refreshes it once for all requests', async () => {
    const kubeConfig = oidc({ 'id-token': idToken(3600), 'refresh-token': 'r1' });
    expect(await authorizationAt(kubeConfig, 3589)).to.equal(`Bearer ${idToken(3600)}`);
    expect(forms).to.deep.equal([]);
    const all = await Promise.all([3590, 3590, 3600].map((seconds) => authorizationAt(kubeConfig, seconds)));
    expect(all).to.deep.equal(Array.from({ length: 3 }, () => `Bearer ${idToken(7200, 'b')}`));
    expect(forms).to.deep.equal([
      { grant_type: 'refresh_token', refresh_token: 'r1', client_id: 'kubernetes', client_secret: 's' },
    ]);
    expect(await authorizationAt(kubeConfig, 7000)).to.equal(`Bearer ${idToken(7200, 'b')}`);
    expect(forms).to.have.length(1);
  });

  it('uses the next refresh token, if the provider sends one', async () => {
    const kubeConfig = oidc({ 'refresh-token': 'r1' });
    await authorizationAt(kubeConfig, 0);
    tokens = { id_token: idToken(20_000, 'c'), refresh_token: 'r2' };
    await authorizationAt(kubeConfig, 7200);
    tokens = { id_token: idToken(40_000, 'd') };
    await authorizationAt(kubeConfig, 30_000);
    expect(forms.map(({ refresh_token: token }) => token)).to.deep.equal(['r1', 'r1', 'r2']);
  });

  it('refreshes again after a failure', async () => {
    const kubeConfig = oidc({ 'refresh-token': 'r1' });
    status = 503;
    expect(await failureOf(kubeConfig)).to.match(
      /could not refresh its id-token: 127\.0\.0\.1:\d+ responded with 503$/,
    );
    status = 200;
    expect(await authorizationAt(kubeConfig, 0)).to.equal(`Bearer ${idToken(7200, 'b')}`);
  });

  it('sends a token of the user instead of that of the provider, as kubectl does', async () => {
    const kubeConfig = oidc({ 'id-token': idToken(3600) });
    Object.assign(kubeConfig.getCurrentUser() ?? {}, { token: 'own' });
    expect(await authorizationAt(kubeConfig, 0)).to.equal('Bearer own');
  });

  for (const [title, config, message] of [
    ['no issuer', { 'idp-issuer-url': '' }, /needs idp-issuer-url$/],
    ['no client', { 'client-id': '' }, /needs client-id$/],
    ['no token', {}, /no valid id-token, and cannot refresh it without refresh-token$/],
    [
      'an expired token without a refresh token',
      { 'id-token': idToken(5) },
      /cannot refresh it without refresh-token$/,
    ],
    ['a text that is no token', { 'id-token': 'secret' }, /is not a JSON Web Token with an expiry$/],
    ['an unknown authority', { 'refresh-token': 'r', 'idp-certificate-authority-data': '' }, /could not refresh/],
  ] as const) {
    it(`is refused with ${title}`, async () => {
      const failure = await failureOf(oidc(config));
      expect(failure).to.match(message);
      expect(failure).to.not.contain('secret');
    });
  }

  it('is refused if the response has no id token', async () => {
    tokens = { access_token: 'x' };
    expect(await failureOf(oidc({ 'refresh-token': 'r' }))).to.match(/its response has no id_token$/);
  });

  for (const [name, plugin] of [
    ['azure', 'kubelogin'],
    ['gcp', 'gke-gcloud-auth-plugin'],
  ] as const) {
    it(`is refused if it is ${name}, which kubectl has removed, also beside a token`, async () => {
      for (const token of [undefined, 'abc']) {
        const config = provider.config({ token, authProvider: { name, config: { 'access-token': 'abc' } } });
        expect(await failureOf(config)).to.match(
          new RegExp(`the auth-provider "${name}" has been removed from Kubernetes; use the exec plugin ${plugin}$`),
        );
      }
    });
  }
});
