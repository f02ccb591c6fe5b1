import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { CredentialsError } from '../../src/informers/errors.ts';
import { serviceAccountConfig } from '../../src/informers/kube-config.ts';
import { currentCredentials } from '../../src/informers/kube-credentials.ts';

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
