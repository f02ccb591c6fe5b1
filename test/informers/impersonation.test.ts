import { expect } from 'chai';
import { ImpersonationError, type UpstreamUser } from '../../src/informers/collection/upstream.ts';
import { impersonationHeaders, kubeConfigImpersonation } from '../../src/informers/impersonation.ts';

const user = (fields: Partial<UpstreamUser>): UpstreamUser => ({ name: 'jane', groups: [], extra: {}, ...fields });

describe('impersonationHeaders()', () => {
  const CASES: readonly [name: string, user: UpstreamUser, headers: object][] = [
    ['a name', user({}), { 'impersonate-user': 'jane' }],
    ['a uid', user({ uid: 'u-1' }), { 'impersonate-user': 'jane', 'impersonate-uid': 'u-1' }],
    ['no header for an empty uid', user({ uid: '' }), { 'impersonate-user': 'jane' }],
    [
      'each group, except the group of all authenticated users',
      user({ groups: ['devs', 'a, b', '', 'system:authenticated'] }),
      { 'impersonate-user': 'jane', 'impersonate-group': ['devs', 'a, b'] },
    ],
    [
      'no header for an empty list of groups',
      user({ groups: ['system:authenticated'] }),
      { 'impersonate-user': 'jane' },
    ],
    [
      'extras with keys that are not valid in a header',
      user({ extra: { 'example.com/Scopes (1)': ['read', 'write'], plain: ['x'] } }),
      {
        'impersonate-user': 'jane',
        'impersonate-extra-example.com%2f%53copes%20%281%29': ['read', 'write'],
        'impersonate-extra-plain': ['x'],
      },
    ],
    ['the bytes of UTF-8', user({ name: 'jané' }), { 'impersonate-user': 'jan\u00c3\u00a9' }],
    [
      'an extra with the key __proto__',
      user({ extra: JSON.parse('{"__proto__":["x"]}') as UpstreamUser['extra'] }),
      { 'impersonate-user': 'jane', 'impersonate-extra-__proto__': ['x'] },
    ],
  ];
  for (const [name, original, headers] of CASES) {
    it(`sends ${name}`, () => {
      expect(impersonationHeaders(original)).to.deep.equal(headers);
    });
  }

  const REFUSED: readonly [name: string, user: UpstreamUser][] = [
    ['a user without a name', user({ name: '' })],
    ['anonymous users', user({ name: 'system:anonymous' })],
    ['a user that was not authenticated', user({ groups: ['system:unauthenticated'] })],
    ['a name that would begin another header', user({ name: 'jane\r\nImpersonate-Group: system:masters' })],
    ['a name that ends with a NUL', user({ name: 'jane\0' })],
    ['a name that begins with a space, which would arrive as another name', user({ name: ' admin' })],
    ['a group with a line feed', user({ groups: ['a\nb'] })],
    ['a uid with a carriage return', user({ uid: 'a\rb' })],
    ['an extra with a line feed', user({ extra: { key: ['a\nb'] } })],
    ['an extra without a key', user({ extra: { '': ['a'] } })],
    ['an incomplete character', user({ name: '\ud800' })],
  ];
  for (const [name, original] of REFUSED) {
    it(`refuses ${name}`, () => {
      expect(() => impersonationHeaders(original)).to.throw(ImpersonationError);
    });
  }
});

describe('kubeConfigImpersonation()', () => {
  const CASES: readonly [name: string, user: object, headers: object][] = [
    ['no header without attributes', {}, {}],
    ['a name', { impersonateUser: 'system:anonymous' }, { 'impersonate-user': 'system:anonymous' }],
    [
      'all groups',
      { impersonateUser: 'jane', impersonateGroups: ['a, b', 'system:authenticated'] },
      { 'impersonate-user': 'jane', 'impersonate-group': ['a, b', 'system:authenticated'] },
    ],
    [
      'one header for extras whose keys differ only in case',
      { impersonateUser: 'jane', impersonateUid: '1', impersonateExtra: { Scope: ['a'], scope: ['b'], none: [] } },
      { 'impersonate-user': 'jane', 'impersonate-uid': '1', 'impersonate-extra-scope': ['a', 'b'] },
    ],
  ];
  for (const [name, user, headers] of CASES) {
    it(`sends ${name}`, () => {
      expect(kubeConfigImpersonation({ name: 'u', ...user })).to.deep.equal(headers);
    });
  }

  for (const user of [
    { impersonateUid: '1' },
    { impersonateGroups: ['a'] },
    { impersonateExtra: { a: ['b'] } },
    { impersonateUser: 'jane\nImpersonate-Group: system:masters' },
    { impersonateUser: 'jane', impersonateExtra: { '': ['b'] } },
  ]) {
    it(`refuses ${JSON.stringify(user)}`, () => {
      expect(() => kubeConfigImpersonation({ name: 'u', ...user })).to.throw(ImpersonationError);
    });
  }
});
