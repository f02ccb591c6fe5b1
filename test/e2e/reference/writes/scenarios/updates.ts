/** Updates: conformance 6.3. */
import { API_VERSION, RACKS } from '../resources.ts';
import { current, flunder, get, merge, onNothing, onObject, post, put, type WriteScenario } from '../scenario.ts';

const changed = { spec: { reference: 'b' } };
const rack = (more: object = {}): object => ({
  apiVersion: API_VERSION,
  kind: 'Rack',
  metadata: { name: '{name}' },
  ...more,
});
const RACK = `${RACKS}/{name}`;

export const UPDATES: readonly WriteScenario[] = [
  ...onNothing('6.3', [
    ['a missing object', put(flunder())],
    ['a missing object, with a version', put(flunder({ resourceVersion: '7' }))],
    [
      'a missing object, with a uid',
      put(flunder({ uid: '11111111-2222-3333-4444-555555555555', resourceVersion: '7' })),
    ],
    [
      'a bad name',
      put(flunder({ name: 'A_b' }), { path: '/apis/writes.test.example.org/v1/namespaces/default/flunders/A_b' }),
    ],
  ]),
  ...onObject('6.3', [
    ['at its version', put(current({}, changed))],
    ['without a version', put(flunder({}, changed))],
    ['at an empty version', put(flunder({ resourceVersion: '' }, changed))],
    ['at version 0', put(flunder({ resourceVersion: '0' }, changed))],
    ['at an older version', [put(current({}, changed)), put(flunder({ resourceVersion: '{rv1}' }, changed))]],
    [
      'at an older version, nothing changed',
      [put(current({}, changed)), put(flunder({ resourceVersion: '{rv1}' }, changed))],
    ],
    ['at a future version', put(flunder({ resourceVersion: '{rv}000' }, changed))],
    ['at a version that is none', put(flunder({ resourceVersion: 'abc' }, changed))],
    ['at a negative version', put(flunder({ resourceVersion: '-1' }, changed))],
    ['at a version with zeroes', put(flunder({ resourceVersion: '00{rv}' }, changed))],
    [
      'at a version that is a number',
      put(
        '{"apiVersion":"writes.test.example.org/v1","kind":"Flunder","metadata":{"name":"{name}","resourceVersion":12}}',
      ),
    ],
    ['nothing', put(current())],
    ['nothing, twice, then something', [put(current()), put(current()), put(current({}, changed))]],
    ['what is empty', put(current({ labels: {}, annotations: {}, finalizers: [] }))],
    ['its uid', put(current({ uid: '{uid}' }, changed))],
    ['another uid', put(current({ uid: '11111111-2222-3333-4444-555555555555' }, changed))],
    [
      'another uid and an old version',
      put(flunder({ uid: '11111111-2222-3333-4444-555555555555', resourceVersion: '1' }, changed)),
    ],
    ['another name', put(current({ name: 'other' }, changed))],
    ['no name', put(current({ name: undefined }, changed))],
    ['another namespace', put(current({ namespace: 'kube-public' }, changed))],
    ['another kind', put({ ...current(), kind: 'Rack' })],
    ['no kind', put({ ...current(), kind: undefined })],
    ['another version of it', put({ ...current(), apiVersion: 'writes.test.example.org/v2' })],
    ['another creation', put(current({ creationTimestamp: '2001-01-01T00:00:00Z' }, changed))],
    ['a deletion', put(current({ deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 7 }, changed))],
    ['a grace period alone', put(current({ deletionGracePeriodSeconds: 7 }, changed))],
    ['another generation', put(current({ generation: 77 }, changed))],
    ['another generation alone', put(current({ generation: 77 }))],
    ['generateName', put(current({ generateName: 'x-' }))],
    ['labels alone', put(current({ labels: { a: 'b' } }))],
    ['a status alone', put(current({}, { spec: { reference: 'a' }, status: { phase: 'x' } }))],
    ['no spec', put(current({}, {}))],
    ['a finalizer', put(current({ finalizers: ['example.com/a'] }))],
    ['a selfLink', put(current({ selfLink: '/x' }))],
    ['generation counts', [put(current({}, changed)), put(current({ labels: { a: 'b' } }, changed)), put(current())]],
    ['an unknown field of metadata', put(current({ frob: 1 }))],
  ]),
  ...onNothing(
    '6.3 without a status subresource',
    [
      [
        'a status',
        [
          post(rack(), { path: RACKS }),
          put(rack({ metadata: { name: '{name}', resourceVersion: '{rv}' }, status: { a: 1 } }), { path: RACK }),
        ],
      ],
      [
        'a status by a patch',
        [
          post(rack(), { path: RACKS }),
          merge({ status: { a: 1 } }, { path: RACK }),
          merge({ metadata: { labels: { a: 'b' } } }, { path: RACK }),
        ],
      ],
      [
        'its path',
        [
          post(rack(), { path: RACKS }),
          merge({ status: { a: 1 } }, { path: `${RACK}/status` }),
          get({ path: `${RACK}/scale` }),
        ],
      ],
    ],
    RACK,
  ),
];
