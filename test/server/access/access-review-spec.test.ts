/** The spec of a SubjectAccessReview for each kind of request. */
import { expect } from 'chai';
import { accessReviewSpec } from '../../../src/server/access/access-review-spec.ts';
import { DEFAULT_LIMITS } from '../../../src/server/wire/limits.ts';
import { requestInfo } from '../../../src/server/wire/request-info.ts';

const ALICE = {
  name: 'alice',
  uid: 'u-1',
  groups: ['devs', 'system:authenticated'],
  extra: { 'example.com/scopes': ['a', 'b'] },
};
const BASE = '/apis/example.com/v1/namespaces/shop/carts';
const RESOURCE = { namespace: 'shop', group: 'example.com', version: 'v1', resource: 'carts' };

describe('accessReviewSpec()', () => {
  const specOf = (method: string, target: string, user: Parameters<typeof accessReviewSpec>[0] = ALICE) => {
    const [path = '', query = ''] = target.split('?');
    const parsed = new URLSearchParams(query);
    return accessReviewSpec(user, requestInfo(method, path, parsed, DEFAULT_LIMITS), parsed, DEFAULT_LIMITS);
  };

  it('contains the whole user, and leaves out empty members as Kubernetes does', () => {
    expect(specOf('GET', '/version')).to.deep.equal({
      user: 'alice',
      uid: 'u-1',
      groups: ['devs', 'system:authenticated'],
      extra: { 'example.com/scopes': ['a', 'b'] },
      nonResourceAttributes: { path: '/version', verb: 'get' },
    });
    expect(specOf('GET', '/version', { name: 'bob', uid: '', groups: [], extra: {} })).to.deep.equal({
      user: 'bob',
      nonResourceAttributes: { path: '/version', verb: 'get' },
    });
  });

  it('has different JSON for users that differ in any part', () => {
    const base = { name: 'a', uid: undefined, groups: [], extra: {} };
    const users = [
      base,
      { ...base, name: 'b' },
      { ...base, uid: 'a' },
      { ...base, groups: ['a'] },
      { ...base, groups: ['a', 'b'] },
      { ...base, groups: ['a,b'] },
      { ...base, groups: ['a","b'] },
      { ...base, extra: { a: ['b'] } },
      { ...base, extra: { a: ['b', 'c'] } },
      { ...base, extra: { a: ['b,c'] } },
      { ...base, extra: JSON.parse('{"__proto__":["b"]}') as Record<string, string[]> },
    ];
    expect(new Set(users.map((user) => JSON.stringify(specOf('GET', BASE, user)))).size).to.equal(users.length);
  });

  const field = (key: string, operator: string, value: string) => ({ key, operator, values: [value] });
  for (const [method, target, attributes] of [
    ['GET', BASE, { verb: 'list' }],
    ['GET', `${BASE}?watch=1`, { verb: 'watch' }],
    ['GET', `${BASE}/mine`, { verb: 'get', name: 'mine' }],
    ['PUT', `${BASE}/mine/status`, { verb: 'update', name: 'mine', subresource: 'status' }],
    ['PATCH', `${BASE}/mine`, { verb: 'patch', name: 'mine' }],
    ['POST', BASE, { verb: 'create' }],
    ['DELETE', `${BASE}/mine`, { verb: 'delete', name: 'mine' }],
    [
      'GET',
      `${BASE}?fieldSelector=metadata.name%3Dmine,status.phase!%3DDone`,
      {
        verb: 'list',
        name: 'mine',
        fieldSelector: { requirements: [field('metadata.name', 'In', 'mine'), field('status.phase', 'NotIn', 'Done')] },
      },
    ],
    [
      'DELETE',
      `${BASE}?labelSelector=tier in (web,api),!canary,size>3,owner`,
      {
        verb: 'deletecollection',
        labelSelector: {
          requirements: [
            { key: 'canary', operator: 'DoesNotExist' },
            { key: 'owner', operator: 'Exists' },
            { key: 'tier', operator: 'In', values: ['api', 'web'] },
          ],
        },
      },
    ],
    // Selectors of other verbs mean nothing, and those that cannot be parsed are refused after the review.
    ['GET', `${BASE}/mine?labelSelector=a%3Db`, { verb: 'get', name: 'mine' }],
    ['GET', `${BASE}?labelSelector=((&fieldSelector=metadata.name%3Dmine`, { verb: 'list' }],
    ['GET', `${BASE}?labelSelector=size>3`, { verb: 'list' }],
    ['GET', `${BASE}?labelSelector=${'a,'.repeat(20_000)}`, { verb: 'list' }],
  ] as const) {
    it(`of ${method} ${target.slice(0, 120)} asks about ${attributes.verb}`, () => {
      expect(specOf(method, target).resourceAttributes).to.deep.equal({ ...RESOURCE, ...attributes });
    });
  }
});
