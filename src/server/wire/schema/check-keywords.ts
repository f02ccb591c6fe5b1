/**
 * Check of the form of a schema: known keywords with values of the right types. TypeScript checks this too, but not for a schema that was
 * read from a file. Upstream ignores unknown keywords with a warning; here a misspelled keyword is an error.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import { asJson, schemasBeside, schemasInside, forbiddenCause, invalidValue, notSupported } from './field-causes.ts';
import type { Schema } from './schema.ts';
import { textPattern } from './text-pattern.ts';
import { isJsonObject } from '../json.ts';

type Expectation = readonly [text: string, check: (value: unknown) => boolean];

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const boolean: Expectation = ['a boolean', (value) => typeof value === 'boolean'];
const text: Expectation = ['a string', (value) => typeof value === 'string'];
const number: Expectation = ['a number', (value) => typeof value === 'number' && Number.isFinite(value)];
const count: Expectation = ['a whole number, 0 or more', isCount];
const record: Expectation = ['an object', isJsonObject];
const anything: Expectation = ['a value', () => true];
const schema: Expectation = ['a schema', isJsonObject];
const schemas: Expectation = ['a list of schemas', (value) => Array.isArray(value) && value.every(isJsonObject)];
const texts: Expectation = [
  'a list of strings',
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
];

const keywords: Readonly<Record<keyof Schema, Expectation>> = {
  type: text,
  title: text,
  description: text,
  example: anything,
  externalDocs: record,
  nullable: boolean,
  default: anything,
  properties: [
    'an object of schemas',
    (value) => isJsonObject(value) && Object.values(value as object).every(isJsonObject),
  ],
  additionalProperties: ['a schema or a boolean', (value) => isJsonObject(value) || typeof value === 'boolean'],
  items: schema,
  required: texts,
  enum: ['a list', Array.isArray],
  format: text,
  pattern: text,
  minLength: count,
  maxLength: count,
  minimum: number,
  maximum: number,
  exclusiveMinimum: boolean,
  exclusiveMaximum: boolean,
  multipleOf: ['a number above 0', (value) => typeof value === 'number' && value > 0 && Number.isFinite(value)],
  minItems: count,
  maxItems: count,
  uniqueItems: boolean,
  minProperties: count,
  maxProperties: count,
  allOf: schemas,
  anyOf: schemas,
  oneOf: schemas,
  not: schema,
  'x-kubernetes-preserve-unknown-fields': ['true or undefined', (value) => value === true],
  'x-kubernetes-int-or-string': boolean,
  'x-kubernetes-embedded-resource': boolean,
  'x-kubernetes-list-type': text,
  'x-kubernetes-list-map-keys': texts,
  'x-kubernetes-map-type': text,
  'x-kubernetes-validations': ['a list', Array.isArray],
};

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

function* keywordProblemsOf(key: string, value: unknown, path: string): Iterable<StatusCause> {
  const expectation = Object.hasOwn(keywords, key) ? keywords[key as keyof Schema] : undefined;
  if (expectation === undefined) yield forbiddenCause(path, `${key} is not supported`);
  else if (key === 'items' && Array.isArray(value)) {
    yield forbiddenCause(path, 'items must be a schema object and not an array');
  } else if (!expectation[1](value)) yield invalidValue(path, asJson(value), `must be ${expectation[0]}`);
}

function* valueProblems(schema: Schema, path: string): Iterable<StatusCause> {
  if (schema.type !== undefined && !types.includes(schema.type)) {
    if ((schema.type as string) === 'null') {
      yield forbiddenCause(`${path}.type`, 'type cannot be set to null, use nullable as an alternative');
    }
    yield notSupported(`${path}.type`, schema.type, types);
  }
  if (schema.uniqueItems === true) {
    yield forbiddenCause(
      `${path}.uniqueItems`,
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    );
  }
  if (schema.pattern !== undefined) {
    try {
      textPattern(schema.pattern);
    } catch (error) {
      const detail = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
      yield invalidValue(`${path}.pattern`, schema.pattern, detail);
    }
  }
  if (schema.type === 'integer') {
    for (const key of ['minimum', 'maximum', 'multipleOf'] as const) {
      const bound = schema[key];
      if (bound !== undefined && !Number.isInteger(bound)) {
        yield invalidValue(`${path}.${key}`, bound, 'must be a whole number if type is integer');
      }
    }
  }
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) {
    const detail = 'rules in CEL are not supported: check the object in code, in a validate function of the resource';
    yield forbiddenCause(`${path}.x-kubernetes-validations`, detail);
  }
}

/**
 * Returns the problems with the form of a schema and of the schemas in it. A schema that contains itself is a problem, too.
 * @param around the schemas that contain this one
 */
export function* keywordProblems(
  schema: Schema,
  path: string,
  around: ReadonlySet<Schema> = new Set(),
): Iterable<StatusCause> {
  if (around.has(schema)) {
    yield forbiddenCause(path, 'a schema must not be part of itself');
    return;
  }
  const own = Object.entries(schema)
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]) => [...keywordProblemsOf(key, value, `${path}.${key}`)]);
  yield* own;
  if (own.length > 0) return;
  yield* valueProblems(schema, path);
  const below = new Set([...around, schema]);
  for (const sub of [...schemasInside(schema, path), ...schemasBeside(schema, path)]) {
    yield* keywordProblems(sub.schema, sub.path, below);
  }
}
