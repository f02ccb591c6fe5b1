/** Cases for the reference server and for this one: a schema of one field, and values of that field. */
import type { Json } from '../../../../src/server/wire/object.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';

export interface Case {
  /** The name of the case and of its field. */
  readonly name: string;
  readonly schema: Schema;
  readonly values: readonly Json[];
}

const string: Schema = { type: 'string' };
const integer: Schema = { type: 'integer' };
const anyObject: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const ofEachType: readonly Json[] = ['a', 1, 1.5, true, [], {}];

/** A valid value and some invalid ones for each format. */
const formats: Readonly<Record<string, readonly string[]>> = {
  'date-time': [
    '2024-02-29T12:00:00Z',
    '2024-02-29t12:00:00.123+01:00',
    '2023-02-29T12:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01 12:00:00Z',
    '2024-01-01T12:00:00',
    '',
  ],
  datetime: ['2024-02-29T12:00:00Z', 'x'],
  date: ['2024-02-29', '2023-02-29', '2024-1-1', '2024-02-29T00:00:00Z'],
  duration: ['1h30m', '22 ns', '1.5s', '3 days', '1 x', '', '-5m', '1', '0', '5 Hours'],
  byte: ['aGVsbG8=', 'aGVsbG8', 'a-b_', '', '===='],
  email: [
    'a@b.c',
    'Bob <bob@example.com>',
    'a',
    'a@',
    '@b',
    'a b@c',
    '"a b"@c',
    'a..b@c',
    'a@b..c',
    'ä@b.c',
    '<a@b>',
    'a@[127.0.0.1]',
  ],
  hostname: ['example.com', 'a', 'a.b', '-a.com', 'a_b.com', '1a.com', 'a'.repeat(64), 'exämple.com', 'a.1'],
  ipv4: ['10.0.0.1', '010.0.0.1', '10.0.0', '256.0.0.1', '::1', '::ffff:1.2.3.4'],
  ipv6: ['::1', 'fe80::1%eth0', '10.0.0.1', '1:2:3:4:5:6:7:8', '1:2:3', '::ffff:1.2.3.4'],
  cidr: ['10.0.0.0/8', '10.0.0.0/33', '::/0', '10.0.0.0', '10.0.0.0/08', '::/129', '10.0.0.0/+8', '10.0.0.0/'],
  mac: [
    '01:23:45:67:89:ab',
    '01-23-45-67-89-ab',
    '0123.4567.89ab',
    '01:23:45:67:89',
    '01:23-45:67:89:ab',
    '01:23:45:67:89:ab:cd:ef',
    '012345678:ab',
  ],
  uri: [
    'http://example.com/a?b#c',
    '/a',
    'a',
    'mailto:a@b',
    '',
    'http://a b',
    'http://[::1]:80/',
    'http://a:b/',
    '/%zz',
    '//a',
    ':a',
    '1a:b',
    '/a b',
    'http://',
    '*',
    'a/b:c',
    'http://[::1/',
  ],
  uuid: [
    '12345678-1234-1234-1234-123456789ABC',
    '12345678123412341234123456789abc',
    '12345678-1234-1234-1234-123456789AB',
  ],
  uuid3: ['12345678-1234-3234-1234-123456789abc', '12345678-1234-1234-1234-123456789abc'],
  uuid4: ['12345678-1234-4234-8234-123456789abc', '12345678-1234-4234-1234-123456789abc'],
  uuid5: ['12345678-1234-5234-8234-123456789abc', '12345678-1234-4234-8234-123456789abc'],
  isbn: ['0321751043', '978-0321751041', '0321751044'],
  isbn10: ['0-321-75104-3', '080442957X', '978-0321751041'],
  isbn13: ['978 0321751041', '978-0321751042'],
  creditcard: ['4111 1111 1111 1111', '4111 1111 1111 1112'],
  ssn: ['111-11-1111', '111 11 1111', '111111111', '11-111-1111'],
  hexcolor: ['#FFFFFF', 'fff', '#ffff'],
  rgbcolor: ['rgb(255, 0,12)', 'rgb(256,0,0)'],
  bsonobjectid: ['507f1f77bcf86cd799439011', '507f1f77bcf86cd79943901'],
  password: ['anything'],
  'k8s-short-name': ['a-1', 'A', 'a.b', '-a'],
  'k8s-long-name': ['a-1.b', 'A', 'a..b', '-a'],
  // Formats without a check.
  'int-or-string': ['a'],
  time: ['a'],
  'uri-reference': ['a b'],
  int32: ['a'],
};

