/** Kubeconfigs and the requests that they stand for. A new case is one row. The file is long because the table is. */
import type { ReceivedRequest, RecordingServer } from './recording-server.ts';

/** Contents by the name of the file. Objects are written as JSON, which is YAML. */
export type Files = Readonly<Record<string, string | object>>;

/** Kubeconfigs, and what kubectl and the informers do with them. */
export interface CredentialsCase {
  readonly name: string;
  /** The files, in one folder. Without `kubeconfig`, the kubeconfig is the file `config`. */
  files(server: RecordingServer): Files;
  /** The value of KUBECONFIG, as names of files. */
  readonly kubeconfig?: readonly string[];
  /** Further environment variables. */
  env?(server: RecordingServer): Readonly<Record<string, string>>;
  /** The requests to the proxy. */
  readonly proxied?: readonly string[];
  /** The sent request, if it is not refused. Omitted fields are undefined, or empty. */
  readonly sends?: Partial<ReceivedRequest>;
  /** The message with which kubefacet refuses the kubeconfig. */
  readonly refuses?: RegExp;
  /** The reason why kubectl accepts a kubeconfig that kubefacet refuses. Without a reason, kubectl refuses it too. */
  readonly kubectlAccepts?: string;
  /** The reason why kubectl is not compared. */
  readonly withoutKubectl?: string;
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig with one context, with these fields of its user and its cluster. */
export function config(server: RecordingServer, user: object = {}, cluster: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: server.url, 'certificate-authority-data': base64(server.ca), ...cluster } },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
}

const alone = (user: object, cluster: object = {}): CredentialsCase['files'] => {
  return (server) => ({ config: config(server, user, cluster) });
};

