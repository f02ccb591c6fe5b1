import type { Json } from '../object.ts';
import type { Schema } from './schema.ts';

// What the checks of a schema itself have in common. Their problems are causes whose field is a path in the schema.

/** A schema inside of a schema. */
export interface SubSchema {
  readonly path: string;
  readonly schema: Schema;
}

/** A value that a caller without types may have given in place of what is asked for. */
export function asJson(value: unknown): Json {
  return value === undefined ? null : (value as Json);
}

function listed(path: string, name: string, list: readonly Schema[] | undefined): readonly SubSchema[] {
  return (list ?? []).map((schema, index) => ({ path: `${path}.${name}[${index}]`, schema }));
}

/** The schemas of the values inside of a value. */
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

/** The schemas of further conditions on a value. */
export function schemasBeside(schema: Schema, path: string): readonly SubSchema[] {
  return [
    ...listed(path, 'allOf', schema.allOf),
    ...listed(path, 'anyOf', schema.anyOf),
    ...listed(path, 'oneOf', schema.oneOf),
    ...(schema.not === undefined ? [] : [{ path: `${path}.not`, schema: schema.not }]),
  ];
}
