import { expect } from 'chai';
import { KubeConfig } from '@kubernetes/client-node';
import { currentCluster, currentUser } from '../../src/informers/current-context.ts';
import { KubeConfigError } from '../../src/informers/errors.ts';

function config(user: object, cluster: object = {}): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', server: 'https://c', skipTLSVerify: false, ...cluster },
    { name: 'u', ...user },
  );
  return kubeConfig;
}

describe('currentCluster()', () => {
  const WRONG: readonly [cluster: object, message: string][] = [
    [{ server: 'c:6443' }, 'the server of cluster "c" must be a URL with http or https'],
    [{ server: 'https://me@c' }, 'the server of cluster "c" must be a URL with http or https'],
    [{ proxyUrl: 'socks5://p' }, 'the proxy-url of cluster "c" is not supported; use an http or https proxy'],
    [{ caFile: 'a', caData: 'b' }, 'certificate-authority and certificate-authority-data exclude each other'],
    [{ caFile: 'a', skipTLSVerify: true }, 'insecure-skip-tls-verify and certificate-authority exclude each other'],
    [{ problem: 'clusters[0] is wrong' }, 'clusters[0] is wrong'],
  ];
  for (const [cluster, message] of WRONG) {
    it(`throws "${message}" for ${JSON.stringify(cluster)}`, () => {
      expect(() => currentCluster(config({}, cluster))).to.throw(KubeConfigError, message);
    });
  }

  it('names a missing context', () => {
    const kubeConfig = config({});
    kubeConfig.setCurrentContext('none');
    expect(() => currentCluster(kubeConfig)).to.throw(KubeConfigError, 'there is no context "none"');
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
