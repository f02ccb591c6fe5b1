import { expect } from 'chai';

import {
  identityHeaders,
  proxiedPath,
  proxiedQuery,
  proxiedRequestHeaders,
  proxiedResponseHeaders,
} from '../../../../src/testing/cluster/aggregator/proxy-request.ts';
import type { UserInfo } from '../../../../src/testing/cluster/access/users.ts';

const alice: UserInfo = {
  name: 'alice',
  groups: ['dev', 'system:authenticated'],
  uid: 'a-1',
  extra: { 'example.com/Scopes': ['read', 'write'], '50%': ['x'] },
};

describe('identityHeaders()', () => {
  it('contains the user, with the keys of extras in lower case and percent-escaped', () => {
    expect(identityHeaders(alice)).to.deep.equal({
      'x-remote-user': 'alice',
      'x-remote-uid': 'a-1',
      'x-remote-group': ['dev', 'system:authenticated'],
      'x-remote-extra-example.com%2Fscopes': ['read', 'write'],
      'x-remote-extra-50%25': ['x'],
    });
  });

  it('omits empty fields of the user', () => {
    expect(identityHeaders({ name: 'bob', groups: [] })).to.deep.equal({ 'x-remote-user': 'bob' });
  });
});

describe('proxiedRequestHeaders()', () => {
  const bob: UserInfo = { name: 'bob', groups: [] };
  const proxied = (headers: Record<string, string>): ReturnType<typeof proxiedRequestHeaders> =>
    proxiedRequestHeaders({ headers, path: '/apis/a%20b/v1', backend: 'backend:443', clientAddress: '10.0.0.9' }, bob);

  it('forwards end-to-end headers', () => {
    const kept = {
      accept: 'text/plain',
      'accept-encoding': 'gzip',
      'audit-id': '1',
      traceparent: '2',
      'user-agent': 'kubectl',
    };
    expect(proxied(kept)).to.include(kept);
  });

  it('adds X-Forwarded headers', () => {
    expect(proxied({ 'x-forwarded-for': '192.0.2.1' })).to.include({
      'x-forwarded-for': '192.0.2.1, 10.0.0.9',
      'x-forwarded-host': 'backend:443',
      'x-forwarded-proto': 'https',
      'x-forwarded-uri': '/apis/a b/v1',
    });
  });

  for (const [what, headers] of [
    ['the credential', { authorization: 'Bearer secret' }],
    [
      "the client's own X-Remote headers",
      { 'x-remote-user': 'root', 'x-remote-group': 'system:masters', 'x-remote-extra-a': 'b' },
    ],
    [
      'headers of the connection',
      { connection: 'close', 'keep-alive': '1', te: 'gzip', 'transfer-encoding': 'chunked' },
    ],
    ['headers that Connection names', { connection: 'X-Hop, close', 'x-hop': '1' }],
    ['pseudo headers of HTTP/2', { ':path': '/', ':authority': 'cluster' }],
    ['the host of the cluster', { host: 'cluster:6443' }],
  ] as const)
    it(`does not forward ${what}`, () => {
      const result = proxied(headers);
      expect(result['x-remote-user']).to.equal('bob');
      expect(result).not.to.have.any.keys(...Object.keys(headers).filter((name) => name !== 'x-remote-user'));
    });
});

describe('proxiedResponseHeaders()', () => {
  it('keeps all headers except those of the connection', () => {
    expect(
      proxiedResponseHeaders({
        ':status': '200',
        'retry-after': '1',
        warning: '299 - "x"',
        connection: 'x-a',
        'x-a': '1',
      }),
    ).to.deep.equal({ 'retry-after': '1', warning: '299 - "x"' });
  });
});

describe('proxiedPath()', () => {
  for (const [path, expected] of [
    ['/apis/example.com/v1', '/apis/example.com/v1'],
    ['/a%20b', '/a%20b'],
    ['/a:b@c=d+e,f;g$h&i', '/a:b@c=d+e,f;g$h&i'],
    ['/a%3Ab', '/a:b'],
    ["/(a)!*'", '/%28a%29%21%2A%27'],
    ['/%C3%A4', '/%C3%A4'],
    ['/a%3Fb%23', '/a%3Fb%23'],
    ['/trailing/', '/trailing/'],
    ['/%zz', '/%zz'],
  ] as const)
    it(`requests ${path} as ${expected}`, () => {
      expect(proxiedPath(path)).to.equal(expected);
    });
});

describe('proxiedQuery()', () => {
  for (const [query, expected] of [
    ['', ''],
    ['watch=1&allowWatchBookmarks=true', '?allowWatchBookmarks=true&watch=1'],
    ['a=2&b=1&a=1', '?a=2&a=1&b=1'],
    ['labelSelector=a%3Db%20c', '?labelSelector=a%3Db+c'],
    ['watch', '?watch='],
  ] as const)
    it(`writes "${query}" as "${expected}"`, () => {
      expect(proxiedQuery(new URLSearchParams(query))).to.equal(expected);
    });
});
