/** Creates: conformance 6.2. */
import { API_VERSION, RACKS } from '../resources.ts';
import { flunder, onNothing, post, type WriteScenario } from '../scenario.ts';

const FULL = {
  spec: {
    reference: 'a',
    replicas: 2,
    mode: 'fast',
    tags: ['x', 'y'],
    parts: [{ name: 'a', size: 1 }, { name: 'b' }],
    notes: { b: 'c' },
    open: { any: [1, 2.5, 'x', null, true, { deep: 1e21 }] },
  },
};
const long = (length: number): string => 'a'.repeat(length);

export const CREATES: readonly WriteScenario[] = [
  ...onNothing('6.2', [
    ['plain', post(flunder())],
    ['everything', post(flunder({ labels: { a: 'b' }, annotations: { 'example.com/x': 'y z' } }, FULL))],
    ['a status is dropped', post(flunder({}, { spec: {}, status: { phase: 'Done' } }))],
    ['no spec', post(flunder({}, {}))],
    ['a null spec', post(flunder({}, { spec: null }))],
    [
      'null fields',
      post(flunder({ labels: null, annotations: null, finalizers: null }, { spec: { reference: null } })),
    ],
    ['empty fields', post(flunder({ labels: {}, annotations: {}, finalizers: [], ownerReferences: [] }, { spec: {} }))],
    ['twice', [post(flunder()), post(flunder())]],
    ['its namespace', post(flunder({ namespace: 'default' }))],
    ['an empty namespace', post(flunder({ namespace: '' }))],
    ['another namespace', post(flunder({ namespace: 'kube-public' }))],
    ['no apiVersion', post({ ...flunder(), apiVersion: undefined })],
    ['an empty apiVersion', post({ ...flunder(), apiVersion: '' })],
    ['another version', post({ ...flunder(), apiVersion: 'writes.test.example.org/v2' })],
    ['another group', post({ ...flunder(), apiVersion: 'example.com/v1' })],
    ['an apiVersion that is none', post({ ...flunder(), apiVersion: 'a/b/c' })],
    ['no kind', post({ ...flunder(), kind: undefined })],
    ['another kind', post({ ...flunder(), kind: 'Rack' })],
    ['an unknown kind', post({ ...flunder(), kind: 'Nothing' })],
    ['a list', post({ apiVersion: API_VERSION, kind: 'FlunderList', items: [] })],
    ['no metadata', post({ ...flunder(), metadata: undefined })],
    ['metadata that is text', post({ ...flunder(), metadata: 'text' })],
    ['metadata that is null', post({ ...flunder(), metadata: null })],
    ['no name', post(flunder({ name: undefined }))],
    ['an empty name', post(flunder({ name: '' }))],
    ['a name that is a number', post(flunder({ name: 7 }))],
    ['labels that are text', post(flunder({ labels: 'text' }))],
    ['a label that is a number', post(flunder({ labels: { a: 7 } }))],
    ['finalizers that are text', post(flunder({ finalizers: 'text' }))],
    ['a version', post(flunder({ resourceVersion: '12' }))],
    ['a version 0', post(flunder({ resourceVersion: '0' }))],
    ['a version that is none', post(flunder({ resourceVersion: 'abc' }))],
    [
      'fields that the server sets',
      post(
        flunder({
          uid: '11111111-2222-3333-4444-555555555555',
          generation: 7,
          creationTimestamp: '2001-01-01T00:00:00Z',
          deletionTimestamp: '2001-01-01T00:00:00Z',
          deletionGracePeriodSeconds: 5,
          selfLink: '/x',
        }),
      ),
    ],
    ['a time that is none', post(flunder({ creationTimestamp: 'yesterday' }))],
    ['an unknown field of metadata', post(flunder({ frob: 1 }))],
    ['managers', post(flunder({ managedFields: [] }))],
    ['managers that are wrong', post(flunder({ managedFields: [{ manager: 'x', operation: 'Frob' }] }))],
  ]),
  ...onNothing('6.2 generated', [
    ['a name', post(flunder({ name: undefined, generateName: 'job-' }))],
    ['not beside a name', post(flunder({ generateName: 'job-' }))],
    ['a long name', post(flunder({ name: undefined, generateName: `${long(70)}-` }))],
    ['a bad name', post(flunder({ name: undefined, generateName: 'Job_' }))],
    ['a bad prefix beside a name', post(flunder({ generateName: 'Job_' }))],
    ['for a dry run', post(flunder({ name: undefined, generateName: 'job-' }), { query: 'dryRun=All' })],
  ]),
  ...onNothing('6.2 name', [
    ['in upper case', post(flunder({ name: 'Upper' }))],
    ['with an underscore', post(flunder({ name: 'a_b' }))],
    ['with dots', post(flunder({ name: '{name}.b.c' }))],
    ['with a slash', post(flunder({ name: 'a/b' }))],
    ['with a percent sign', post(flunder({ name: 'a%b' }))],
    ['dots alone', post(flunder({ name: '..' }))],
    ['with spaces', post(flunder({ name: 'a b' }))],
    ['with a hyphen at its end', post(flunder({ name: 'a-' }))],
    ['of 253 letters', post(flunder({ name: `${long(63)}.${long(189)}` }))],
    ['of 254 letters', post(flunder({ name: long(254) }))],
    ['of other letters', post(flunder({ name: 'ü' }))],
    ['of a prototype', post(flunder({ name: '__proto__' }))],
  ]),
  ...onNothing(
    '6.2 cluster scope',
    [
      ['plain', post({ apiVersion: API_VERSION, kind: 'Rack', metadata: { name: '{name}' } }, { path: RACKS })],
      [
        'a status',
        post(
          { apiVersion: API_VERSION, kind: 'Rack', metadata: { name: '{name}' }, status: { a: 1 } },
          { path: RACKS },
        ),
      ],
      [
        'a namespace',
        post(
          { apiVersion: API_VERSION, kind: 'Rack', metadata: { name: '{name}', namespace: 'default' } },
          { path: RACKS },
        ),
      ],
    ],
    `${RACKS}/{name}`,
  ),
];
