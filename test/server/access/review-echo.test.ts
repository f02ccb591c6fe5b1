import { expect } from 'chai';
import { isEcho } from '../../../src/server/access/review-echo.ts';

const LABELS = { requirements: [{ key: 'app', operator: 'In', values: ['web'] }] };
const ATTRIBUTES = { namespace: 'shop', verb: 'list', group: 'example.com', version: 'v1', resource: 'tasks' };
const SPEC = {
  user: 'alice',
  groups: ['devs', 'ops'],
  uid: 'u-1',
  extra: { b: ['1', ''], a: ['2'] },
  resourceAttributes: { ...ATTRIBUTES, labelSelector: LABELS },
};
const PATH = { user: 'alice', nonResourceAttributes: { path: '/version', verb: 'get' } };

describe('isEcho()', () => {
  for (const [title, sent, echoed] of [
    ['the same spec', SPEC, structuredClone(SPEC)],
    ['the same keys in another order', SPEC, { ...SPEC, extra: { a: ['2'], b: ['1', ''] } }],
    ['empty members', PATH, { ...PATH, uid: '', groups: [], extra: {}, resourceAttributes: null }],
    ['a cluster that drops selectors', SPEC, { ...SPEC, resourceAttributes: ATTRIBUTES }],
    ['a member of newer clusters', SPEC, { ...SPEC, unknown: 1 }],
    ['the audiences that a cluster adds', { token: 't' }, { token: 't', audiences: ['api'] }],
  ] as const) {
    it(`accepts ${title}`, () => expect(isEcho(sent, echoed)).to.equal(true));
  }

  for (const [title, sent, echoed] of [
    ['no spec', SPEC, undefined],
    ['a list', SPEC, [SPEC]],
    ['another user', SPEC, { ...SPEC, user: 'bob' }],
    ['a user in a list', SPEC, { ...SPEC, user: ['alice'] }],
    ['fewer groups', SPEC, { ...SPEC, groups: ['devs'] }],
    ['groups in another order', SPEC, { ...SPEC, groups: ['ops', 'devs'] }],
    ['another group for a user without groups', PATH, { ...PATH, groups: ['system:masters'] }],
    ['no uid', SPEC, { ...SPEC, uid: '' }],
    ['another extra', SPEC, { ...SPEC, extra: { ...SPEC.extra, a: ['3'] } }],
    ['all namespaces instead of one', SPEC, { ...SPEC, resourceAttributes: { ...ATTRIBUTES, namespace: '' } }],
    ['another verb', SPEC, { ...SPEC, resourceAttributes: { ...ATTRIBUTES, verb: 'get' } }],
    ['a subresource', SPEC, { ...SPEC, resourceAttributes: { ...ATTRIBUTES, subresource: 'status' } }],
    ['a name', SPEC, { ...SPEC, resourceAttributes: { ...ATTRIBUTES, name: 'mine' } }],
    ['other selectors', SPEC, { ...SPEC, resourceAttributes: { ...ATTRIBUTES, fieldSelector: LABELS } }],
    ['a path for a resource', SPEC, { ...SPEC, resourceAttributes: undefined, ...PATH }],
    ['a path beside a resource', SPEC, { ...SPEC, ...PATH }],
    ['another path', PATH, { ...PATH, nonResourceAttributes: { path: '/', verb: 'get' } }],
    ['no token', { token: 't' }, {}],
    ['another token', { token: 't' }, { token: 'u' }],
  ] as const) {
    it(`rejects ${title}`, () => expect(isEcho(sent, echoed)).to.equal(false));
  }
});
