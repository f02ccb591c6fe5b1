/** Kubeconfigs and environments with proxies, and the requests that they stand for. A new case is one row. */
import { base64, config, type CredentialsCase } from './cases.ts';

const TOKEN = { token: 'abc' };
const SENT = { authorization: 'Bearer abc' };
/** No proxy of the environment is used for loopback addresses, so the server has another name. The proxy knows its address. */
const NAMED = { server: 'https://api.example.test' };

const named: CredentialsCase['files'] = (server) => ({ config: config(server, TOKEN, NAMED) });

export const PROXY_CASES: readonly CredentialsCase[] = [
  {
    name: 'proxy-url, with a name and a password',
    files: (server) => ({
      config: config(server, TOKEN, { ...NAMED, 'proxy-url': `http://me:p%40ss@${server.proxy}` }),
    }),
    proxied: [`CONNECT api.example.test:443 Basic ${base64('me:p@ss')}`],
    sends: SENT,
  },
  {
    name: 'proxy-url with https, and a certificate of the authority of the cluster',
    files: (server) => ({ config: config(server, TOKEN, { ...NAMED, 'proxy-url': `https://${server.secureProxy}` }) }),
    proxied: ['CONNECT api.example.test:443'],
    sends: SENT,
  },
  {
    name: 'proxy-url, several groups and a client certificate',
    files: (server) => ({
      config: config(
        server,
        {
          'client-certificate-data': base64(server.certificate.certificate),
          'client-key-data': base64(server.certificate.key),
          as: 'jane',
          'as-groups': ['a', 'b'],
        },
        { ...NAMED, 'proxy-url': `http://${server.proxy}` },
      ),
    }),
    proxied: ['CONNECT api.example.test:443'],
    sends: {
      certificate: 'alice',
      impersonation: ['impersonate-group: a', 'impersonate-group: b', 'impersonate-user: jane'],
    },
  },
  {
    name: 'HTTPS_PROXY',
    files: named,
    env: ({ proxy }) => ({ HTTPS_PROXY: `http://${proxy}`, HTTP_PROXY: 'http://127.0.0.1:1' }),
    proxied: ['CONNECT api.example.test:443'],
    sends: SENT,
  },
  {
    name: 'https_proxy without a scheme',
    files: named,
    env: ({ proxy }) => ({ https_proxy: proxy }),
    proxied: ['CONNECT api.example.test:443'],
    sends: SENT,
  },
  {
    name: 'HTTPS_PROXY and NO_PROXY for other hosts',
    files: named,
    env: ({ proxy }) => ({ HTTPS_PROXY: `http://${proxy}`, NO_PROXY: '10.0.0.0/8,.test.example,example.test:6443' }),
    proxied: ['CONNECT api.example.test:443'],
    sends: SENT,
  },
  {
    name: 'HTTPS_PROXY and NO_PROXY for an address',
    files: (server) => ({ config: config(server, TOKEN, { server: 'https://192.0.2.1:6443' }) }),
    env: ({ proxy }) => ({ HTTPS_PROXY: `http://${proxy}`, NO_PROXY: '192.0.2.2,192.0.2.1:443' }),
    proxied: ['CONNECT 192.0.2.1:6443'],
    refuses: /its certificate is for other names/,
  },
  {
    name: 'proxy-url and NO_PROXY, which does not apply to it',
    files: (server) => ({ config: config(server, TOKEN, { ...NAMED, 'proxy-url': `http://${server.proxy}` }) }),
    env: () => ({ NO_PROXY: '*', HTTPS_PROXY: 'http://127.0.0.1:1' }),
    proxied: ['CONNECT api.example.test:443'],
    sends: SENT,
  },
  {
    name: 'HTTPS_PROXY and a server on loopback',
    files: (server) => ({ config: config(server, TOKEN) }),
    env: ({ proxy }) => ({ HTTPS_PROXY: `http://${proxy}` }),
    sends: SENT,
  },
  {
    name: 'HTTP_PROXY and a server without TLS',
    files: (server) => ({
      config: config(
        server,
        { ...TOKEN, as: 'jane' },
        { server: 'http://api.example.test', 'certificate-authority-data': undefined },
      ),
    }),
    env: ({ proxy }) => ({ HTTP_PROXY: `http://${proxy}`, HTTPS_PROXY: 'http://127.0.0.1:1' }),
    proxied: ['GET http://api.example.test/api/v1/pods?limit=1'],
    sends: { impersonation: ['impersonate-user: jane'] },
  },
  {
    name: 'a name that NO_PROXY excludes',
    files: named,
    env: ({ proxy }) => ({ HTTPS_PROXY: `http://${proxy}`, NO_PROXY: 'example.test' }),
    refuses: /(no such host|cannot be resolved now)$/,
  },
  {
    name: 'a socks5 proxy of the environment',
    files: named,
    env: () => ({ HTTPS_PROXY: 'socks5://127.0.0.1:1' }),
    refuses: /^the proxy of the variable HTTPS_PROXY is not supported; use an http or https proxy$/,
  },
];
