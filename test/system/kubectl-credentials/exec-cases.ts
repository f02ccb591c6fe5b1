/** Kubeconfigs with exec plugins, and the requests that they stand for. A new case is one row. */
import { base64, config, type CredentialsCase } from './cases.ts';
import type { RecordingServer } from './recording-server.ts';

const V1 = 'client.authentication.k8s.io/v1';

/** A plugin whose token has its arguments, a variable, the number of bytes in its stdin, and KUBERNETES_EXEC_INFO. */
const DESCRIBE = `#!/bin/sh
info="$(printf '%s' "$KUBERNETES_EXEC_INFO")" # kubectl adds a line feed
token="$(printf '%s|%s|%s|%s' "$*" "$VARIABLE" "$(wc -c | tr -d ' ')" "$info" | base64 | tr -d '\\n')"
echo "a message for the user" >&2
printf '{"kind":"ExecCredential","apiVersion":"%s","status":{"token":"%s"}}' "\${VERSION:-${V1}}" "$token"
`;

const described = (args: string, variable: string, info: object): string =>
  `Bearer ${base64(`${args}|${variable}|0|${JSON.stringify({ kind: 'ExecCredential', ...info })}`)}`;

const exec = (fields: object = {}): object => ({
  exec: { apiVersion: V1, command: './plugin', interactiveMode: 'Never', ...fields },
});

/** Files with a plugin that prints this text. */
const prints = (text: string, fields: object = {}): CredentialsCase['files'] => {
  return (server) => ({ config: config(server, exec(fields)), plugin: `#!/bin/sh\ncat <<'END'\n${text}\nEND\n` });
};

const credential = (status: object, apiVersion = V1): string =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion, status });

const certificates = ({ certificate }: RecordingServer): object => ({
  clientCertificateData: certificate.certificate,
  clientKeyData: certificate.key,
});

