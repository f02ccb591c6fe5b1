/** Unknown and duplicate fields, and schema violations: conformance 6.1. */
import { API_VERSION } from '../resources.ts';
import {
  current,
  flunder,
  json,
  merge,
  onNothing,
  onObject,
  post,
  put,
  type StepOptions,
  STATUS,
  type WriteScenario,
  type WriteStep,
} from '../scenario.ts';

const text = (spec: string, metadata = '"name":"{name}"'): string =>
  `{"apiVersion":"${API_VERSION}","kind":"Flunder","metadata":{${metadata}},"spec":${spec}}`;
const TWICE = text('{"reference":"a","reference":"b","open":{"x":[{"y":1,"y":2}]}}');
const UNKNOWN = {
  spec: { reference: 'a', frob: 1, parts: [{ name: 'a', fr: { ob: 1 } }], open: { fine: 1 } },
  more: {},
};
const BOTH = text('{"reference":"a","reference":"b","frob":1,"frob":2}');

/** The same request with each value of fieldValidation, and without one. */
const validated = (title: string, make: (options: StepOptions) => WriteStep): [string, WriteStep][] =>
  ['', 'Ignore', 'Warn', 'Strict'].map((way) => [
    `${title}, ${way === '' ? 'not given' : way}`,
    make({ query: way === '' ? undefined : `fieldValidation=${way}` }),
  ]);

const spec = (value: object): object => flunder({}, { spec: value });

export const FIELD_VALIDATION: readonly WriteScenario[] = [
  ...onNothing('6.1 fields of a create', [
    ...validated('twice', (options) => post(TWICE, options)),
    ...validated('unknown', (options) => post(flunder({}, UNKNOWN), options)),
    ...validated('both', (options) => post(BOTH, options)),
    ...validated('metadata', (options) => post(flunder({ frob: 1, labels: { a: 'b' } }), options)),
    ...validated('metadata twice', (options) =>
      post(text('{}', '"name":"{name}","labels":{"a":"b","a":"c"},"name":"{name}"'), options),
    ),
    ['another way', post(flunder(), { query: 'fieldValidation=Frob' })],
    ['in lower case', post(flunder(), { query: 'fieldValidation=strict' })],
    ['given twice', post(flunder({}, UNKNOWN), { query: 'fieldValidation=Ignore&fieldValidation=Strict' })],
    [
      'many unknown',
      post(spec(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`unknown${index}${'x'.repeat(90)}`, 1])))),
    ],
    [
      'YAML with a key twice',
      post(
        `apiVersion: ${API_VERSION}\nkind: Flunder\nmetadata: {name: "{name}"}\nspec: {reference: a, reference: b}\n`,
        {
          type: 'application/yaml',
        },
      ),
    ],
    [
      'YAML with a key twice, Strict',
      post(
        `apiVersion: ${API_VERSION}\nkind: Flunder\nmetadata: {name: "{name}"}\nspec: {reference: a, reference: b}\n`,
        {
          type: 'application/yaml',
          query: 'fieldValidation=Strict',
        },
      ),
    ],
    [
      'YAML with an unknown field, Strict',
      post(`apiVersion: ${API_VERSION}\nkind: Flunder\nmetadata: {name: "{name}"}\nspec: {frob: a}\n`, {
        type: 'application/yaml',
        query: 'fieldValidation=Strict',
      }),
    ],
  ]),
  ...onObject('6.1 fields of an update', [
    ...validated('unknown', (options) => put(current({}, UNKNOWN), options)),
    [
      'twice, Strict',
      put(text('{"reference":"a","reference":"b"}', '"name":"{name}","resourceVersion":"{rv}"'), {
        query: 'fieldValidation=Strict',
      }),
    ],
    ['another way', put(current(), { query: 'fieldValidation=Frob' })],
  ]),
  ...onObject('6.1 fields of a patch', [
    ...validated('unknown', (options) => merge(UNKNOWN, options)),
    ...validated('twice', (options) => merge('{"spec":{"reference":"b","reference":"c"}}', options)),
    ...validated('unknown in a JSON patch', (options) => json([{ op: 'add', path: '/spec/frob', value: 1 }], options)),
    ...validated('twice in a JSON patch', (options) =>
      json('[{"op":"add","op":"replace","path":"/spec/reference","value":"z"}]', options),
    ),
    ['twice in a value of a JSON patch', json('[{"op":"add","path":"/spec/notes","value":{"a":"b","a":"c"}}]')],
    ['unknown in a status', merge({ status: { frob: 1 } }, { path: STATUS })],
    ['unknown in a status, Strict', merge({ status: { frob: 1 } }, { path: STATUS, query: 'fieldValidation=Strict' })],
    ['another way', merge({}, { query: 'fieldValidation=Frob' })],
  ]),
  ...onNothing('6.1 schema', [
    ['a wrong type', post(spec({ reference: 7 }))],
    ['a text for a number', post(spec({ replicas: '3' }))],
    ['a fraction for an integer', post(spec({ replicas: 1.5 }))],
    ['below the least', post(spec({ replicas: -1 }))],
    ['too long', post(spec({ reference: 'x'.repeat(101) }))],
    ['not in the enum', post(spec({ mode: 'medium' }))],
    ['a set with one twice', post(spec({ tags: ['a', 'a'] }))],
    ['a map with one twice', post(spec({ parts: [{ name: 'a' }, { name: 'a' }] }))],
    ['a required field', post(spec({ parts: [{ size: 1 }] }))],
    ['several', post(spec({ replicas: -1, mode: 'x', reference: [] }))],
    ['a spec that is text', post(flunder({}, { spec: 'text' }))],
    ['a wrong type of a value of a map', post(spec({ notes: { a: 1 } }))],
    ['a wrong status is dropped first', post(flunder({}, { status: 7 }))],
  ]),
  ...onObject('6.1 schema of a change', [
    ['a wrong type by an update', put(current({}, { spec: { reference: 7 } }))],
    ['a wrong type by a patch', merge({ spec: { replicas: 'x' } })],
    ['a default comes back', merge({ spec: { replicas: null } })],
    ['the whole spec removed', merge({ spec: null })],
    ['a wrong type of a status', merge({ status: { replicas: 'x' } }, { path: STATUS })],
  ]),
];
