import type { OpenApiSchema } from './openapi-resource.ts';
import { isObject, mapped } from './schema-walk.ts';

/** What OpenAPI v2 has no words for, or kubectl's reader of it takes wrongly. */
const DROPPED = ['default', 'nullable', 'allOf', 'anyOf', 'oneOf', 'not'] as const;
/** A value that may be null, or have any field, is one of which nothing is known. */
const OPEN = ['type', 'properties', 'items', 'required'] as const;

function without(schema: OpenApiSchema, keys: readonly string[]): OpenApiSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

/**
 * A structural schema in the words of OpenAPI v2, as apiextensions lowers it: less is said, nothing wrong. A field that may be null
 * is not required either, since kubectl takes null for absent.
 */
export function loweredSchema(schema: OpenApiSchema): OpenApiSchema {
  return mapped(mapped(schema, withoutRequiredNulls), (inner) => {
    const isOpen = inner['nullable'] === true || inner['x-kubernetes-preserve-unknown-fields'] === true;
    return without(inner, isOpen ? [...DROPPED, ...OPEN] : DROPPED);
  });
}

function withoutRequiredNulls(schema: OpenApiSchema): OpenApiSchema {
  const { properties, required } = schema;
  if (!isObject(properties) || !Array.isArray(required)) return schema;
  const kept = required.filter((name: string) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return !(isObject(property) && property['nullable'] === true);
  });
  return kept.length === 0 ? without(schema, ['required']) : { ...schema, required: kept };
}
