import { expect } from 'chai';
import type { ApiError } from '../../../src/server/wire/status.ts';
import { accessDenied } from '../../../src/server/wire/access-denied.ts';

describe('accessDenied()', () => {
  const access = {
    type: 'resource',
    verb: 'list',
    group: 'shop.example.com',
    version: 'v1',
    resource: 'carts',
    subresource: '',
    namespace: '',
    name: '',
  } as const;

  const denials: readonly (readonly [name: string, error: ApiError, message: string, details: object])[] = [
    [
      'a collection at the cluster scope',
      accessDenied('alice', access),
      'carts.shop.example.com is forbidden: User "alice" cannot list resource "carts" in API group "shop.example.com" at the cluster scope',
      { group: 'shop.example.com', kind: 'carts' },
    ],
    [
      'a subresource of a named object, with a reason',
      accessDenied('alice', { ...access, verb: 'get', subresource: 'status', namespace: 'ns', name: 'a' }, 'not today'),
      'carts.shop.example.com "a" is forbidden: User "alice" cannot get resource "carts/status" in API group "shop.example.com" in the namespace "ns": not today',
      { name: 'a', group: 'shop.example.com', kind: 'carts' },
    ],
    [
      'a path',
      accessDenied('<b>&', { type: 'nonResource', verb: 'get', path: '/metrics' }),
      'forbidden: User "&lt;b&gt;&amp;" cannot get path "/metrics"',
      {},
    ],
  ];
  for (const [name, error, message, details] of denials) {
    it(`names the user and the denied access: ${name}`, () => {
      expect(error.status).to.include({ code: 403, reason: 'Forbidden', message });
      expect(error.status.details).to.deep.equal(details);
      expect(error.headers).to.deep.equal({ 'X-Content-Type-Options': 'nosniff' });
    });
  }
});
