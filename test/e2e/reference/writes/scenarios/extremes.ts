/** Integers beyond doubles, bodies and objects at the limits, and preconditions in two places: conformance 6.1, 6.4 and 6.5. */
import { API_VERSION, COLLECTION } from '../resources.ts';
import {
  apply,
  current,
  del,
  flunder,
  json,
  merge,
  onNothing,
  onObject,
  post,
  put,
  SCALE,
  STATUS,
} from '../scenario.ts';
import type { WriteScenario } from '../scenario.ts';

const MEBIBYTE = 1_048_576;
const OTHER_UID = '11111111-2222-3333-4444-555555555555';
const text = (spec: string): string =>
  `{"apiVersion":"${API_VERSION}","kind":"Flunder","metadata":{"name":"{name}"},"spec":${spec}}`;
const large = (mebibytes: number): object => ({ spec: { open: { a: 'x'.repeat(mebibytes * MEBIBYTE) } } });
const many = (values: number): object => ({ spec: { open: { a: Array.from({ length: values }, () => 1) } } });
const uids = (inQuery: string, inBody: string): WriteScenario['steps'] => [
  del({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: inBody } }, { query: `uid=${inQuery}` }),
];

/** Integers that a double rounds, and integers that it represents although they are above 2^53. */
const INTEGERS = [
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '1e15',
  '-0',
];

export const WRITE_EXTREMES: readonly WriteScenario[] = [
  ...onNothing('6.1 integer', [
    ...INTEGERS.map((integer): [string, WriteScenario['steps']] => [
      `${integer} in a create`,
      [post(text(`{"open":{"a":[{"b":${integer}}]}}`))],
    ]),
    ['2147483647 as replicas', post(text('{"replicas":2147483647}'))],
    ['2147483648 as replicas', post(text('{"replicas":2147483648}'))],
    ['9007199254740993 in an apply', apply(text('{"open":{"a":9007199254740993}}'))],
    [
      '9007199254740993 in YAML',
      post(
        `apiVersion: ${API_VERSION}\nkind: Flunder\nmetadata: {name: "{name}"}\nspec: {open: {a: 9007199254740993}}\n`,
        { type: 'application/yaml' },
      ),
    ],
  ]),
  ...onObject('6.1 integer', [
    ['9007199254740993 in a merge patch', merge('{"spec":{"open":{"a":9007199254740993}}}')],
    [
      '9007199254740993 in a JSON patch',
      json('[{"op":"add","path":"/spec/open","value":{}},{"op":"add","path":"/spec/open/a","value":9007199254740993}]'),
    ],
    [
      '9007199254740993 in a test of a JSON patch',
      [
        merge('{"spec":{"open":{"a":9007199254740992}}}'),
        json('[{"op":"test","path":"/spec/open/a","value":9007199254740993}]'),
      ],
    ],
    ['2147483648 in a status', merge('{"status":{"replicas":2147483648}}', { path: STATUS })],
    ['2147483647 in a scale', merge({ spec: { replicas: 2_147_483_647 } }, { path: SCALE })],
    ['2147483648 in a scale', merge({ spec: { replicas: 2_147_483_648 } }, { path: SCALE })],
  ]),
  ...onNothing('6.1 size', [
    ['an object of 1 MiB', post(flunder({}, large(1)))],
    ['an object of 2 MiB', post(flunder({}, large(2)))],
    ['a body above 3 MiB', post(flunder({}, large(3)))],
    ['an apply of 2 MiB', apply(flunder({}, large(2)))],
    ['23,000 items', post(flunder({}, many(23_000)))],
    ['25,000 items', post(flunder({}, many(25_000)))],
  ]),
  ...onObject('6.1 size', [
    ['an update of 2 MiB', put(current({}, large(2)))],
    ['an update above 3 MiB', put(current({}, large(3)))],
    ['a merge patch of 2 MiB', merge(large(2))],
    ['a merge patch above 3 MiB', merge(large(3))],
    ['a delete above 3 MiB', del({ kind: 'DeleteOptions', apiVersion: 'v1', frob: 'x'.repeat(3 * MEBIBYTE) })],
  ]),
  ...onObject('6.5 two places', [
    ['its uid twice', uids('{uid}', '{uid}')],
    ['another uid in the query', uids(OTHER_UID, '{uid}')],
    ['another uid in the body', uids('{uid}', OTHER_UID)],
    [
      'another version in the query, and a body without preconditions',
      del({ kind: 'DeleteOptions', apiVersion: 'v1' }, { query: 'resourceVersion=1' }),
    ],
    ['a uid of an update', put(current({}, { spec: { reference: 'b' } }), { query: `uid=${OTHER_UID}` })],
    ['a uid of a patch', merge({ spec: { reference: 'b' } }, { query: `uid=${OTHER_UID}` })],
    ['a uid of a collection', del(undefined, { path: COLLECTION, query: `uid=${OTHER_UID}&labelSelector=none` })],
  ]),
  ...onNothing('6.1 dry run', [
    ['in lower case', post(flunder(), { query: 'dryRun=all' })],
    ['true', post(flunder(), { query: 'dryRun=true' })],
    ['two in one', post(flunder(), { query: 'dryRun=All,All' })],
    ['with Strict and an unknown field', post(text('{"frob":1}'), { query: 'dryRun=All&fieldValidation=Strict' })],
  ]),
];
