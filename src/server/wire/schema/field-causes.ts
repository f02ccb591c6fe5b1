/**
 * Causes of a 422 as the checks of schemas make them (apimachinery's validation/field), with values printed like Go does.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { quoted } from '../quote.ts';
import { goValue } from './go-text.ts';
import type { Schema } from './schema.ts';

/** The field of a cause that concerns no field. Upstream prints a nil path. */
export const NO_FIELD = '<nil>';

const cause = (reason: string, field: string, message: string): StatusCause => ({ reason, message, field });

export function required(field: string, detail = ''): StatusCause {
  return cause('FieldValueRequired', field, detail === '' ? 'Required value' : `Required value: ${detail}`);
}

export function invalidValue(field: string, value: Json, detail: string): StatusCause {
  return cause('FieldValueInvalid', field, `Invalid value: ${goValue(value)}: ${detail}`);
}

export function typeInvalid(field: string, value: Json, detail: string): StatusCause {
  return cause('FieldValueTypeInvalid', field, `Invalid value: ${goValue(value)}: ${detail}`);
}

export function notSupported(field: string, value: Json, supported: readonly string[]): StatusCause {
  return cause(
    'FieldValueNotSupported',
    field,
    `Unsupported value: ${goValue(value)}: supported values: ${supported.map(quoted).join(', ')}`,
  );
}

export function duplicate(field: string, value: Json): StatusCause {
  return cause('FieldValueDuplicate', field, `Duplicate value: ${goValue(value)}`);
}

export function forbiddenCause(field: string, detail: string): StatusCause {
  return cause('FieldValueForbidden', field, `Forbidden: ${detail}`);
}

/** Returns the cause for a text that is too long. Like upstream, it counts characters, although the message says bytes. */
export function tooLong(field: string, max: number): StatusCause {
  return cause('FieldValueTooLong', field, `Too long: may not be more than ${max} ${max === 1 ? 'byte' : 'bytes'}`);
}

export function tooMany(field: string, actual: number, max: number): StatusCause {
  return cause(
    'FieldValueTooMany',
    field,
    `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
  );
}

/** Returns the path of a field as in messages. Names are printed without escapes. */
export function fieldPath(object: string, name: string): string {
  return object === '' ? name : `${object}.${name}`;
}

// Helpers for the checks of a schema itself. The field of their causes is a path in the schema.

/** A schema inside of another schema. */
export interface SubSchema {
  readonly path: string;
  readonly schema: Schema;
}

/** Returns a value of an unchecked schema as JSON. Undefined becomes null. */
export function asJson(value: unknown): Json {
  return value === undefined ? null : (value as Json);
}

function listed(path: string, name: string, list: readonly Schema[] | undefined): readonly SubSchema[] {
  return (list ?? []).map((schema, index) => ({ path: `${path}.${name}[${index}]`, schema }));
}

/** Returns the schemas of the members and items of a value. */
export function schemasInside(schema: Schema, path: string): readonly SubSchema[] {
  return [
    ...Object.entries(schema.properties ?? {}).map(([name, field]) => ({
      path: `${path}.properties[${name}]`,
      schema: field,
    })),
    ...(typeof schema.additionalProperties === 'object'
      ? [{ path: `${path}.additionalProperties`, schema: schema.additionalProperties }]
      : []),
    ...(schema.items === undefined ? [] : [{ path: `${path}.items`, schema: schema.items }]),
  ];
}

/** Returns the schemas in `allOf`, `anyOf`, `oneOf` and `not`: further conditions on the same value. */
export function schemasBeside(schema: Schema, path: string): readonly SubSchema[] {
  return [
    ...listed(path, 'allOf', schema.allOf),
    ...listed(path, 'anyOf', schema.anyOf),
    ...listed(path, 'oneOf', schema.oneOf),
    ...(schema.not === undefined ? [] : [{ path: `${path}.not`, schema: schema.not }]),
  ];
}