export const EXEC_CASES: readonly CredentialsCase[] = [
  {
    name: 'a plugin with a path relative to its file, arguments and variables',
    files: (server) => ({
      'folder/config': config(
        server,
        exec({ command: 'bin/login', args: ['get', 'a token'], env: [{ name: 'VARIABLE', value: 'x' }] }),
      ),
      'folder/bin/login': DESCRIBE,
    }),
    kubeconfig: ['folder/config'],
    sends: {
      authorization: described('get a token', 'x', { apiVersion: V1, spec: { interactive: false } }),
    },
  },
  {
    name: 'a plugin of v1beta1, which may be interactive, without a terminal',
    files: (server) => {
      const apiVersion = `${V1}beta1`;
      const env = [{ name: 'VERSION', value: apiVersion }];
      return { config: config(server, exec({ apiVersion, env, interactiveMode: undefined })), plugin: DESCRIBE };
    },
    sends: { authorization: described('', '', { apiVersion: `${V1}beta1`, spec: { interactive: false } }) },
  },
  {
    name: 'a plugin that gets the cluster and its configuration',
    files: (server) => ({
      config: config(server, exec({ provideClusterInfo: true }), {
        'certificate-authority-data': undefined,
        'insecure-skip-tls-verify': true,
        'tls-server-name': 'api.example.test',
        'disable-compression': true,
        server: `${server.url}/path`,
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'a', n: [1] } }],
      }),
      plugin: `#!/bin/sh
info="$(printf '%s' "$KUBERNETES_EXEC_INFO" | sed 's/127.0.0.1:[0-9]*/HOST/')"
info="$(printf '%s' "$info" | base64 | tr -d '\\n')"
printf '{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"%s"}}' "$info"
`,
    }),
    sends: {
      path: '/path/api/v1/pods?limit=1',
      authorization: `Bearer ${base64(
        JSON.stringify({
          kind: 'ExecCredential',
          apiVersion: V1,
          spec: {
            cluster: {
              server: 'https://HOST/path',
              'tls-server-name': 'api.example.test',
              'insecure-skip-tls-verify': true,
              'disable-compression': true,
              config: { audience: 'a', n: [1] },
            },
            interactive: false,
          },
        }),
      )}`,
    },
  },
  {
    name: 'a plugin that gets the certificate authority of a file',
    files: (server) => ({
      config: config(server, exec({ provideClusterInfo: true }), {
        'certificate-authority-data': undefined,
        'certificate-authority': 'ca.crt',
      }),
      'ca.crt': server.ca,
      plugin: `#!/bin/sh
case "$KUBERNETES_EXEC_INFO" in *"$(base64 <"$(dirname "$0")/ca.crt" | tr -d '\\n')"*) token=known ;; *) token=unknown ;; esac
printf '{"kind":"ExecCredential","apiVersion":"${V1}","status":{"token":"%s"}}' "$token"
`,
    }),
    sends: { authorization: 'Bearer known' },
  },
  {
    name: 'a plugin that prints a certificate',
    files: (server) => prints(credential(certificates(server)))(server),
    sends: { certificate: 'alice' },
  },
  {
    name: 'a plugin that prints YAML',
    files: prints(`kind: ExecCredential\napiVersion: ${V1}\nstatus: { token: abc }`),
    sends: { authorization: 'Bearer abc' },
  },
  {
    name: 'a plugin and a token, which wins',
    files: (server) => ({ config: config(server, { ...exec(), token: 'static' }) }),
    sends: { authorization: 'Bearer static' },
  },
  { name: 'a plugin without apiVersion', files: prints('', { apiVersion: '' }), refuses: /exec.apiVersion is missing/ },
  {
    name: 'a plugin of v1alpha1',
    files: prints(credential({ token: 'a' }, `${V1}alpha1`), { apiVersion: `${V1}alpha1` }),
    refuses: /exec.apiVersion ".*v1alpha1" is not supported/,
  },
  { name: 'a plugin without a command', files: prints('', { command: '' }), refuses: /exec.command is missing/ },
  {
    name: 'a plugin of v1 without interactiveMode',
    files: prints(credential({ token: 'a' }), { interactiveMode: undefined }),
    refuses: /exec.interactiveMode is missing/,
  },
  {
    name: 'an unknown interactiveMode',
    files: prints(credential({ token: 'a' }), { interactiveMode: 'never' }),
    refuses: /exec.interactiveMode must be Never, IfAvailable, Always/,
  },
  {
    name: 'a plugin that needs a terminal',
    files: prints(credential({ token: 'a' }), { interactiveMode: 'Always' }),
    refuses: /plugin needs a terminal/,
  },
  {
    name: 'a plugin that is not installed',
    files: prints('', { command: 'no-such-plugin', installHint: 'See\nexample.com' }),
    refuses: /the exec plugin no-such-plugin is not installed: See example.com$/,
  },
  {
    name: 'a plugin that fails',
    files: (server) => ({ config: config(server, exec()), plugin: '#!/bin/sh\necho "log in first" >&2\nexit 3\n' }),
    refuses: /plugin exited with code 3: log in first$/,
  },
  { name: 'a plugin that prints nothing', files: prints(''), refuses: /plugin printed nothing$/ },
  { name: 'a plugin that prints text', files: prints('secret'), refuses: /plugin did not print an ExecCredential$/ },
  {
    name: 'a plugin that prints another version',
    files: prints(credential({ token: 'a' }, `${V1}beta1`)),
    refuses: /plugin did not print an ExecCredential of client.authentication.k8s.io\/v1$/,
  },
  {
    name: 'a plugin that prints no status',
    files: prints(`{"kind":"ExecCredential","apiVersion":"${V1}"}`),
    refuses: /plugin printed an ExecCredential without a status$/,
  },
  {
    name: 'a plugin that prints an empty status',
    files: prints(credential({})),
    refuses: /plugin printed neither a token nor a certificate$/,
  },
  {
    name: 'a plugin that prints a certificate without its key',
    files: (server) => prints(credential({ clientCertificateData: server.certificate.certificate }))(server),
    refuses: /plugin printed a certificate or a key, but not both$/,
  },
  {
    name: 'a plugin that prints a number as its token',
    files: prints(credential({ token: 5 })),
    refuses: /plugin printed a status whose token is not a text$/,
  },
];
