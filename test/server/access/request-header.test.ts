import { expect } from 'chai';
import {
  isIdentityHeader,
  type RequestHeaderConfig,
  requestHeaderUser,
} from '../../../src/server/access/request-header.ts';

const config: RequestHeaderConfig = {
  clientCa: '',
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
};
const proxy = { verified: true, commonName: 'front-proxy-client' };
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

describe('requestHeaderUser()', () => {
  it('reads user, uid, groups and extra', () => {
    const user = requestHeaderUser(config, proxy, [
      'X-Remote-User',
      'alice',
      'x-remote-uid',
      '42',
      'X-Remote-Group',
      'a',
      'X-REMOTE-GROUP',
      'b',
      'X-Remote-Extra-Scopes',
      'read',
      'x-remote-extra-scopes',
      'write',
    ]);
    expect(user).to.deep.equal({
      name: 'alice',
      uid: '42',
      groups: ['a', 'b', 'system:authenticated'],
      extra: { scopes: ['read', 'write'] },
    });
  });

  for (const [name, certificate] of [
    ['no certificate', undefined],
    ['a certificate that was not verified', { verified: false, commonName: 'front-proxy-client' }],
    ['another common name', { verified: true, commonName: 'other-client' }],
    ['a certificate without a common name', { verified: true, commonName: undefined }],
  ] as const) {
    it(`returns undefined for ${name}`, () => {
      expect(requestHeaderUser(config, certificate, ['X-Remote-User', 'alice'])).to.equal(undefined);
    });
  }

  it('accepts any common name if allowedNames is empty', () => {
    const any = { ...config, allowedNames: [] };
    expect(
      requestHeaderUser(any, { verified: true, commonName: undefined }, ['X-Remote-User', 'alice'])?.name,
    ).to.equal('alice');
  });

  for (const [name, headers, expected] of [
    ['no user header', ['X-Remote-Group', 'system:masters'], undefined],
    ['an empty user header', ['X-Remote-User', ''], undefined],
    ['a group with a comma in it', ['X-Remote-Group', 'CN=a, OU=b'], ['CN=a, OU=b', 'system:authenticated']],
    ['an empty group', ['X-Remote-Group', '', 'X-Remote-Group', 'a'], ['a', 'system:authenticated']],
    [
      'system:authenticated once',
      ['X-Remote-Group', 'system:authenticated', 'X-Remote-Group', 'a'],
      ['system:authenticated', 'a'],
    ],
    ['UTF-8', ['X-Remote-Group', latin1('Köche')], ['Köche', 'system:authenticated']],
    ['Latin-1 as it is', ['X-Remote-Group', 'K\u00f6che'], ['Köche', 'system:authenticated']],
  ] as const) {
    it(`reads ${name}`, () => {
      const rawHeaders = expected === undefined ? headers : ['X-Remote-User', 'alice', ...headers];
      expect(requestHeaderUser(config, proxy, rawHeaders)?.groups).to.deep.equal(expected);
    });
  }

  for (const [name, groups, expected] of [
    ['alice', [], ['system:authenticated']],
    ['alice', ['a'], ['a', 'system:authenticated']],
    ['alice', ['system:authenticated'], ['system:authenticated']],
    ['alice', ['system:unauthenticated'], ['system:unauthenticated']],
    ['alice', ['a', 'system:unauthenticated'], ['a', 'system:unauthenticated']],
    ['system:anonymous', [], []],
    ['system:anonymous', ['a'], ['a']],
    ['system:anonymous', ['system:unauthenticated'], ['system:unauthenticated']],
    ['System:anonymous', [], ['system:authenticated']],
    ['system:serviceaccount:shop:web', ['system:serviceaccounts'], ['system:serviceaccounts', 'system:authenticated']],
  ] as const) {
    it(`gives ${name} in [${groups.join(', ')}] the groups [${expected.join(', ')}]`, () => {
      const headers = ['X-Remote-User', name, ...groups.flatMap((group) => ['X-Remote-Group', group])];
      expect(requestHeaderUser(config, proxy, headers)?.groups).to.deep.equal(expected);
    });
  }

  it('uses only the first value of a user header or uid header', () => {
    const headers = ['X-Remote-User', 'a', 'X-Remote-User', 'b', 'X-Remote-Uid', '', 'X-Remote-Uid', '2'];
    expect(requestHeaderUser(config, proxy, headers)).to.include({ name: 'a', uid: undefined });
    expect(requestHeaderUser(config, proxy, ['X-Remote-User', '', ...headers])).to.equal(undefined);
  });

  for (const [header, key] of [
    ['X-Remote-Extra-Example.com%2Froles', 'example.com/roles'],
    ['X-Remote-Extra-Acme%zz', 'acme%zz'],
    ['X-Remote-Extra-__proto__', '__proto__'],
    ['X-Remote-Extra-constructor', 'constructor'],
    ['X-Remote-Extra-', ''],
  ] as const) {
    it(`reads ${header} as the extra "${key}"`, () => {
      const user = requestHeaderUser(config, proxy, ['X-Remote-User', 'alice', header, 'v, w']);
      expect(Object.entries(user?.extra ?? {})).to.deep.equal([[key, ['v, w']]]);
      expect(Object.getPrototypeOf(user?.extra)).to.equal(Object.prototype);
    });
  }

  it('keeps all values of an extra with two spellings', () => {
    const headers = [
      'X-Remote-User',
      'alice',
      'X-Remote-Extra-a%2fb',
      '1',
      'X-Remote-Extra-A%2Fb',
      '2',
      'X-Remote-Extra-a%2fB',
      '3',
    ];
    const { extra } = requestHeaderUser(config, proxy, headers) ?? {};
    expect(extra).to.deep.equal({ 'a/b': ['1', '2', '3'] });
  });

  it('uses the first user header that is not empty', () => {
    const two = { ...config, usernameHeaders: ['X-User', 'X-Remote-User'] };
    expect(requestHeaderUser(two, proxy, ['X-Remote-User', 'b', 'X-User', 'a'])?.name).to.equal('a');
    expect(requestHeaderUser(two, proxy, ['X-Remote-User', 'b', 'X-User', ''])?.name).to.equal('b');
  });

  it('reads no uid without uid headers in the configuration', () => {
    const without = { ...config, uidHeaders: [] };
    expect(requestHeaderUser(without, proxy, ['X-Remote-User', 'a', 'X-Remote-Uid', '1'])?.uid).to.equal(undefined);
  });
});

describe('isIdentityHeader()', () => {
  const own = { ...config, usernameHeaders: ['X-My-User'], extraHeaderPrefixes: ['X-My-Extra-'] };
  for (const [header, expected] of [
    ['authorization', true],
    ['x-remote-user', true],
    ['x-remote-extra-foo', true],
    ['x-remote-anything', true],
    ['x-my-user', true],
    ['x-my-extra-foo', true],
    ['x-my', false],
    ['accept', false],
    ['x-forwarded-for', false],
  ] as const) {
    it(`returns ${expected} for ${header}`, () => expect(isIdentityHeader(own, header)).to.equal(expected));
  }

  it('includes the default headers without a configuration', () => {
    expect(isIdentityHeader(undefined, 'x-remote-user')).to.equal(true);
    expect(isIdentityHeader(undefined, 'x-my-user')).to.equal(false);
  });
});
