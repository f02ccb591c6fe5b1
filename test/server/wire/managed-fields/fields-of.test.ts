import { expect } from 'chai';
import { fieldsOf, managedOnly } from '../../../../src/server/wire/managed-fields/fields-of.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';

const spec = (schema: Schema): Schema => ({ type: 'object', properties: { spec: schema } });
const text: Schema = { type: 'string' };
const set: Schema = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' };
const byName: Schema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: { type: 'object', properties: { name: text, value: text } },
};

const cases: readonly (readonly [string, Schema | undefined, unknown, object])[] = [
  ['without a schema a map is its members', undefined, { a: { b: 1 } }, { '.': {}, 'f:a': { '.': {}, 'f:b': {} } }],
  ['without a schema a list is one field', undefined, { a: [{ b: 1 }] }, { '.': {}, 'f:a': {} }],
  [
    'a map that the schema names is no field',
    spec({ type: 'object', properties: { a: text } }),
    { a: 'x' },
    { 'f:a': {} },
  ],
  ['an empty map is one', spec({ type: 'object', properties: { a: text } }), {}, {}],
  [
    'an atomic map is one',
    spec({ type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: text } }),
    { a: 'x' },
    {},
  ],
  ['a list without a list type is one', spec({ type: 'array', items: text }), ['a'], {}],
  ['a set is its values', spec(set), ['b', 'a', 1], { 'v:"a"': {}, 'v:"b"': {}, 'v:1': {} }],
  ['duplicates of a set are one field', spec(set), ['a', 'a'], { 'v:"a"': {} }],
  [
    'a map list is its items',
    spec(byName),
    [{ name: 'x', value: 'v' }],
    { 'k:{"name":"x"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
  ],
  [
    'duplicates of a map list are one field',
    spec(byName),
    [{ name: 'x', value: 'v' }, { name: 'x' }],
    { 'k:{"name":"x"}': {} },
  ],
  ['a list whose items have no key is one field', spec(byName), [{ value: 'v' }], {}],
  ['a value of another type than the schema says is one field', spec(set), { a: 1 }, {}],
  ['null is one field', spec(set), null, {}],
  [
    'members of additional properties are fields',
    spec({ type: 'object', additionalProperties: { type: 'object', properties: { a: text } } }),
    { x: { a: '1' } },
    { 'f:x': { '.': {}, 'f:a': {} } },
  ],
];

describe('fieldsOf()', () => {
  for (const [name, schema, value, expected] of cases) {
    it(name, () => {
      expect(fieldsOf({ spec: value }, schema).toJSON()).to.deep.equal({ 'f:spec': expected });
    });
  }

  it('ignores an empty set or map list', () => {
    expect(fieldsOf({ spec: [] }, spec(set)).isEmpty).to.equal(true);
    expect(fieldsOf({ spec: [] }, spec(byName)).isEmpty).to.equal(true);
  });

  it('has fixed rules for metadata, whatever the schema', () => {
    const metadata = {
      name: 'x',
      labels: { a: '1' },
      finalizers: ['f'],
      ownerReferences: [{ uid: 'u', name: 'n' }],
      resourceVersion: '1',
      uid: 'u',
      generation: 1,
      creationTimestamp: 't',
    };
    const fields = fieldsOf(
      { apiVersion: 'v', kind: 'K', metadata },
      spec({ type: 'object', properties: { metadata: text } }),
    );
    expect(managedOnly(fields).toJSON()).to.deep.equal({
      'f:metadata': {
        'f:finalizers': { 'v:"f"': {} },
        'f:labels': { 'f:a': {} },
        'f:ownerReferences': { 'k:{"uid":"u"}': {} },
      },
    });
  });

  it('preserves unknown fields in everything below a schema that preserves them', () => {
    const inner: Schema = { type: 'object', properties: { known: text } };
    const schema = spec({ type: 'object', properties: { inner }, 'x-kubernetes-preserve-unknown-fields': true });
    expect(fieldsOf({ spec: { inner: { other: { x: 1 } } } }, schema).toJSON()).to.deep.equal({
      'f:spec': { 'f:inner': { 'f:other': { '.': {}, 'f:x': {} } } },
    });
  });

  it('treats __proto__ as an ordinary name', () => {
    const object = JSON.parse('{"spec":{"__proto__":{"polluted":1},"constructor":2}}') as object;
    expect(JSON.stringify(fieldsOf(object))).to.equal(
      '{"f:spec":{".":{},"f:__proto__":{".":{},"f:polluted":{}},"f:constructor":{}}}',
    );
  });
});
