/** Server-side apply: conformance 6.4. */
import {
  apply,
  current,
  flunder,
  get,
  json,
  merge,
  onNothing,
  onObject,
  put,
  STATUS,
  type WriteScenario,
} from '../scenario.ts';

const spec = (value: object, metadata: object = {}): object => flunder(metadata, { spec: value });
const as = (manager: string, more = ''): { query: string } => ({ query: `fieldManager=${manager}${more}` });

export const APPLIES: readonly WriteScenario[] = [
  ...onNothing('6.4 apply', [
    ['creates', apply(flunder())],
    ['creates, then nothing', [apply(flunder()), apply(flunder())]],
    ['creates, then changes', [apply(flunder()), apply(spec({ reference: 'b' }))]],
    [
      'creates, then adds and removes',
      [apply(spec({ reference: 'a', mode: 'fast' })), apply(spec({ reference: 'a', tags: ['x'] }))],
    ],
    ['of another version', apply(flunder({ resourceVersion: '7' }))],
    ['of a uid', apply(flunder({ uid: '11111111-2222-3333-4444-555555555555' }))],
    ['without a manager', apply(flunder(), { query: undefined })],
    ['with an empty manager', apply(flunder(), as(''))],
    ['with a manager that is too long', apply(flunder(), as('m'.repeat(129)))],
    [
      'YAML',
      apply(
        'apiVersion: writes.test.example.org/v1\nkind: Flunder\nmetadata:\n  name: {name}\nspec:\n  reference: y\n',
      ),
    ],
    ['broken YAML', apply('a: b: c')],
    ['no body', apply('')],
    ['an array', apply('[]')],
    ['no kind', apply({ ...flunder(), kind: undefined })],
    ['no apiVersion', apply({ ...flunder(), apiVersion: undefined })],
    ['another kind', apply({ ...flunder(), kind: 'Rack' })],
    ['another apiVersion', apply({ ...flunder(), apiVersion: 'writes.test.example.org/v2' })],
    ['no name', apply(flunder({ name: undefined }))],
    ['another name', apply(flunder({ name: 'other' }))],
    ['another namespace', apply(flunder({ namespace: 'kube-public' }))],
    ['no metadata', apply({ ...flunder(), metadata: undefined })],
    ['managers', apply(flunder({ managedFields: [{ manager: 'x' }] }))],
    ['an empty list of managers', apply(flunder({ managedFields: [] }))],
    ['an unknown field', apply(spec({ frob: 1 }))],
    ['an unknown field, Strict', apply(spec({ frob: 1 }), as('one', '&fieldValidation=Strict'))],
    [
      'a field twice',
      apply(
        '{"apiVersion":"writes.test.example.org/v1","kind":"Flunder","metadata":{"name":"{name}"},"spec":{"reference":"a","reference":"b"}}',
      ),
    ],
    [
      'a field twice, Strict',
      apply(
        '{"apiVersion":"writes.test.example.org/v1","kind":"Flunder","metadata":{"name":"{name}"},"spec":{"reference":"a","reference":"b"}}',
        as('one', '&fieldValidation=Strict'),
      ),
    ],
    ['a wrong type', apply(spec({ replicas: 'x' }))],
    ['a wrong value', apply(spec({ replicas: -1 }))],
    ['a bad label', apply(flunder({ labels: { 'a b': 'c' } }))],
    ['a status', apply(flunder({}, { status: { phase: 'x' } }))],
    ['the status of a missing object', apply(flunder({}, { status: { phase: 'x' } }), { path: STATUS })],
    [
      'a bad name',
      apply(flunder({ name: 'A_b' }), { path: '/apis/writes.test.example.org/v1/namespaces/default/flunders/A_b' }),
    ],
    ['a dry run', apply(flunder(), as('one', '&dryRun=All'))],
    ['generateName', apply(flunder({ generateName: 'x-' }))],
  ]),
  ...onObject('6.4 apply on an existing object', [
    ['the same', apply(flunder())],
    ['another field', apply(spec({ mode: 'fast' }))],
    ['a conflict', apply(spec({ reference: 'z' }))],
    ['a forced conflict', apply(spec({ reference: 'z' }), as('one', '&force=true'))],
    ['a conflict between two', [apply(spec({ mode: 'fast' }), as('one')), apply(spec({ mode: 'slow' }), as('two'))]],
    [
      'several conflicts',
      [
        apply(spec({ mode: 'fast', notes: { a: '1' } }), as('one')),
        apply(spec({ mode: 'slow', notes: { a: '2' }, reference: 'z' }), as('two')),
      ],
    ],
    [
      'a forced conflict between two',
      [
        apply(spec({ mode: 'fast' }), as('one')),
        apply(spec({ mode: 'slow' }), as('two', '&force=true')),
        apply(spec({}), as('one')),
      ],
    ],
    [
      'sharing',
      [
        apply(spec({ mode: 'fast' }), as('one')),
        apply(spec({ mode: 'fast' }), as('two')),
        apply(spec({}), as('one')),
        apply(spec({}), as('two')),
      ],
    ],
    [
      'lists of two',
      [
        apply(spec({ tags: ['a'], parts: [{ name: 'a', size: 1 }] }), as('one')),
        apply(spec({ tags: ['b'], parts: [{ name: 'b', size: 2 }] }), as('two')),
        apply(spec({ tags: [] }), as('one')),
      ],
    ],
    [
      'maps of two',
      [
        apply(spec({ notes: { a: '1' } }), as('one')),
        apply(spec({ notes: { b: '2' } }), as('two')),
        apply(spec({}), as('one')),
      ],
    ],
    [
      'labels of two',
      [
        apply(flunder({ labels: { a: '1' } }, {}), as('one')),
        apply(flunder({ labels: { b: '2' } }, {}), as('two')),
        apply(flunder({}, {}), as('one')),
      ],
    ],
    ['a conflict of labels', [merge({ metadata: { labels: { a: '1' } } }), apply(flunder({ labels: { a: '2' } }, {}))]],
    ['a bad force', apply(flunder(), as('one', '&force=x'))],
    ['an old version', [merge({ spec: { mode: 'fast' } }), apply(flunder({ resourceVersion: '{rv1}' }))]],
    ['its version', apply(flunder({ resourceVersion: '{rv}' }))],
    ['another uid', apply(flunder({ uid: '11111111-2222-3333-4444-555555555555' }))],
    ['a list with one twice', apply(spec({ tags: ['a', 'a'] }))],
    ['a map with one twice', apply(spec({ parts: [{ name: 'a' }, { name: 'a' }] }))],
    ['a part without its key', apply(spec({ parts: [{ size: 1 }] }))],
    ['a status', apply(flunder({}, { status: { phase: 'x' } }), { path: STATUS })],
    ['a status and a spec', apply(flunder({}, { spec: { mode: 'fast' }, status: { phase: 'x' } }), { path: STATUS })],
    [
      'a conflict of a status',
      [
        merge({ status: { phase: 'y' } }, { path: STATUS }),
        apply(flunder({}, { status: { phase: 'x' } }), { path: STATUS }),
      ],
    ],
    ['then an update', [apply(spec({ mode: 'fast' })), put(current({}, { spec: { reference: 'b' } }))]],
    ['then a patch', [apply(spec({ mode: 'fast' })), merge({ spec: { mode: 'slow' } }, as('two'))]],
    [
      'then a patch by the same',
      [apply(spec({ mode: 'fast' })), merge({ spec: { mode: 'slow' } }, as('one')), apply(spec({ mode: 'fast' }))],
    ],
    [
      'then an update of managers',
      [
        apply(spec({ mode: 'fast' })),
        json([{ op: 'replace', path: '/metadata/managedFields', value: [{}] }]),
        apply(spec({ mode: 'fast' })),
      ],
    ],
    ['a finalizer', [apply(flunder({ finalizers: ['example.com/a'] }, {})), apply(flunder({}, {}))]],
    ['an owner', apply(flunder({ ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }] }, {}))],
    ['then a read of the managers', [apply(spec({ mode: 'fast' })), get()]],
    ['null', apply(spec({ reference: null }))],
    ['an empty spec', apply(spec({}))],
  ]),
];
