import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { CredentialsError, KubeConfigError } from '../../src/informers/errors.ts';
import { serviceAccountConfig } from '../../src/informers/kube-config.ts';
import { currentCredentials, currentUser } from '../../src/informers/kube-credentials.ts';

function config(user: object, cluster: object = {}): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', server: 'https://c', skipTLSVerify: false, ...cluster },
    { name: 'u', ...user },
  );
  return kubeConfig;
}

describe('currentCredentials()', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kube-credentials-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const failureOf = (kubeConfig: KubeConfig): Promise<unknown> =>
    currentCredentials(kubeConfig).catch((error: unknown) => error);

  it('reads and trims the token of the service account for each request', async () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(serviceAccountConfig(env, folder)).to.equal(undefined);
    for (const [name, text] of Object.entries({ token: 'first\n', 'ca.crt': 'ca', namespace: 'shop\n' }))
      writeFileSync(join(folder, name), text);
    const content = serviceAccountConfig(env, folder);
    expect(serviceAccountConfig({}, folder)).to.equal(undefined);
    expect(content?.contexts[0]).to.include({ namespace: 'shop' });
    expect(content?.clusters[0]).to.include({ server: 'https://[fd00::1]:443' });
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions(content);
    expect((await currentCredentials(kubeConfig)).headers).to.deep.equal({ authorization: 'Bearer first' });
    writeFileSync(join(folder, 'token'), ' second ');
    expect((await currentCredentials(kubeConfig)).headers).to.deep.equal({ authorization: 'Bearer second' });
    writeFileSync(join(folder, 'token'), '\n');
    expect(await failureOf(kubeConfig))
      .to.be.instanceOf(CredentialsError)
      .with.property('message')
      .that.matches(/the token file .* is empty$/);
  });

  it('does not quote a token that a header cannot carry', async () => {
    expect(await failureOf(config({ token: 'se\ncret' })))
      .to.be.instanceOf(CredentialsError)
      .with.property(
        'message',
        'the credentials for cluster "c" cannot be read: the token has characters that a header cannot carry',
      );
  });

  it('uses the authenticators that were added to the KubeConfig', async () => {
    const kubeConfig = config({ authProvider: { name: 'custom' } });
    expect(await failureOf(kubeConfig))
      .to.be.instanceOf(CredentialsError)
      .with.property('message')
      .that.matches(/the auth-provider "custom" returned no credentials$/);
    kubeConfig.addAuthenticator({
      isAuthProvider: (user) => (user.authProvider as { name?: string } | undefined)?.name === 'custom',
      applyAuthentication: async (_, options) => {
        options.headers = { Authorization: 'Bearer custom' };
      },
    });
    expect((await currentCredentials(kubeConfig)).headers).to.deep.equal({ authorization: 'Bearer custom' });
  });
});

describe('currentUser()', () => {
  const WRONG: readonly [user: object, message: string][] = [
    [{ token: 'a', username: 'b' }, 'user "u": token and username exclude each other; remove one of them'],
    [{ certFile: 'a', certData: 'b' }, 'user "u": client-certificate and client-certificate-data exclude each other'],
    [{ keyFile: 'a', keyData: 'b' }, 'user "u": client-key and client-key-data exclude each other'],
    [{ exec: {}, authProvider: {} }, 'user "u": exec and auth-provider exclude each other'],
    [{ certData: 'a' }, 'user "u" has client-certificate, but no client-key'],
    [{ keyData: 'a' }, 'user "u" has client-key, but no client-certificate'],
    [{ password: 'a' }, 'user "u" has a password, but no username'],
    [{ impersonateGroups: ['a'] }, 'user "u": as-uid, as-groups and as-user-extra need a user in "as"'],
    [{ problem: 'users[0] is wrong' }, 'users[0] is wrong'],
  ];
  for (const [user, message] of WRONG) {
    it(`throws "${message}"`, () => {
      expect(() => currentUser(config(user))).to.throw(KubeConfigError, message);
    });
  }

  it('accepts fields that client-node sets to null', () => {
    expect(
      currentUser(config({ token: 'a', certFile: null, exec: null, authProvider: null, username: null })),
    ).to.include({
      token: 'a',
    });
  });
});
