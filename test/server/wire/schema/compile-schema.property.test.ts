import { Ajv } from 'ajv';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Json } from '../../../../src/server/wire/object.ts';
import { compileSchema } from '../../../../src/server/wire/schema/compile-schema.ts';
import type { JsonObject } from '../../../../src/server/wire/json.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';
import { arbitrarySchema, arbitraryValue, objectOf, plainSchemaAndValue, resourceOf } from './arbitrary-schema.ts';

const copyOf = (object: JsonObject<Json>): JsonObject<Json> => JSON.parse(JSON.stringify(object)) as JsonObject<Json>;

const subSchemas = (schemas: readonly Schema[] | undefined): object[] | undefined => schemas?.map(jsonSchema);

/** Returns the same conditions in JSON Schema, for Ajv. */
const jsonSchema = (schema: Schema): object => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, nullable, properties, items, not } = schema;
  const { additionalProperties: others, type, default: _, ...rest } = schema;
  const types =
    schema['x-kubernetes-int-or-string'] === true ? ['integer', 'string'] : type === undefined ? [] : [type];
  const plain = Object.entries({
    ...rest,
    nullable: undefined,
    minimum: exclusiveMinimum === true ? undefined : minimum,
    exclusiveMinimum: exclusiveMinimum === true ? minimum : undefined,
    maximum: exclusiveMaximum === true ? undefined : maximum,
    exclusiveMaximum: exclusiveMaximum === true ? maximum : undefined,
    type: types.length === 0 ? undefined : types,
    properties:
      properties && Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, jsonSchema(field)])),
    additionalProperties: typeof others === 'object' ? jsonSchema(others) : others,
    items: items && jsonSchema(items),
    not: not && jsonSchema(not),
    anyOf: subSchemas(schema.anyOf),
    oneOf: subSchemas(schema.oneOf),
    allOf: subSchemas(schema.allOf),
  });
  const whole = Object.fromEntries(plain.filter(([key, value]) => value !== undefined && !key.startsWith('x-')));
  // Upstream only checks whether an allowed null is in the enumeration, and it never is.
  return nullable === true && schema.enum === undefined ? { anyOf: [{ type: 'null' }, whole] } : whole;
};

/** Returns whether all integers are also integers in Go. */
const inRange = (value: Json): boolean => !JSON.stringify(value).includes('e+');

const spec = (object: JsonObject<Json>): Json => object['spec'] as Json;

describe('a compiled schema, with any schema and object', () => {
  it('does not change a pruned object', () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitraryValue, (schema, value) => {
        const compiled = compileSchema(resourceOf(schema));
        const { object } = compiled.pruned(objectOf(value));
        expect(compiled.pruned(object)).to.deep.equal({ object, unknown: [] });
      }),
    );
  });

  it('sets defaults once', () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitraryValue, (schema, value) => {
        const compiled = compileSchema(resourceOf(schema));
        const object = compiled.defaulted(objectOf(value));
        expect(compiled.defaulted(object)).to.equal(object);
      }),
    );
  });

  it('sets defaults that need no pruning', () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitraryValue, (schema, value) => {
        const compiled = compileSchema(resourceOf(schema));
        const { object } = compiled.pruned(objectOf(value));
        expect(compiled.pruned(compiled.defaulted(object)).unknown).to.deep.equal([]);
      }),
    );
  });

  it('does not change its input, nor a prototype', () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitraryValue, (schema, value) => {
        const compiled = compileSchema(resourceOf(schema));
        const object = objectOf(value);
        const before = copyOf(object);
        compiled.validate(compiled.defaulted(compiled.pruned(object).object), object);
        expect(object).to.deep.equal(before);
        expect(Object.keys(Object.prototype)).to.deep.equal([]);
        expect(({} as Record<string, unknown>)['a']).to.equal(undefined);
      }),
    );
  });

  it('never throws for any JSON, and gives each cause a reason, a message and a field', () => {
    fc.assert(
      fc.property(arbitrarySchema, fc.oneof(arbitraryValue, fc.jsonValue() as fc.Arbitrary<Json>), (schema, value) => {
        const compiled = compileSchema(resourceOf(schema));
        for (const { reason, message, field } of compiled.validate(objectOf(value))) {
          expect([reason, message, field].every((text) => typeof text === 'string' && text !== '')).to.equal(true);
        }
      }),
    );
  });

  it('accepts an object that has not changed', () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitraryValue, (schema, value) => {
        const object = objectOf(value);
        expect(compileSchema(resourceOf(schema)).validate(copyOf(object), object)).to.deep.equal([]);
      }),
    );
  });

  it('finds no more problems in an update than in the same object at a create', () => {
    fc.assert(
      fc.property(arbitrarySchema, arbitraryValue, arbitraryValue, (schema, value, old) => {
        const compiled = compileSchema(resourceOf(schema));
        const told = compiled.validate(objectOf(value)).map(({ message }) => message);
        for (const { message } of compiled.validate(objectOf(value), objectOf(old))) expect(told).to.include(message);
      }),
    );
  });

  it('accepts and rejects the same values as Ajv', () => {
    const seen = { good: 0, bad: 0 };
    fc.assert(
      fc.property(plainSchemaAndValue, ([schema, value]) => {
        fc.pre(inRange(value));
        const compiled = compileSchema(resourceOf(schema));
        const isValid = new Ajv({ strict: false, ownProperties: true }).compile(jsonSchema(schema));
        const ours = compiled.validate({ spec: value });
        seen[ours.length === 0 ? 'good' : 'bad'] += 1;
        expect(ours.length === 0, JSON.stringify([ours, isValid.errors])).to.equal(isValid(value));
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.good, seen.bad)).to.be.above(50);
  });

  it('accepts its own result if the schema requires only types', () => {
    const schema = compileSchema(resourceOf({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }));
    fc.assert(
      fc.property(arbitraryValue, (value) => {
        const object = objectOf({ value });
        const whole = schema.defaulted(schema.pruned(object).object);
        expect(whole).to.equal(object);
        expect(spec(whole)).to.deep.equal({ value });
        expect(schema.validate(whole)).to.deep.equal([]);
      }),
    );
  });
});
