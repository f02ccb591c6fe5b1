import { expect } from 'chai';
import type { Json } from '../../../../src/server/wire/object.ts';
import { compileSchema } from '../../../../src/server/wire/schema/compile-schema.ts';
import { maxCauses } from '../../../../src/server/wire/schema/findings.ts';
import type { JsonObject } from '../../../../src/server/wire/json.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';
import { objectOf, resourceOf } from './arbitrary-schema.ts';

const parsed = (text: string): Json => JSON.parse(text) as Json;
const compiled = (spec: Schema): ReturnType<typeof compileSchema> => compileSchema(resourceOf(spec));

const nested = (depth: number, open: string, close: string): Json =>
  parsed(`${open.repeat(depth)}1${close.repeat(depth)}`);

describe('compileSchema() with the full example', () => {
  const schema = compiled({
    type: 'object',
    required: ['title'],
    properties: { title: { type: 'string' }, done: { type: 'boolean', default: false } },
  });

  it('keeps the original schema', () => {
    const given = resourceOf({ type: 'string' });
    expect(compileSchema(given).schema).to.equal(given);
  });

  it('completes a valid object', () => {
    const { object, unknown } = schema.pruned(objectOf({ title: 'a', extra: 1 }));
    expect(unknown).to.deep.equal(['spec.extra']);
    expect(schema.defaulted(object)).to.deep.equal(objectOf({ title: 'a', done: false }));
    expect(schema.validate(object)).to.deep.equal([]);
  });

  it('returns an object without changes as it is', () => {
    const object = objectOf({ title: 'a', done: true });
    expect(schema.pruned(object).object).to.equal(object);
    expect(schema.defaulted(object)).to.equal(object);
  });

  it('keeps apiVersion, kind and metadata, and drops other fields at the root', () => {
    const object = { ...objectOf({ title: 'a' }), status: {}, metadata: { anything: 1 } };
    expect(schema.pruned(object)).to.deep.equal({
      object: { apiVersion: 'v1', kind: 'A', metadata: { anything: 1 }, spec: { title: 'a' } },
      unknown: ['status'],
    });
  });

  it('reports errors of the root with an empty path', () => {
    const one = compileSchema({ ...resourceOf({ type: 'string' }), minProperties: 3, required: ['spec'] });
    expect(one.validate({})).to.deep.equal([
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: 0:  in body should have at least 3 properties',
        field: '<nil>',
      },
      { reason: 'FieldValueRequired', message: 'Required value', field: 'spec' },
    ]);
  });

  it('gives each object its own copy of a default', () => {
    const one = compiled({
      type: 'object',
      default: { list: [] },
      properties: { list: { type: 'array', items: { type: 'string' } } },
    });
    const [a, b] = [one.defaulted({}), one.defaulted({})];
    expect(a).to.deep.equal({ spec: { list: [] } });
    expect((a['spec'] as JsonObject<Json>)['list']).not.to.equal((b['spec'] as JsonObject<Json>)['list']);
  });
});

describe('compileSchema() with an invalid schema', () => {
  it('reports all places in one error', () => {
    expect(() => compileSchema(resourceOf({ type: 'object', properties: { a: {}, b: { type: 'array' } } }))).to.throw(
      TypeError,
      'the schema cannot be used: schema.properties[spec].properties[a].type: Required value: must not be empty for ' +
        'specified object fields; schema.properties[spec].properties[b].items: Required value: must be specified',
    );
  });

  it('rejects a schema that contains itself, and accepts one that occurs twice', () => {
    const self: { type: 'object'; properties: Record<string, Schema> } = { type: 'object', properties: {} };
    self.properties['self'] = self;
    expect(() => compileSchema(self)).to.throw(
      TypeError,
      'schema.properties[self]: Forbidden: a schema must not be part of itself',
    );
    const twice: Schema = { type: 'string' };
    expect(() => compiled({ type: 'object', properties: { a: twice, b: twice } })).not.to.throw();
  });

  for (const given of [undefined, null, 1, 'a', [], () => ({})]) {
    it(`rejects ${given === undefined ? 'undefined' : (JSON.stringify(given) ?? 'a function')}`, () => {
      expect(() => compileSchema(given as unknown as Schema)).to.throw(TypeError);
    });
  }
});

