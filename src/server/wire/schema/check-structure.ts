/**
 * Check that a schema is structural (apiextensions' schema/validation.go and schema/complete.go).
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import { schemasBeside, schemasInside, forbiddenCause, invalidValue, required } from './field-causes.ts';
import type { Schema } from './schema.ts';

type Level = 'root' | 'item' | 'field';

const missingType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function isTypes(alternatives: readonly Schema[] | undefined): boolean {
  return JSON.stringify(alternatives) === '[{"type":"integer"},{"type":"string"}]';
}

function typeProblems(schema: Schema, level: Level, path: string): readonly StatusCause[] {
  const { type } = schema;
  const free = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const detail = 'must be object if x-kubernetes-embedded-resource is true';
    return [type === undefined ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, type, detail)];
  }
  if (type === undefined) return free ? [] : [required(`${path}.type`, missingType[level])];
  return level === 'root' && type !== 'object'
    ? [invalidValue(`${path}.type`, type, 'must be object at the root')]
    : [];
}

function* identityProblems(schema: Schema, level: Level, path: string): Iterable<StatusCause> {
  const fields = new Map(Object.entries(schema.properties ?? {}));
  const isResource = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  if (!isResource) return;
  for (const name of ['kind', 'apiVersion']) {
    const field = fields.get(name);
    if (field !== undefined && field.type !== 'string') {
      yield invalidValue(`${path}.properties[${name}].type`, field.type ?? '', 'must be string');
    }
    if (level === 'root' && (field?.default ?? undefined) !== undefined) {
      yield forbiddenCause(`${path}.properties[${name}].default`, `must not be set in top-level ${name}`);
    }
  }
  const metadata = fields.get('metadata');
  if (metadata === undefined) return;
  const at = `${path}.properties[metadata]`;
  if (metadata.type !== 'object') yield invalidValue(`${at}.type`, metadata.type ?? '', 'must be object');
  else if (level === 'root') {
    const { type: _, default: __, properties = {}, ...rest } = metadata;
    const names = Object.keys(properties);
    if (
      Object.values(rest).some((value) => value !== undefined) ||
      names.some((name) => !['name', 'generateName'].includes(name))
    ) {
      yield forbiddenCause(
        at,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      );
    }
    for (const [name, field] of [['', metadata], ...Object.entries(properties)] as const) {
      if ((field.default ?? undefined) === undefined) continue;
      const fieldPath = name === '' ? at : `${at}.properties[${name}]`;
      yield forbiddenCause(`${fieldPath}.default`, 'must not be set in top-level metadata');
    }
  }
}

function* extensionProblems(schema: Schema, path: string): Iterable<StatusCause> {
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['x-kubernetes-int-or-string'] === true) {
    const detail = 'must be false if x-kubernetes-int-or-string is true';
    if (preserves) yield invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, true, detail);
    if (isEmbedded) yield invalidValue(`${path}.x-kubernetes-embedded-resource`, true, detail);
  }
  const names = Object.keys(schema.properties ?? {});
  if (isEmbedded && !preserves && names.length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    yield required(`${path}.properties`, detail);
  }
  const { additionalProperties: others } = schema;
  if (others === undefined) return;
  const at = `${path}.additionalProperties`;
  if (isEmbedded) yield forbiddenCause(at, 'must not be used if x-kubernetes-embedded-resource is set');
  if (names.length > 0 && others !== true) {
    yield forbiddenCause(at, 'additionalProperties and properties are mutual exclusive');
  }
}

/** The keywords that are forbiddenCause in `allOf`, `anyOf`, `oneOf` and `not`, each with its message. */
const forbiddenInConditions: readonly (readonly [keyof Schema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['default', 'must be undefined to be structural'],
  ['nullable', 'must be false to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
];

function isSet(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    value !== false &&
    value !== '' &&
    !(Array.isArray(value) && value.length === 0)
  );
}

function* conditionProblems(schema: Schema, path: string): Iterable<StatusCause> {
  for (const [key, detail] of forbiddenInConditions)
    if (isSet(schema[key])) yield forbiddenCause(`${path}.${key}`, detail);
  if (Object.hasOwn(schema.properties ?? {}, 'metadata')) {
    yield forbiddenCause(`${path}.properties[metadata]`, 'must not be specified in a nested context');
  }
  for (const sub of [...schemasInside(schema, path), ...schemasBeside(schema, path)]) {
    yield* conditionProblems(sub.schema, sub.path);
  }
}

const withoutTypes = (schema: Schema): Schema => (isTypes(schema.anyOf) ? { ...schema, anyOf: undefined } : schema);

/** Returns the problems with the conditions. An int-or-string may repeat its types in `anyOf`, or in the `anyOf` of the first `allOf`. */
function* alternativeProblems(schema: Schema, path: string): Iterable<StatusCause> {
  const [first, ...others] = schema.allOf ?? [];
  const plain = withoutTypes(first === undefined ? schema : { ...schema, allOf: [withoutTypes(first), ...others] });
  for (const sub of schemasBeside(plain, path)) yield* conditionProblems(sub.schema, sub.path);
}

/** Returns the fields that occur only in conditions. Each must also be in the schema of the object. Like upstream, this checks only the root. */
function* unstructured(condition: Schema, at: string, schema: Schema, path: string): Iterable<StatusCause> {
  for (const sub of schemasBeside(condition, at)) yield* unstructured(sub.schema, sub.path, schema, path);
  for (const [name, field] of Object.entries(condition.properties ?? {})) {
    const own = new Map(Object.entries(schema.properties ?? {})).get(name);
    const [fieldAt, fieldPath] = [`${at}.properties[${name}]`, `${path}.properties[${name}]`];
    if (own === undefined) yield required(fieldPath, `because it is defined in ${fieldAt}`);
    else yield* unstructured(field, fieldAt, own, fieldPath);
  }
  if (condition.items === undefined) return;
  if (schema.items === undefined) yield required(`${path}.items`, `because it is defined in ${at}.items`);
  else yield* unstructured(condition.items, `${at}.items`, schema.items, `${path}.items`);
}

const identity = ['apiVersion', 'kind', 'metadata'];

/**
 * Returns the reasons why a schema is not structural.
 * @param inIdentity true if the schema is a part of apiVersion, kind or metadata
 */
export function* structureProblems(
  schema: Schema,
  path: string,
  level: Level = 'root',
  inIdentity = false,
): Iterable<StatusCause> {
  if (schema.type === 'array' && schema.items === undefined) yield required(`${path}.items`, 'must be specified');
  if (level === 'root' && schema.nullable === true)
    yield forbiddenCause(`${path}.nullable`, 'nullable cannot be true at the root');
  if (level === 'root' && schema.additionalProperties !== undefined) {
    yield forbiddenCause(`${path}.additionalProperties`, 'must not be used at the root');
  }
  if (level === 'root') {
    for (const sub of schemasBeside(schema, path)) yield* unstructured(sub.schema, sub.path, schema, path);
  }
  yield* typeProblems(schema, level, path);
  yield* extensionProblems(schema, path);
  yield* identityProblems(schema, level, path);
  yield* alternativeProblems(schema, path);
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  if (inIdentity && isEmbedded) {
    yield forbiddenCause(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta');
  }
  const isResource = level === 'root' || isEmbedded;
  const identityPaths = isResource ? identity.map((name) => `${path}.properties[${name}]`) : [];
  for (const sub of schemasInside(schema, path)) {
    const subLevel = sub.path === `${path}.items` ? 'item' : 'field';
    yield* structureProblems(sub.schema, sub.path, subLevel, inIdentity || identityPaths.includes(sub.path));
  }
}
