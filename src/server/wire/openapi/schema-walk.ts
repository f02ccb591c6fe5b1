import type { OpenApiSchema } from './openapi-resource.ts';

/** Whether a value of a document is a JSON object. */
export function isObject(value: unknown): value is OpenApiSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A copy of a structural schema in which every schema (properties, items, additional properties, and the whole; the innermost first) has
 * been replaced by another.
 */
export function mapped(schema: OpenApiSchema, replace: (schema: OpenApiSchema) => OpenApiSchema): OpenApiSchema {
  const inner = (value: unknown): unknown => (isObject(value) ? mapped(value, replace) : value);
  const { properties, items, additionalProperties } = schema;
  return replace({
    ...schema,
    ...(isObject(properties)
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, inner(value)])) }
      : {}),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: inner(additionalProperties) }),
  });
}
