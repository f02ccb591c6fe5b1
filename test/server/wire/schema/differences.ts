/** Differences between this server and the reference server, with the reason for each. */
import type { Json } from '../../../../src/server/wire/object.ts';
import { CASES } from './cases.ts';
import type { Cause } from './reference-answers.ts';

interface Difference {
  readonly because: string;
  readonly ours: { readonly result?: Json; readonly causes?: readonly Cause[] };
}

const invalid = (field: string, message: string): Cause => ({ reason: 'FieldValueInvalid', message, field });

function unmet(field: string, value: number, text: string): Cause {
  return invalid(field, `Invalid value: ${value}: ${field} in body should be ${text}`);
}

const fractions = 'a bound with a fraction is not cut off where the value is a whole number';
const largeBounds = 'a bound that is no int64 does not turn negative';
const lists = 'a list is no string, even if the string has a format';
const identity = 'a wrong type in an embedded resource leads to a cause, not to a body that cannot be decoded';

const listsForStrings = CASES.filter(({ name, values }) => name.startsWith('format-') && values.length > 0)
  .filter(({ name }) => !['format-int-or-string', 'format-time', 'format-uri-reference', 'format-int32'].includes(name))
  .map(({ name }): readonly [string, Difference] => [
    `${name} of []`,
    {
      because: lists,
      ours: {
        causes: [
          {
            reason: 'FieldValueTypeInvalid',
            message: `Invalid value: "array": spec.${name} in body must be of type string: "array"`,
            field: `spec.${name}`,
          },
        ],
      },
    },
  ]);

export const DIFFERENT_CASES: ReadonlyMap<string, Difference> = new Map<string, Difference>([
  ['maximumOfNumber of 3', { because: largeBounds, ours: { result: 3 } }],
  ['bounds of 3', { because: fractions, ours: { causes: [unmet('spec.bounds', 3, 'less than or equal to 2.25')] } }],
  ['bounds of 0', { because: fractions, ours: { causes: [unmet('spec.bounds', 0, 'greater than or equal to 0.5')] } }],
  [
    'millions of 3000000',
    { because: fractions, ours: { causes: [unmet('spec.millions', 3000000, 'less than or equal to 2.5000005e+06')] } },
  ],
  ['multipleOfFraction of 2', { because: fractions, ours: { result: 2 } }],
  ['multipleOfMany of 5', { because: fractions, ours: { result: 5 } }],
  [
    'multipleOfMany of 7',
    { because: fractions, ours: { causes: [unmet('spec.multipleOfMany', 7, 'a multiple of 2.5')] } },
  ],
  ...listsForStrings,
  [
    'embedded of {"apiVersion":1,"kind":2}',
    {
      because: identity,
      ours: {
        causes: [
          invalid('spec.embedded.apiVersion', 'Invalid value: 1: must be a string'),
          invalid('spec.embedded.kind', 'Invalid value: 2: must be a string'),
        ],
      },
    },
  ],
  [
    'embedded of {"apiVersion":"v1","kind":"Pod","metadata":1}',
    { because: identity, ours: { causes: [invalid('spec.embedded.metadata', 'Invalid value: 1: must be an object')] } },
  ],
  [
    'embedded of {"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"a":1}}}',
    {
      because: identity,
      ours: {
        causes: [invalid('spec.embedded.metadata', 'Invalid value: {"labels":{"a":1}}: labels must be texts by key')],
      },
    },
  ],
]);

const spec = 'schema.properties[spec]';
const noCel = 'rules in CEL are not supported: check the object in code, in a validate function of the resource';

/** Our messages for schemas that the reference server accepts, or rejects with other messages. */
export const DIFFERENT_SCHEMAS: ReadonlyMap<string, string> = new Map<string, string>([
  ['$schema', `${spec}.$schema: Forbidden: $schema is not supported`],
  ['a rule in CEL', `${spec}.x-kubernetes-validations: Forbidden: ${noCel}`],
  ['a rule in CEL in allOf', `${spec}.allOf[0].x-kubernetes-validations: Forbidden: ${noCel}`],
  // Upstream ignores these.
  ['an unknown keyword', `${spec}.maxLenght: Forbidden: maxLenght is not supported`],
  ['const', `${spec}.const: Forbidden: const is not supported`],
  // Upstream cannot decode these; the messages are ours.
  ['a length that is a fraction', `${spec}.maxLength: Invalid value: 1.5: must be a whole number, 0 or more`],
  ['exclusiveMinimum as a number', `${spec}.exclusiveMinimum: Invalid value: 3: must be a boolean`],
  ['required that is no list', `${spec}.required: Invalid value: true: must be a list of strings`],
  // No value can fulfil these.
  ['a negative length', `${spec}.maxLength: Invalid value: -1: must be a whole number, 0 or more`],
  ['multipleOf of 0', `${spec}.multipleOf: Invalid value: 0: must be a number above 0`],
  [
    'a fraction as bound of an integer',
    `${spec}.maximum: Invalid value: 1.5: must be a whole number if type is integer`,
  ],
  // Each object with such a default would be rejected.
  [
    'a default in additionalProperties that is wrong',
    `${spec}.additionalProperties.default: Invalid value: "integer":  in body must be of type string: "integer"`,
  ],
  ['a default that is no set', `${spec}.default[1]: Duplicate value: "a"`],
]);