describe('a compiled schema with malicious objects', () => {
  const open = compiled({ type: 'object', additionalProperties: true });
  const strict = compiled({ type: 'object', properties: { a: { type: 'string', default: 'd' } } });

  it('treats __proto__ as an ordinary field', () => {
    const value = parsed('{"spec":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}');
    const { object, unknown } = strict.pruned(value as JsonObject<Json>);
    expect(unknown).to.deep.equal(['spec.__proto__', 'spec.constructor']);
    expect(strict.defaulted(object)).to.deep.equal({ spec: { a: 'd' } });
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  it('keeps a declared __proto__, without making it the prototype', () => {
    const one = compiled({
      type: 'object',
      properties: Object.fromEntries<Schema>([
        ['__proto__', { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }],
        ['a', { type: 'string', default: 'd' }],
      ]),
    });
    const value = parsed('{"spec":{"__proto__":{"polluted":true},"unknown":1}}') as JsonObject<Json>;
    const spec = one.defaulted(one.pruned(value).object)['spec'] as JsonObject<Json>;
    expect(JSON.stringify(spec)).to.equal('{"__proto__":{"polluted":true},"a":"d"}');
    expect(Object.getPrototypeOf(spec)).to.equal(Object.prototype);
  });

  it('requires fields whose names every JavaScript object has', () => {
    const one = compiled({
      type: 'object',
      required: ['toString'],
      properties: Object.fromEntries<Schema>([['toString', { type: 'string' }]]),
    });
    expect(one.validate(objectOf({})).map(({ field }) => field)).to.deep.equal(['spec.toString']);
  });

  for (const [name, opening, closing] of [
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ] as const) {
    it(`handles ${name} nested 100,000 deep without a stack overflow`, () => {
      const object = objectOf({ x: nested(100_000, opening, closing) });
      const enumerated = compiled({ 'x-kubernetes-preserve-unknown-fields': true, enum: [{}] });
      for (const schema of [open, strict, enumerated]) {
        const whole = schema.defaulted(schema.pruned(object).object);
        schema.validate(whole, object);
      }
      expect(enumerated.validate(object)).to.have.length(1);
    });
  }

  it(`returns at most ${maxCauses} causes for an object with a million errors`, () => {
    const schema = compiled({ type: 'array', items: { type: 'string', minLength: 3 } });
    const object = objectOf(Array.from({ length: 1_000_000 }, () => 1));
    expect(schema.validate(object)).to.have.length(maxCauses);
  });

  it('limits the causes for duplicates too', () => {
    const schema = compiled({ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'integer' } });
    const object = objectOf(Array.from({ length: 100_000 }, (_, index) => Math.floor(index / 2)));
    expect(schema.validate(object)).to.have.length(maxCauses);
  });

  it('does not repeat a long path for each field below it', () => {
    const schema = compiled({
      type: 'object',
      additionalProperties: { type: 'object', properties: { l: { type: 'array', items: { type: 'string' } } } },
    });
    const name = 'x'.repeat(1_000_000);
    const unknown = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`u${index}`, 1]));
    const l = Array.from({ length: 100_000 }, () => 1);
    const object = objectOf(Object.fromEntries([[name, { ...unknown, l }]]));
    const pruned = schema.pruned(object);
    expect(pruned.object).to.deep.equal(objectOf(Object.fromEntries([[name, { l }]])));
    expect(pruned.unknown).to.have.length(1);
    expect(schema.validate(pruned.object)).to.have.length(1);
  });

  it('takes linear time for patterns that make other engines backtrack', () => {
    const schema = compiled({ type: 'string', pattern: '^(a+)+$' });
    expect(schema.validate(objectOf(`${'a'.repeat(100_000)}!`))).to.have.length(1);
    expect(schema.validate(objectOf('a'.repeat(100_000)))).to.have.length(0);
  });

  for (const format of [
    'email',
    'hostname',
    'uri',
    'duration',
    'byte',
    'date-time',
    'ipv4',
    'cidr',
    'mac',
    'rgbcolor',
    'creditcard',
    'isbn',
  ]) {
    it(`takes linear time for the format ${format}`, () => {
      const schema = compiled({ type: 'string', format });
      for (const part of ['a', '1', '0', ' ', '.', 'a.', '-', '"', '1 ', ':', '%', 'aa@']) {
        schema.validate(objectOf(`${part.repeat(200_000 / part.length)}!`));
      }
    });
  }
});
