/** Random structural schemas and values. */
import * as fc from 'fast-check';
import type { Json } from '../../../../src/server/wire/object.ts';
import type { JsonObject } from '../../../../src/server/wire/json.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';

/** A few names, so that schemas and values have common fields. Some are properties of every JavaScript object. */
const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'toString');
const plainName = fc.constantFrom('a', 'b', 'c');

const text = fc.constantFrom('', 'a', 'ab', 'abc', 'é', '😀😀', '1', 'x-y');
const number = fc.constantFrom(-3, -1, 0, 1, 2, 3, 6, 0.5, 1.5, 2.25, 1e21);
const count = fc.integer({ min: 0, max: 3 });

function given<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

/** Conditions on values of any type. Those for other types have no effect. */
const conditions = fc.record(
  {
    minLength: given(count),
    maxLength: given(count),
    pattern: given(fc.constantFrom('^a', 'b$', '^[a-z]*$')),
    minimum: given(fc.integer({ min: -2, max: 2 })),
    maximum: given(fc.integer({ min: 0, max: 4 })),
    exclusiveMaximum: given(fc.boolean()),
    exclusiveMinimum: given(fc.boolean()),
    multipleOf: given(fc.integer({ min: 1, max: 3 })),
    minItems: given(count),
    maxItems: given(count),
    minProperties: given(count),
    maxProperties: given(count),
    required: given(fc.uniqueArray(plainName, { maxLength: 2 })),
    enum: given(fc.uniqueArray(fc.oneof(text, number), { minLength: 1, maxLength: 4 })),
  },
  { requiredKeys: [] },
);

/** At most two conditions, so that most values fulfil them. */
const fewConditions: fc.Arbitrary<Schema> = conditions.chain((all) => {
  const said = Object.entries(all).filter(([, value]) => value !== undefined);
  return fc
    .shuffledSubarray(said, { maxLength: Math.min(2, said.length) })
    .map((few): Schema => Object.fromEntries(few));
});

const alternatives = fc.record(
  {
    anyOf: given(fc.array(fewConditions, { minLength: 1, maxLength: 3 })),
    oneOf: given(fc.array(fewConditions, { minLength: 1, maxLength: 3 })),
    allOf: given(fc.array(fewConditions, { minLength: 1, maxLength: 2 })),
    not: given(fewConditions),
  },
  { requiredKeys: [] },
);

const scalar: fc.Arbitrary<Schema> = fc.oneof(
  fc.constantFrom<Schema>(
    { type: 'string' },
    { type: 'string', default: 'd' },
    { type: 'string', nullable: true, default: 'd' },
    { type: 'integer' },
    { type: 'integer', default: 1 },
    { type: 'number' },
    { type: 'boolean', default: false },
    { 'x-kubernetes-int-or-string': true },
    { 'x-kubernetes-preserve-unknown-fields': true },
  ),
  fc
    .tuple(
      fc.constantFrom<Schema>({ type: 'string' }, { type: 'number' }, { type: 'integer', nullable: true }),
      fewConditions,
      alternatives,
    )
    .map(([type, own, others]): Schema => ({ ...type, ...own, ...others })),
);

function schemaOf(names: fc.Arbitrary<string>): fc.Arbitrary<Schema> {
  return fc.letrec<{ any: Schema; object: Schema; map: Schema; list: Schema }>((tie) => ({
    any: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('object'), tie('map'), tie('list')),
    object: fc
      .tuple(
        fc.dictionary(names, tie('any'), { maxKeys: 4, noNullPrototype: true }),
        fewConditions,
        alternatives,
        fc.boolean(),
        fc.boolean(),
      )
      .map(([properties, own, others, preserve, nullable]): Schema => ({
        type: 'object',
        properties: Object.fromEntries(Object.entries(properties)),
        ...own,
        ...others,
        ...(preserve ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
        ...(nullable ? { nullable } : {}),
      })),
    map: fc
      .tuple(fc.oneof(tie('any'), fc.boolean()), fewConditions)
      .map(([additionalProperties, own]): Schema => ({ type: 'object', additionalProperties, ...own })),
    list: fc
      .tuple(tie('any'), fewConditions, alternatives)
      .map(([items, own, others]): Schema => ({ type: 'array', items, ...own, ...others })),
  })).any;
}

/** Any schema. Names of fields may be properties of every JavaScript object. */
export const arbitrarySchema: fc.Arbitrary<Schema> = schemaOf(name);

/** A schema without such names. */
const arbitraryPlainSchema: fc.Arbitrary<Schema> = schemaOf(plainName);

function valueOf(names: fc.Arbitrary<string>): fc.Arbitrary<Json> {
  return fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(text, number, fc.boolean(), fc.constant(null)),
      fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: true }),
      fc.array(tie('value'), { maxLength: 4 }),
    ),
  })).value;
}

export const arbitraryValue: fc.Arbitrary<Json> = valueOf(name);

const arbitraryPlainValue: fc.Arbitrary<Json> = valueOf(plainName);

/** Returns the schema of a resource with one field. */
export function resourceOf(spec: Schema): Schema {
  return { type: 'object', properties: { spec } };
}

export function objectOf(spec: Json): JsonObject<Json> {
  return { apiVersion: 'v1', kind: 'A', metadata: { name: 'a' }, spec };
}

/** Values of the types of a schema. They may or may not fulfil its conditions. */
function fitting(schema: Schema): fc.Arbitrary<Json> {
  if (schema['x-kubernetes-int-or-string'] === true) return fc.oneof(text, number);
  switch (schema.type) {
    case 'string':
      return text;
    case 'integer':
      return fc.integer({ min: -3, max: 6 });
    case 'number':
      return number;
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(fitting(schema.items ?? {}), { maxLength: 4 });
    case 'object': {
      const { additionalProperties: others, properties = {} } = schema;
      if (typeof others === 'object') return fc.dictionary(plainName, fitting(others), { noNullPrototype: true });
      const fields = Object.entries(properties).map(([name, field]) => [name, fitting(field)] as const);
      return fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<Json>;
    }
    case undefined:
      return fc.oneof(text, number, fc.constant(null));
  }
}

/** A schema, and a value that often almost matches it. */
export const plainSchemaAndValue: fc.Arbitrary<readonly [Schema, Json]> = arbitraryPlainSchema.chain((schema) =>
  fc.tuple(fc.constant(schema), fc.oneof({ arbitrary: fitting(schema), weight: 3 }, arbitraryPlainValue)),
);