export const CASES: readonly Case[] = [
  { name: 'string', schema: string, values: [...ofEachType, null] },
  { name: 'integer', schema: integer, values: [...ofEachType, null, 2, 9007199254740991, 1e19, 1e300, -1] },
  { name: 'number', schema: { type: 'number' }, values: [...ofEachType, null] },
  { name: 'boolean', schema: { type: 'boolean' }, values: [...ofEachType, null] },
  {
    name: 'array',
    schema: { type: 'array', items: string },
    values: [...ofEachType, null, ['a', 1, null, ['b'], { c: 1 }]],
  },
  {
    name: 'object',
    schema: { type: 'object', properties: { a: string } },
    values: [...ofEachType, null, { a: 1, b: 2 }, [{ a: 1 }]],
  },
  { name: 'nullable', schema: { ...string, nullable: true }, values: ['a', null, 1] },
  { name: 'nullableItems', schema: { type: 'array', items: { ...string, nullable: true } }, values: [['a', null, 1]] },
  { name: 'nullableEnum', schema: { ...string, nullable: true, enum: ['a'] }, values: ['a', null, 'b'] },
  { name: 'nullableEnumWithNull', schema: { ...string, nullable: true, enum: ['a', null] }, values: ['a', null, 'b'] },
  { name: 'nullItems', schema: { type: 'array', items: string }, values: [[null]] },
  {
    name: 'nullItemsWithDefault',
    schema: { type: 'array', items: { ...string, default: 'd' } },
    values: [[null, 'a'], []],
  },
  { name: 'intOrString', schema: { 'x-kubernetes-int-or-string': true }, values: [...ofEachType, null, '50%'] },
  {
    name: 'intOrStringAnyOf',
    schema: { 'x-kubernetes-int-or-string': true, anyOf: [integer, string] },
    values: [1, 'a', 1.5, true, {}],
  },
  {
    name: 'intOrStringAllOf',
    schema: { 'x-kubernetes-int-or-string': true, allOf: [{ anyOf: [integer, string] }, { pattern: '^[0-9]+%?$' }] },
    values: [1, '5%', 'a', true],
  },
  {
    name: 'intOrStringLimits',
    schema: { 'x-kubernetes-int-or-string': true, maximum: 5, maxLength: 2, pattern: '%$' },
    values: [6, '5%', 'a', 'abc'],
  },

  { name: 'enum', schema: { ...string, enum: ['a', 'b'] }, values: ['a', 'c', '', 'q"uote', 1, null] },
  { name: 'enumOfIntegers', schema: { ...integer, enum: [1, 2] }, values: [1, 3, '1'] },
  { name: 'enumOfNumbers', schema: { type: 'number', enum: [1, 2.5] }, values: [1, 2.5, 3.25, 2] },
  { name: 'enumOfBooleans', schema: { type: 'boolean', enum: [true] }, values: [true, false] },
  {
    name: 'enumOfObjects',
    schema: { ...anyObject, enum: [{ a: 1, b: [1] }] },
    values: [{ b: [1], a: 1 }, { b: '<&>', a: 'x' }, {}],
  },
  {
    name: 'enumOfArrays',
    schema: { type: 'array', items: integer, enum: [[1, 2]] },
    values: [
      [1, 2],
      [2, 1],
    ],
  },

  { name: 'maxLength', schema: { ...string, maxLength: 2 }, values: ['ab', 'abc', '😀😀', '😀😀😀', 'éé'] },
  { name: 'maxLengthOne', schema: { ...string, maxLength: 1 }, values: ['abc'] },
  { name: 'maxLengthZero', schema: { ...string, maxLength: 0 }, values: ['a', ''] },
  { name: 'minLength', schema: { ...string, minLength: 2 }, values: ['ab', 'a', '😀'] },
  { name: 'pattern', schema: { ...string, pattern: '^a"?\'?[[:digit:]]+$' }, values: ['a1', 'b', 'a1\n', 'q"'] },
  { name: 'patternUnanchored', schema: { ...string, pattern: 'b' }, values: ['abc', 'a'] },
  {
    name: 'patternAndLength',
    schema: { ...string, pattern: '^a', maxLength: 2, minLength: 2 },
    values: ['bbb', 'b', 'bb'],
  },
  { name: 'patternUnicode', schema: { ...string, pattern: '^.\\pL(?i)x$' }, values: ['😀äX', '😀1x'] },

  { name: 'maximum', schema: { ...integer, maximum: 5 }, values: [5, 6] },
  { name: 'minimum', schema: { ...integer, minimum: -5 }, values: [-5, -6] },
  { name: 'exclusiveMaximum', schema: { ...integer, maximum: 5, exclusiveMaximum: true }, values: [4, 5] },
  { name: 'exclusiveMinimum', schema: { ...integer, minimum: 5, exclusiveMinimum: true }, values: [6, 5] },
  { name: 'maximumOfNumber', schema: { type: 'number', maximum: 1e21 }, values: [1e22, 1.5e22, 3] },
  { name: 'bounds', schema: { type: 'number', minimum: 0.5, maximum: 2.25 }, values: [0.5, 0.25, 2.5, 1, 2.25, 3, 0] },
  {
    name: 'millions',
    schema: { type: 'number', maximum: 2500000.5, minimum: 0.00001 },
    values: [3000000.5, 3000000, 0.000001, 1234567.25],
  },
  { name: 'largeMaximum', schema: { ...integer, maximum: 2000000 }, values: [3000000] },
  { name: 'multipleOf', schema: { ...integer, multipleOf: 3 }, values: [9, 10, 0, -3] },
  { name: 'multipleOfFraction', schema: { type: 'number', multipleOf: 0.1 }, values: [0.3, 0.35, 1.1, 2] },
  { name: 'multipleOfMany', schema: { type: 'number', multipleOf: 2.5 }, values: [5, 7.5, 6.5, 7] },
  {
    name: 'int32',
    schema: { ...integer, format: 'int32' },
    values: [2147483647, 2147483648, -2147483649, 'a', true, 1.5, []],
  },
  { name: 'int64', schema: { ...integer, format: 'int64' }, values: [2147483648, 1e19, 'a', 1.5, {}] },
  { name: 'uint32', schema: { ...integer, format: 'uint32' }, values: [-1] },
  { name: 'float', schema: { type: 'number', format: 'float' }, values: [1.5, 1e39, 'a', true] },
  { name: 'double', schema: { type: 'number', format: 'double' }, values: [1e39, 'a', true] },
  { name: 'int32Maximum', schema: { ...integer, format: 'int32', maximum: 5, minimum: 3 }, values: [1, 6, 2147483648] },
  { name: 'formatOfObject', schema: { type: 'object', format: 'date' }, values: [{}, 'a'] },
  { name: 'formatOfInteger', schema: { ...integer, format: 'date' }, values: [1, 'a'] },
  ...Object.entries(formats).map(([format, values]) => ({
    name: `format-${format}`,
    schema: { ...string, format },
    values: [...values, 1, 1.5, true, {}, []],
  })),

  {
    name: 'maxItems',
    schema: { type: 'array', items: string, maxItems: 2 },
    values: [
      ['a', 'b'],
      ['a', 'b', 'c'],
      ['a', 1, 'c'],
    ],
  },
  { name: 'maxItemsOne', schema: { type: 'array', items: string, maxItems: 1 }, values: [['a', 'b', 'c']] },
  { name: 'minItems', schema: { type: 'array', items: string, minItems: 2 }, values: [['a'], ['a', 'b']] },
  {
    name: 'maxProperties',
    schema: { type: 'object', additionalProperties: string, maxProperties: 1 },
    values: [{ a: 'a' }, { a: 'a', b: 'b' }],
  },
  {
    name: 'minProperties',
    schema: { type: 'object', additionalProperties: string, minProperties: 1 },
    values: [{ a: 'a' }, {}],
  },
  {
    name: 'required',
    schema: { type: 'object', required: ['a', 'b'], properties: { a: string, b: string } },
    values: [{ a: 'a', b: 'b' }, { a: 'a' }, {}, { a: null, b: '' }],
  },
  {
    name: 'requiredDefault',
    schema: { type: 'object', required: ['a'], properties: { a: { ...string, default: 'd' } } },
    values: [{}, { a: null }, { a: 'x' }],
  },
  {
    name: 'requiredUnknown',
    schema: { type: 'object', required: ['z'], properties: { a: string } },
    values: [{ z: 1 }],
  },

  {
    name: 'map',
    schema: { type: 'object', additionalProperties: integer },
    values: [{ a: 1, 'b.c': 'x', 'd/e': null, '': true }],
  },
  {
    name: 'mapOfObjects',
    schema: {
      type: 'object',
      additionalProperties: { type: 'object', properties: { a: string, d: { ...string, default: 'd' } } },
    },
    values: [{ k: { a: 1, b: 2 }, l: {} }],
  },
  {
    name: 'mapOfAnything',
    schema: { type: 'object', additionalProperties: true },
    values: [{ a: 1, b: { c: 1 }, d: [{ e: 1 }, [1, { f: 1 }]], n: null }],
  },
  { name: 'mapOfNothing', schema: { type: 'object', additionalProperties: false }, values: [{}, { a: 1 }] },
  {
    name: 'mapNull',
    schema: { type: 'object', additionalProperties: { ...string, default: 'd' } },
    values: [{ a: null, b: 'b' }],
  },

  { name: 'preserve', schema: anyObject, values: [{ a: { b: [{ c: null }] }, metadata: 1 }, 1, null] },
  {
    name: 'preserveAnything',
    schema: { 'x-kubernetes-preserve-unknown-fields': true },
    values: [1, 'a', null, { a: null }, [1, { a: 1 }]],
  },
  {
    name: 'preserveAround',
    schema: { ...anyObject, properties: { known: { type: 'object', properties: { a: { ...string, default: 'd' } } } } },
    values: [{ known: { a: 'a', b: 'b' }, other: { b: 'b' } }, { known: {} }, { known: null, other: null }],
  },
  {
    name: 'preserveItems',
    schema: { type: 'array', items: string, 'x-kubernetes-preserve-unknown-fields': true },
    values: [['a', { b: 1 }]],
  },
  {
    name: 'preserveItemObjects',
    schema: {
      type: 'array',
      'x-kubernetes-preserve-unknown-fields': true,
      items: { type: 'object', properties: { a: { type: 'object', properties: { c: string } } } },
    },
    values: [[{ a: { c: 'c', d: 'd' }, e: 'e' }]],
  },

  {
    name: 'defaults',
    schema: {
      type: 'object',
      default: { b: 'given' },
      properties: {
        a: { ...string, default: 'd' },
        b: string,
        c: {
          type: 'object',
          default: {},
          properties: { d: { ...integer, default: 7 }, n: { ...string, nullable: true, default: 'x' } },
        },
        l: { type: 'array', items: { type: 'object', properties: { e: { type: 'boolean', default: false } } } },
      },
    },
    values: [
      null,
      {},
      { a: null, b: null, c: null },
      { c: { d: null, n: null } },
      { l: [{}, { e: true }, { f: 1 }] },
      { l: 'x' },
    ],
  },

  {
    name: 'set',
    schema: { type: 'array', 'x-kubernetes-list-type': 'set', items: string },
    values: [
      ['a', 'b'],
      ['a', 'b', 'a', 'a', 'b'],
      ['a', null, null],
    ],
  },
  {
    name: 'setOfNumbers',
    schema: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'number' } },
    values: [
      [1, 2, 1],
      [1.5, 1.5],
      [1, 1.0],
    ],
  },
  {
    name: 'setOfObjects',
    schema: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      items: { ...anyObject, 'x-kubernetes-map-type': 'atomic' },
    },
    values: [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      [{ a: '<' }, { a: '<' }],
    ],
  },
  {
    name: 'setOfArrays',
    schema: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'array', items: string } },
    values: [[['a'], ['a'], []]],
  },
  {
    name: 'mapList',
    schema: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', required: ['k'], properties: { k: string, v: string } },
    },
    values: [
      [{ k: 'a' }, { k: 'b' }],
      [{ k: 'a', v: '1' }, { k: 'a', v: '2' }, { k: 'a' }],
      [{ v: 'a' }, { v: 'b' }],
      ['a', { k: 'a' }],
      [null, { k: 'a' }],
    ],
  },
  {
    name: 'mapListOfTwoKeys',
    schema: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        required: ['port'],
        properties: { port: integer, protocol: { ...string, default: 'TCP' } },
      },
    },
    values: [
      [{ port: 1 }, { port: 1, protocol: 'UDP' }],
      [{ port: 1 }, { port: 1, protocol: 'TCP' }],
    ],
  },
  {
    name: 'setInMap',
    schema: { type: 'object', additionalProperties: { type: 'array', 'x-kubernetes-list-type': 'set', items: string } },
    values: [{ 'a.b': ['x', 'x'] }],
  },

  {
    name: 'anyOf',
    schema: {
      type: 'object',
      properties: { a: string, b: integer },
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    values: [{ a: 'a' }, {}, { a: 1 }],
  },
  {
    name: 'oneOf',
    schema: {
      type: 'object',
      properties: { a: string, b: integer },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    values: [{ a: 'a' }, {}, { a: 'a', b: 1 }],
  },
  {
    name: 'allOf',
    schema: { ...string, allOf: [{ minLength: 2 }, { pattern: '^a' }] },
    values: ['ab', 'a', 'b', 'bb'],
  },
  { name: 'not', schema: { ...string, not: { enum: ['x', 'y'] } }, values: ['a', 'x'] },
  {
    name: 'bestMatch',
    schema: {
      type: 'object',
      properties: { kind: string, a: integer, b: integer },
      anyOf: [
        { properties: { kind: { enum: ['x'] } }, required: ['a'] },
        { properties: { kind: { enum: ['y'] }, b: { maximum: 3 }, a: { minimum: 1 } }, required: ['b'] },
      ],
    },
    values: [{ kind: 'x', a: 1 }, { kind: 'x', b: 9, a: 0 }, { kind: 'y' }, { kind: 'y', a: 0, b: 5 }, {}],
  },
  {
    name: 'oneOfBestMatch',
    schema: { ...string, oneOf: [{ maxLength: 2 }, { pattern: '^a', maxLength: 3 }, { format: 'date' }] },
    values: ['ab', 'bbbb', 'bbb', '2024-01-01', 'aaa'],
  },
  {
    name: 'nestedItems',
    schema: { type: 'array', items: integer, anyOf: [{ items: { minimum: 3 } }, { minItems: 4 }] },
    values: [
      [3, 4],
      [1, 2],
      [1, 2, 3, 4],
    ],
  },
  {
    name: 'nestedFormat',
    schema: {
      ...anyObject,
      properties: { v: { 'x-kubernetes-preserve-unknown-fields': true, anyOf: [{ format: 'date' }, { minimum: 5 }] } },
    },
    values: [{ v: 'x' }, { v: 1 }, { v: true }, { v: '2024-01-01' }],
  },
  { name: 'duplicateErrors', schema: { ...string, minLength: 2, allOf: [{ minLength: 2 }] }, values: ['a'] },

  {
    name: 'embedded',
    schema: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    values: [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { a: 'b' } }, spec: { x: 1 } },
      {},
      { apiVersion: '', kind: '' },
      { apiVersion: 'a/b/c', kind: 'Pod?' },
      { apiVersion: 1, kind: 2 },
      { apiVersion: 'v1', kind: 'Pod', metadata: 1 },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: '..', unknown: 1 } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { 'a b': 'c d' } } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 1 } } },
      'x',
    ],
  },
  {
    name: 'embeddedPruned',
    schema: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { spec: { type: 'object', properties: { a: string } } },
    },
    values: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { a: 'a', b: 'b' }, status: {} }],
  },

  {
    name: 'unknown',
    schema: {
      type: 'object',
      properties: { a: string, l: { type: 'array', items: { type: 'object', properties: { a: string } } } },
    },
    values: [{ b: 1, a: 'a', metadata: {}, kind: 'x', 'x.y': 1, l: [{ b: 1 }, { a: 'a', c: { d: 1 } }] }],
  },
  { name: 'constructor', schema: string, values: ['a', 1] },
  {
    name: 'prototypes',
    schema: {
      type: 'object',
      properties: { toString: string, ['__proto__']: string, hasOwnProperty: { ...string, default: 'd' } },
      required: ['toString', 'valueOf'],
    },
    values: [
      {},
      JSON.parse('{"__proto__":"a","toString":"b","valueOf":"c"}') as Json,
      JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}') as Json,
    ],
  },
];

/** Returns the field of a case in the schema that contains all cases. */
export function fieldOf({ name }: Case): string {
  return name;
}

export const resourceSchema: Schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: Object.fromEntries(CASES.map((one) => [fieldOf(one), one.schema])) },
  },
};
