/**
 * Defaults of fields (apiextensions' schema/defaulting): their validation and their use. Objects do not change; an object that lacks
 * nothing is returned as it is.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { schemasInside, invalidValue, NO_FIELD } from './field-causes.ts';
import { embeddedResourceCauses } from './embedded-resources.ts';
import { type JsonObject, isJsonArray, isJsonObject } from '../json.ts';
import { listTypeCauses } from './list-types.ts';
import { pruneValue } from './pruning.ts';
import type { Schema } from './schema.ts';
import { fieldSchema, type Structural, structural } from './structural.ts';
import { valueCauses } from './value-causes.ts';

const copied = (value: Json): Json => (typeof value === 'object' ? structuredClone(value) : value);

/** The treatment of a null that is not allowed and has no default: remove the field, or keep the null for the validation to refuse. */
export type NullTreatment = 'remove' | 'keep';

function defaultedObject(value: JsonObject<Json>, schema: Structural, nulls: NullTreatment): JsonObject<Json> {
  let same = true;
  const fields: [string, Json][] = [];
  for (const [key, field] of Object.entries(value)) {
    const next = fieldSchema(schema, key);
    if (field === null && next !== undefined && !next.nullable && (next.default !== undefined || nulls === 'remove')) {
      same = false;
      // A null that is not allowed counts as a missing field.
      if (next.default !== undefined) fields.push([key, withDefaults(copied(next.default), next, nulls)]);
      continue;
    }
    const defaulted = withDefaults(field, next, nulls);
    same &&= defaulted === field;
    fields.push([key, defaulted]);
  }
  for (const [key, next] of schema.properties) {
    if (next.default === undefined || Object.hasOwn(value, key)) continue;
    same = false;
    fields.push([key, withDefaults(copied(next.default), next, nulls)]);
  }
  return same ? value : Object.fromEntries(fields);
}

function withDefaults(value: Json, schema: Structural | undefined, nulls: NullTreatment): Json {
  if (schema === undefined) return value;
  if (isJsonObject(value)) return defaultedObject(value, schema, nulls);
  if (!isJsonArray(value)) return value;
  const { items } = schema;
  if (items === undefined) return value;
  const changed = value.map((item) =>
    item === null && !items.nullable && items.default !== undefined
      ? withDefaults(copied(items.default), items, nulls)
      : withDefaults(item, items, nulls),
  );
  return changed.every((item, index) => item === value[index]) ? value : changed;
}

/**
 * Sets the defaults of missing fields, also inside of defaults. A `null` that is not allowed counts as missing. In a list, it is replaced
 * by the default of the items, or stays if they have no default.
 * @param nulls `keep` for the result of an apply, in which upstream refuses a null that has no default
 */
export function applyDefaults(
  object: JsonObject<Json>,
  schema: Structural,
  nulls: NullTreatment = 'remove',
): JsonObject<Json> {
  return defaultedObject(object, schema, nulls);
}

// The validation of defaults (apiextensions' schema/defaulting/validation.go). Like upstream, it does not check defaults inside of
// additionalProperties, nor duplicates in lists.

function located({ field = NO_FIELD, ...cause }: StatusCause, path: string): StatusCause {
  return {
    ...cause,
    field: field === NO_FIELD || field === '' ? path : field.startsWith('[') ? `${path}${field}` : `${path}.${field}`,
  };
}

function defaultCauses(value: Json, schema: Structural, path: string): readonly StatusCause[] {
  if (pruneValue(value, schema).unknown.length > 0) return [invalidValue(path, value, 'must not have unknown fields')];
  const causes = [
    ...embeddedResourceCauses(value, schema),
    ...valueCauses(value, schema),
    ...listTypeCauses(value, schema),
  ];
  return causes.map((cause) => located(cause, path));
}

/** Returns the problems with the defaults of a schema that is otherwise valid. */
export function* defaultProblems(schema: Schema, path: string): Iterable<StatusCause> {
  if (schema.default !== undefined && schema.default !== null) {
    yield* defaultCauses(schema.default, structural(schema), `${path}.default`);
  }
  for (const sub of schemasInside(schema, path)) yield* defaultProblems(sub.schema, sub.path);
}