/** An id token for OpenID Connect that expires at this time, in seconds since the epoch. */
function idToken(exp: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ exp })}.x`;
}

const FUTURE = 4_000_000_000;
const oidc = (config: object): object => ({
  'auth-provider': { name: 'oidc', config: { 'idp-issuer-url': 'https://127.0.0.1:1', 'client-id': 'k', ...config } },
});

const IGNORES = 'kubectl ignores the field and sends the request without it, as another user';

const ASKS = 'kubectl asks for a username';

export const CREDENTIALS_CASES: readonly CredentialsCase[] = [
  { name: 'no credentials', files: alone({}), sends: {}, withoutKubectl: ASKS },
  { name: 'a token', files: alone({ token: 'abc' }), sends: { authorization: 'Bearer abc' } },
  {
    name: 'an id token of OpenID Connect',
    files: alone(oidc({ 'id-token': idToken(FUTURE) })),
    sends: { authorization: `Bearer ${idToken(FUTURE)}` },
  },
  {
    name: 'an id token of OpenID Connect and a token',
    files: alone({ token: 'abc', ...oidc({ 'id-token': idToken(FUTURE) }) }),
    sends: { authorization: 'Bearer abc' },
  },
  {
    name: 'an expired id token of OpenID Connect',
    files: alone(oidc({ 'id-token': idToken(1) })),
    refuses: /cannot refresh it without refresh-token/,
  },
  {
    name: 'an id token that cannot be refreshed, because the provider does not respond',
    files: alone(oidc({ 'id-token': idToken(1), 'refresh-token': 'r' })),
    refuses: /could not refresh its id-token/,
  },
  {
    name: 'OpenID Connect without an issuer',
    files: alone(oidc({ 'idp-issuer-url': '' })),
    refuses: /needs idp-issuer-url/,
  },
  { name: 'OpenID Connect without a client', files: alone(oidc({ 'client-id': '' })), refuses: /needs client-id/ },
  ...['azure', 'gcp'].map((name) => ({
    name: `the auth-provider ${name}, which kubectl has removed`,
    files: alone({ 'auth-provider': { name, config: { 'access-token': 'abc', expiry: '2100-01-01T00:00:00Z' } } }),
    refuses: new RegExp(`the auth-provider "${name}" has been removed`),
  })),
  {
    name: 'an auth-provider that does not exist',
    files: alone({ 'auth-provider': { name: 'none', config: {} } }),
    refuses: /the auth-provider "none" returned no credentials/,
  },
  {
    name: 'a username and a password',
    files: alone({ username: 'jané', password: 'p:w' }),
    sends: { authorization: `Basic ${base64('jané:p:w')}` },
  },
  {
    name: 'a username without a password',
    files: alone({ username: 'jane' }),
    sends: { authorization: `Basic ${base64('jane:')}` },
  },
  {
    name: 'a token file beside the kubeconfig, with an empty line at its end',
    files: (server) => ({ config: config(server, { tokenFile: 'secrets/token' }), 'secrets/token': 'from-file\n\n' }),
    sends: { authorization: 'Bearer from-file' },
  },
  {
    name: 'a token file and a token',
    files: (server) => ({ config: config(server, { tokenFile: 'token', token: 'old' }), token: 'from-file' }),
    sends: { authorization: 'Bearer from-file' },
  },
  {
    name: 'a client certificate in files',
    files: (server) => ({
      config: config(server, { 'client-certificate': 'a.crt', 'client-key': 'a.key' }),
      'a.crt': server.certificate.certificate,
      'a.key': server.certificate.key,
    }),
    sends: { certificate: 'alice' },
  },
  {
    name: 'a client certificate as data, and a token',
    files: (server) => ({
      config: config(server, {
        'client-certificate-data': base64(server.certificate.certificate),
        'client-key-data': base64(server.certificate.key),
        token: 'abc',
      }),
    }),
    sends: { certificate: 'alice', authorization: 'Bearer abc' },
  },
  {
    name: 'the certificate authority in a file',
    files: (server) => ({
      config: config(
        server,
        { token: 'abc' },
        { 'certificate-authority-data': undefined, 'certificate-authority': './ca.crt' },
      ),
      'ca.crt': server.ca,
    }),
    sends: { authorization: 'Bearer abc' },
  },
  {
    name: 'an unverified server',
    files: alone({ token: 'abc' }, { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true }),
    sends: { authorization: 'Bearer abc' },
  },
  {
    name: 'a server with a path',
    files: (server) => ({ config: config(server, { token: 'abc' }, { server: `${server.url}/k8s/clusters/c-1/` }) }),
    sends: { path: '/k8s/clusters/c-1/api/v1/pods?limit=1', authorization: 'Bearer abc' },
  },
  {
    name: 'a server whose scheme is in capitals',
    files: (server) => ({
      config: config(server, { token: 'abc', as: 'jane' }, { server: server.url.replace('https', 'HTTPS') }),
    }),
    sends: { authorization: 'Bearer abc', impersonation: ['impersonate-user: jane'] },
  },
  {
    name: 'a server without TLS, to which no credentials are sent',
    files: (server) => ({
      config: config(
        server,
        { token: 'abc', as: 'jane' },
        { server: server.plainUrl, 'certificate-authority-data': undefined },
      ),
    }),
    sends: { impersonation: ['impersonate-user: jane'] },
  },
  {
    name: 'as',
    files: alone({ token: 'abc', as: 'jane' }),
    sends: { authorization: 'Bearer abc', impersonation: ['impersonate-user: jane'] },
  },
  {
    name: 'as, as-uid, as-groups and as-user-extra',
    files: alone({
      token: 'abc',
      as: 'jané',
      'as-uid': '42',
      'as-groups': ['devs', 'a, b', 'system:authenticated'],
      'as-user-extra': { 'example.com/Scopes (1)': ['read', 'write'], reason: ['test'], none: [] },
    }),
    sends: {
      authorization: 'Bearer abc',
      impersonation: [
        'impersonate-extra-example.com%2fscopes%20%281%29: read',
        'impersonate-extra-example.com%2fscopes%20%281%29: write',
        'impersonate-extra-reason: test',
        'impersonate-group: a, b',
        'impersonate-group: devs',
        'impersonate-group: system:authenticated',
        'impersonate-uid: 42',
        'impersonate-user: jané',
      ],
    },
  },
  {
    name: 'an anonymous user to impersonate',
    files: alone({ token: 'abc', as: 'system:anonymous', 'as-groups': ['system:unauthenticated'] }),
    sends: {
      authorization: 'Bearer abc',
      impersonation: ['impersonate-group: system:unauthenticated', 'impersonate-user: system:anonymous'],
    },
  },
  {
    name: 'fields that are null or empty',
    files: alone({ token: 'abc', tokenFile: null, as: '', 'as-groups': [], 'as-user-extra': null, exec: null }),
    sends: { authorization: 'Bearer abc' },
  },
  {
    name: 'YAML with comments, anchors and merged maps',
    files: (server) => ({
      config: [
        '# a comment',
        `clusters: [{ name: c, cluster: { server: &server "${server.url}", insecure-skip-tls-verify: true } }]`,
        'users:',
        '- { name: other, user: &base { token: abc, as: john } }',
        '- name: u',
        '  user:',
        '    <<: *base',
        '    as: >-',
        '      jane',
        'contexts:\n- name: x\n  context: { cluster: c, user: u, namespace: *server }',
        'current-context: x\n',
      ].join('\n'),
    }),
    sends: { authorization: 'Bearer abc', impersonation: ['impersonate-user: jane'] },
  },
  {
    name: 'JSON with tabs',
    files: (server) => ({ config: JSON.stringify(config(server, { token: 'abc' }), undefined, '\t') }),
    sends: { authorization: 'Bearer abc' },
  },
  {
    name: 'several files with the same names: the first wins, also for fields that it lacks',
    files: (server) => ({
      first: config(server, { token: 'first' }),
      second: config(server, { token: 'second', as: 'jane' }, { server: 'https://127.0.0.1:1' }),
    }),
    kubeconfig: ['first', 'second'],
    sends: { authorization: 'Bearer first' },
  },
  {
    name: 'several files that complete each other, with token files relative to each file',
    files: (server) => ({
      'a/contexts': { contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }], 'current-context': 'x' },
      'b/rest': { ...config(server, { tokenFile: 'token' }), 'current-context': 'other' },
      'b/token': 'of-b',
      token: 'wrong',
    }),
    kubeconfig: ['a/contexts', 'b/rest'],
    sends: { authorization: 'Bearer of-b' },
  },
  {
    name: 'missing, empty and repeated files',
    files: (server) => ({ empty: '', comment: '# nothing\n', config: config(server, { token: 'abc' }) }),
    kubeconfig: ['missing', 'empty', 'comment', 'config', 'config'],
    sends: { authorization: 'Bearer abc' },
  },
  {
    name: 'an unused context without a cluster, and an unused cluster without a server',
    files: (server) => ({
      config: {
        ...config(server, { token: 'abc' }),
        contexts: [
          { name: 'unused', context: { cluster: '', user: '' } },
          { name: 'x', context: { cluster: 'c', user: 'u' } },
        ],
        clusters: [
          { name: 'unused', cluster: { server: '' } },
          { name: 'c', cluster: { server: server.url, 'certificate-authority-data': base64(server.ca) } },
        ],
      },
    }),
    sends: { authorization: 'Bearer abc' },
  },
  { name: 'as-groups without as', files: alone({ 'as-groups': ['a'] }), refuses: /need a user in "as"/ },
  { name: 'as-uid without as', files: alone({ 'as-uid': '1' }), refuses: /need a user in "as"/ },
  {
    name: 'a token and a username',
    files: alone({ token: 'a', username: 'b' }),
    refuses: /token and username exclude/,
  },
  {
    name: 'a certificate without a key',
    files: (server) => ({
      config: config(server, { 'client-certificate-data': base64(server.certificate.certificate) }),
    }),
    refuses: /has client-certificate, but no client-key/,
  },
  { name: 'a token that is a number', files: alone({ token: 12345 }), refuses: /token must be a text/ },
  { name: 'a missing token file', files: alone({ tokenFile: 'none' }), refuses: /no such file.*none/ },
  {
    name: 'an unverified server with a certificate authority',
    files: alone({}, { 'insecure-skip-tls-verify': true }),
    refuses: /insecure-skip-tls-verify and certificate-authority exclude/,
  },
  {
    name: 'two users with one name in a file',
    files: (server) => {
      const user = { name: 'u', user: { token: 'a' } };
      return { config: { ...config(server), users: [user, user] } };
    },
    refuses: /the name "u" occurs twice/,
  },
  { name: 'another kind', files: () => ({ config: { apiVersion: 'v1', kind: 'Pod' } }), refuses: /not a kubeconfig/ },
  {
    name: 'token-file instead of tokenFile',
    files: alone({ username: 'a', 'token-file': 'x' }),
    refuses: /users\[0\]\.user\.token-file is not a field/,
    kubectlAccepts: IGNORES,
  },
  {
    name: 'an unknown field for impersonation',
    files: alone({ token: 'a', 'impersonate-user': 'x' }),
    refuses: /users\[0\]\.user\.impersonate-user is not a field/,
    kubectlAccepts: IGNORES,
  },
  {
    name: 'a field beside the user instead of in it',
    files: (server) => ({ config: { ...config(server), users: [{ name: 'u', user: { token: 'abc' }, as: 'jane' }] } }),
    refuses: /users\[0\]\.as is not a field/,
    kubectlAccepts: IGNORES,
  },
  {
    name: 'a password without a username',
    files: alone({ password: 'b' }),
    refuses: /has a password, but no username/,
  },
  {
    name: 'a socks5 proxy',
    files: alone({}, { 'proxy-url': 'socks5://127.0.0.1:1' }),
    refuses: /the proxy-url of cluster "c" is not supported; use an http or https proxy/,
  },
];
