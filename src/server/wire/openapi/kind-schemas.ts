import type { Dialect } from './openapi-resource.ts';
import { metaNames, typeFields } from './meta-schemas.ts';
import {
  type GroupVersion,
  listKindOf,
  type OpenApiResource,
  type OpenApiSchema,
  schemaName,
} from './openapi-resource.ts';

const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';
const INT_OR_STRING = 'x-kubernetes-int-or-string';
const METADATA = 'Metadata of the object.';

/** Any object: what there is to say of a resource without a schema. */
const open: OpenApiSchema = { type: 'object', [PRESERVE]: true };

/** The schemas of a resource's kind and of its list, by name. */
export function kindSchemas(
  groupVersion: GroupVersion,
  resource: OpenApiResource,
  dialect: Dialect,
): Readonly<Record<string, OpenApiSchema>> {
  const { kind, plural, selectableFields = [] } = resource;
  const listKind = listKindOf(resource);
  const name = schemaName(groupVersion, kind);
  const claim = (claimed: string): OpenApiSchema => ({
    'x-kubernetes-group-version-kind': [{ group: groupVersion.group, version: groupVersion.version, kind: claimed }],
  });
  return {
    [name]: {
      ...objectSchema(resource.schema === undefined ? open : { ...resource.schema }, dialect),
      ...claim(kind),
      ...(selectableFields.length === 0
        ? {}
        : { 'x-kubernetes-selectable-fields': selectableFields.map((fieldPath) => ({ fieldPath })) }),
    },
    [schemaName(groupVersion, listKind)]: {
      description: `A list of ${plural}.`,
      type: 'object',
      required: ['items'],
      properties: {
        ...typeFields,
        items: { description: `The ${plural}.`, type: 'array', items: dialect.reference(name) },
        metadata: dialect.reference(metaNames.listMeta, 'Metadata of the list.'),
      },
      ...claim(listKind),
    },
  };
}

/** The schema of a whole object, as apiextensions publishes it: with the fields that all objects have, whatever it says of them. */
function objectSchema(schema: OpenApiSchema, dialect: Dialect): OpenApiSchema {
  const whole = mapped(schema, (inner) => withEmbedded(withAlternatives(inner), dialect));
  if (dialect.version === 3) return withTypeFields(whole, dialect);
  // kubectl takes any field of an object of which it knows none.
  if (schema[PRESERVE] === true || schema['nullable'] === true) return { type: 'object' };
  return withTypeFields(loweredSchema(whole), dialect);
}

function withTypeFields(schema: OpenApiSchema, { reference }: Dialect): OpenApiSchema {
  return {
    ...schema,
    type: 'object',
    properties: {
      ...(isObject(schema['properties']) ? schema['properties'] : {}),
      ...typeFields,
      metadata: reference(metaNames.objectMeta, METADATA),
    },
  };
}

/** An object within an object has the fields of objects, too. */
function withEmbedded(schema: OpenApiSchema, dialect: Dialect): OpenApiSchema {
  if (schema[EMBEDDED] !== true) return schema;
  const required = Array.isArray(schema['required']) ? (schema['required'] as readonly unknown[]) : [];
  return { ...withTypeFields(schema, dialect), required: [...new Set([...required, 'kind', 'apiVersion'])] };
}

/** What `x-kubernetes-int-or-string` means, for who does not know it. */
function withAlternatives(schema: OpenApiSchema): OpenApiSchema {
  return schema[INT_OR_STRING] !== true || schema['anyOf'] !== undefined || schema['allOf'] !== undefined
    ? schema
    : { ...schema, anyOf: [{ type: 'integer' }, { type: 'string' }] };
}

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
