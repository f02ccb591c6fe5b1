import { expect } from 'chai';
import { sep } from 'node:path';
import { KubeConfigError } from '../../src/informers/errors.ts';
import { parseKubeConfig } from '../../src/informers/kube-config-file.ts';

const user = (fields: object): object | undefined =>
  parseKubeConfig(JSON.stringify({ users: [{ name: 'u', user: fields }] }), `${sep}etc${sep}kube`)?.users[0];

describe('parseKubeConfig()', () => {
  it('has the fields of client-node, and those that client-node lacks', () => {
    const text = JSON.stringify({
      clusters: [
        {
          name: 'c',
          cluster: {
            server: 'https://c/',
            'certificate-authority': 'ca.crt',
            'tls-server-name': 'name',
            'proxy-url': 'http://p',
            extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } }],
          },
        },
      ],
      users: [{ name: 'u', user: { tokenFile: 'token', as: 'a', 'as-uid': '1', 'as-groups': ['g'] } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'n' } }],
      'current-context': 'x',
      preferences: {},
    });
    expect(parseKubeConfig(text, '/etc/kube')).to.deep.equal({
      clusters: [
        {
          name: 'c',
          server: 'https://c',
          caFile: '/etc/kube/ca.crt',
          skipTLSVerify: false,
          tlsServerName: 'name',
          proxyUrl: 'http://p',
          execConfig: { audience: 'a' },
        },
      ],
      users: [
        {
          name: 'u',
          authProvider: { name: 'tokenFile', config: { tokenFile: '/etc/kube/token' } },
          impersonateUser: 'a',
          impersonateUid: '1',
          impersonateGroups: ['g'],
        },
      ],
      contexts: [{ name: 'x', cluster: 'c', user: 'u', namespace: 'n' }],
      currentContext: 'x',
    });
  });

  it('resolves a command with a folder, and keeps one without', () => {
    expect(user({ exec: { command: './login' } })).to.have.deep.property('exec', { command: '/etc/kube/login' });
    expect(user({ exec: { command: '/bin/login' } })).to.have.deep.property('exec', { command: '/bin/login' });
    expect(user({ exec: { command: 'login' } })).to.have.deep.property('exec', { command: 'login' });
  });

  it('returns nothing for an empty text', () => {
    for (const text of ['', '\n', '# a comment\n']) expect(parseKubeConfig(text, '/')).to.equal(undefined);
  });

  it('reports a wrong entry only as a problem of this entry', () => {
    const text = 'users: [{ name: a, user: { tokens: x } }, { name: b, user: { token: x } }]';
    expect(parseKubeConfig(text, '/')?.users).to.deep.equal([
      { name: 'a', problem: 'users[0].user.tokens is not a field that kubefacet supports; correct or remove it' },
      { name: 'b', token: 'x' },
    ]);
  });

  it('does not quote the file in an error of its syntax', () => {
    expect(() => parseKubeConfig('token: "secret\nusers: {', '/'))
      .to.throw(KubeConfigError)
      .with.property('message')
      .that.matches(/^it is not YAML: /)
      .and.does.not.include('secret');
  });
});
