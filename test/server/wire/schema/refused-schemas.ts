/** Invalid schemas with one error each. */
const object = (properties: object, rest: object = {}): object => ({ type: 'object', properties, ...rest });
const spec = (schema: object): object => object({ spec: schema });
const list = (rest: object): object => spec({ type: 'array', items: { type: 'string' }, ...rest });
function mapList(items: object, keys: readonly string[] = ['k']): object {
  return spec({ type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys, items });
}
const keyed = { type: 'object', required: ['k'], properties: { k: { type: 'string' } } };
const rule = { rule: 'self.size() > 0' };

export interface RefusedSchema {
  readonly name: string;
  readonly schema: object;
}

function named(schemas: Readonly<Record<string, object>>): readonly RefusedSchema[] {
  return Object.entries(schemas).map(([name, schema]) => ({ name, schema }));
}

export const REFUSED: readonly RefusedSchema[] = named({
  'no type at the root': { properties: {} },
  'another type at the root': { type: 'string' },
  'nullable at the root': object({}, { nullable: true }),
  'additionalProperties at the root': { type: 'object', additionalProperties: { type: 'string' } },
  'a field without a type': spec({}),
  'items without a type': spec({ type: 'array', items: {} }),
  'additionalProperties without a type': spec({ type: 'object', additionalProperties: {} }),
  'an unknown type': spec({ type: 'text' }),
  'the type null': spec({ type: 'null' }),
  'an array without items': spec({ type: 'array' }),
  'items that are several': spec({ type: 'array', items: [{ type: 'string' }] }),
  'properties and additionalProperties': spec({
    type: 'object',
    properties: { a: { type: 'string' } },
    additionalProperties: { type: 'string' },
  }),
  'properties and additionalProperties false': spec({
    type: 'object',
    properties: { a: { type: 'string' } },
    additionalProperties: false,
  }),
  'properties and additionalProperties true': spec({
    type: 'object',
    properties: { a: { type: 'string' } },
    additionalProperties: true,
  }),
  $ref: spec({ $ref: '#/definitions/a' }),
  definitions: spec({ type: 'object', definitions: { a: { type: 'string' } } }),
  patternProperties: spec({ type: 'object', patternProperties: { a: { type: 'string' } } }),
  dependencies: spec({ type: 'object', dependencies: { a: ['b'] } }),
  additionalItems: spec({ type: 'array', items: { type: 'string' }, additionalItems: true }),
  id: spec({ type: 'object', id: 'a' }),
  $schema: spec({ type: 'object', $schema: 'a' }),
  uniqueItems: list({ uniqueItems: true }),
  'a pattern that is none': spec({ type: 'string', pattern: '(' }),
  'a pattern with a lookahead': spec({ type: 'string', pattern: '(?=a)' }),
  'a pattern that is none, nested': spec({ type: 'string', allOf: [{ pattern: 'a**' }] }),
  'a type in allOf': spec({ type: 'string', allOf: [{ type: 'string' }] }),
  'a type in anyOf': spec({ type: 'string', anyOf: [{ type: 'string' }] }),
  'a type in not': spec({ type: 'string', not: { type: 'string' } }),
  'a type in a field in oneOf': spec(object({ a: { type: 'string' } }, { oneOf: [object({ a: { type: 'string' } })] })),
  'a description in allOf': spec({ type: 'string', allOf: [{ description: 'a' }] }),
  'a title in allOf': spec({ type: 'string', allOf: [{ title: 'a' }] }),
  'a default in allOf': spec({ type: 'string', allOf: [{ default: 'a' }] }),
  'nullable in allOf': spec({ type: 'string', allOf: [{ nullable: true }] }),
  'additionalProperties in allOf': spec({
    type: 'object',
    additionalProperties: { type: 'string' },
    allOf: [{ additionalProperties: { maxLength: 3 } }],
  }),
  'preserve-unknown-fields in allOf': spec({
    type: 'object',
    allOf: [{ 'x-kubernetes-preserve-unknown-fields': true }],
  }),
  'int-or-string in allOf': spec({ type: 'string', allOf: [{ 'x-kubernetes-int-or-string': true }] }),
  'embedded-resource in allOf': spec({ type: 'object', allOf: [{ 'x-kubernetes-embedded-resource': true }] }),
  'a list type in allOf': list({ allOf: [{ 'x-kubernetes-list-type': 'set' }] }),
  'a map type in allOf': spec({ type: 'object', allOf: [{ 'x-kubernetes-map-type': 'atomic' }] }),
  'metadata in allOf': { type: 'object', allOf: [{ properties: { metadata: { required: ['name'] } } }] },
  'a field in anyOf only': spec(object({}, { anyOf: [{ properties: { a: { minLength: 1 } } }] })),
  'items in not only': spec({ type: 'object', not: { items: { minLength: 1 } } }),
  'a field in anyOf under additionalProperties': spec({
    type: 'object',
    additionalProperties: { type: 'string' },
    anyOf: [{ properties: { a: { minLength: 1 } } }],
  }),
  'a nested field in allOf only': spec(
    object(
      { a: object({ b: { type: 'string' } }) },
      { allOf: [{ properties: { a: { properties: { c: { minLength: 1 } } } } }] },
    ),
  ),
  'int-or-string with a type': spec({ type: 'string', 'x-kubernetes-int-or-string': true }),
  'int-or-string with preserve-unknown-fields': spec({
    'x-kubernetes-int-or-string': true,
    'x-kubernetes-preserve-unknown-fields': true,
  }),
  'int-or-string with embedded-resource': spec({
    type: 'object',
    'x-kubernetes-int-or-string': true,
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  }),
  'int-or-string with another anyOf': spec({
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'string' }, { type: 'integer' }],
  }),
  'preserve-unknown-fields false': spec({ type: 'object', 'x-kubernetes-preserve-unknown-fields': false }),
  'an embedded resource without a type': spec({
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  }),
  'an embedded resource that is an array': spec({
    type: 'array',
    items: { type: 'string' },
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  }),
  'an embedded resource of no fields': spec({ type: 'object', 'x-kubernetes-embedded-resource': true }),
  'an embedded resource of any fields': spec({
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    additionalProperties: { type: 'string' },
  }),
  'an embedded resource whose kind is no string': spec(
    object({ kind: { type: 'integer' } }, { 'x-kubernetes-embedded-resource': true }),
  ),
  'kind that is no string': object({ kind: { type: 'integer' } }),
  'apiVersion that is no string': object({ apiVersion: { type: 'integer' } }),
  'metadata that is no object': object({ metadata: { type: 'string' } }),
  'labels in metadata': object({
    metadata: object({ labels: { type: 'object', additionalProperties: { type: 'string' } } }),
  }),
  'required fields of metadata': object({ metadata: { type: 'object', required: ['labels'] } }),
  'a description of metadata': object({ metadata: { type: 'object', description: 'a' } }),
  'a default in metadata': object({ metadata: object({ name: { type: 'string', default: 'a' } }) }),
  'a default of kind': object({ kind: { type: 'string', default: 'a' } }),
  'a list type of an object': spec({ type: 'object', 'x-kubernetes-list-type': 'atomic' }),
  'a list type without a type': spec({
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-list-type': 'atomic',
  }),
  'a map type of an array': list({ 'x-kubernetes-map-type': 'atomic' }),
  'an unknown list type': list({ 'x-kubernetes-list-type': 'bag' }),
  'an unknown map type': spec({ type: 'object', 'x-kubernetes-map-type': 'hash' }),
  'a set of objects': list({ 'x-kubernetes-list-type': 'set', items: { type: 'object' } }),
  'a set of maps': list({
    'x-kubernetes-list-type': 'set',
    items: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  }),
  'a set of nullable items': list({ 'x-kubernetes-list-type': 'set', items: { type: 'string', nullable: true } }),
  'list-map keys without a list type': list({ 'x-kubernetes-list-map-keys': ['a'] }),
  'list-map keys of a set': list({ 'x-kubernetes-list-type': 'set', 'x-kubernetes-list-map-keys': ['a'] }),
  'a list map without keys': spec({ type: 'array', 'x-kubernetes-list-type': 'map', items: keyed }),
  'a list map of strings': mapList({ type: 'string' }),
  'a key that is not there': mapList(keyed, ['k', 'z']),
  'a key that is twice there': mapList(keyed, ['k', 'k']),
  'a key that is an object': mapList({ ...keyed, properties: { k: { type: 'object' } } }),
  'a key that is not required': mapList({ ...keyed, required: [] }),
  'a key that is nullable': mapList({ ...keyed, properties: { k: { type: 'string', nullable: true } } }),
  'a list map of nullable items': mapList({ ...keyed, nullable: true }),
  'a default of another type': spec({ type: 'string', default: 1 }),
  'a default that is not in the enum': spec({ type: 'string', enum: ['a'], default: 'b' }),
  'a default with unknown fields': spec(object({ a: { type: 'string' } }, { default: { b: 1 } })),
  'a default without a required field': spec(object({ a: { type: 'string' } }, { default: {}, required: ['a'] })),
  'a default in items that is wrong': list({ items: { type: 'string', default: 1 } }),
  'a default in additionalProperties that is wrong': spec({
    type: 'object',
    additionalProperties: { type: 'string', default: 1 },
  }),
  'a default of null': spec({ type: 'string', default: null }),
  'a default of null, nullable': spec({ type: 'string', nullable: true, default: null }),
  'a default inside of a default': spec(object({ a: { type: 'integer', default: 'x' } }, { default: {} })),
  'a default that is no set': list({ 'x-kubernetes-list-type': 'set', default: ['a', 'a'] }),
  'a default of an embedded resource': spec({
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
    default: { a: 1 },
  }),
  'a fraction as bound of an integer': spec({ type: 'integer', maximum: 1.5 }),
  'a negative length': spec({ type: 'string', maxLength: -1 }),
  'a length that is a fraction': spec({ type: 'string', maxLength: 1.5 }),
  'multipleOf of 0': spec({ type: 'integer', multipleOf: 0 }),
  'exclusiveMinimum as a number': spec({ type: 'integer', exclusiveMinimum: 3 }),
  'an unknown keyword': spec({ type: 'string', maxLenght: 3 }),
  const: spec({ type: 'string', const: 'a' }),
  'required that is no list': spec({ type: 'object', required: true }),
  'a rule in CEL': spec({ type: 'string', 'x-kubernetes-validations': [rule] }),
  'a rule in CEL in allOf': spec({ type: 'string', allOf: [{ 'x-kubernetes-validations': [rule] }] }),
  'a nested embedded resource in metadata': spec(
    object(
      {
        metadata: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
      },
      { 'x-kubernetes-embedded-resource': true },
    ),
  ),
  'an enum of another type': spec({ type: 'string', enum: [1] }),
  'a required field that is not there': spec({ type: 'object', required: ['a'] }),
  'a format that does not exist': spec({ type: 'string', format: 'nope' }),
});
