/**
 * The schemas of a resource's kind and list in OpenAPI documents, as apiextensions publishes them.
 * @module
 */
import {
  type Dialect,
  type DescribedVersion,
  listKindOf,
  type OpenApiResource,
  type OpenApiSchema,
  schemaName,
} from './openapi-resource.ts';
import { isJsonObject } from '../json.ts';
import { metaNames, typeFields } from './meta-schemas.ts';

const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';
const INT_OR_STRING = 'x-kubernetes-int-or-string';
const METADATA = 'Metadata of the object.';

/** The schema of a resource that declares no schema: any object. */
const open: OpenApiSchema = { type: 'object', [PRESERVE]: true };

/** Returns the schemas of a resource's kind and of its list, by name. */
export function kindSchemas(
  groupVersion: DescribedVersion,
  resource: OpenApiResource,
  dialect: Dialect,
): Readonly<Record<string, OpenApiSchema>> {
  const { kind, plural, selectableFields = [] } = resource;
  const listKind = listKindOf(resource);
  const name = schemaName(groupVersion, kind);
  const groupVersionKind = (ofKind: string): OpenApiSchema => ({
    'x-kubernetes-group-version-kind': [{ group: groupVersion.group, version: groupVersion.version, kind: ofKind }],
  });
  return {
    [name]: {
      ...objectSchema(resource.schema === undefined ? open : { ...resource.schema }, dialect),
      ...groupVersionKind(kind),
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
      ...groupVersionKind(listKind),
    },
  };
}

/** Returns the schema of a whole object, with the fields that all objects have, as apiextensions publishes it. */
function objectSchema(schema: OpenApiSchema, dialect: Dialect): OpenApiSchema {
  const whole = mapped(schema, (inner) => withEmbedded(withAlternatives(inner), dialect));
  if (dialect.version === 3) return withTypeFields(whole, dialect);
  // kubectl accepts any field of an object without declared fields.
  if (schema[PRESERVE] === true || schema['nullable'] === true) return { type: 'object' };
  return withTypeFields(loweredSchema(whole), dialect);
}

function withTypeFields(schema: OpenApiSchema, { reference }: Dialect): OpenApiSchema {
  return {
    ...schema,
    type: 'object',
    properties: {
      ...(isJsonObject(schema['properties']) ? schema['properties'] : {}),
      ...typeFields,
      metadata: reference(metaNames.objectMeta, METADATA),
    },
  };
}

/** Adds the common fields of objects to embedded objects. */
function withEmbedded(schema: OpenApiSchema, dialect: Dialect): OpenApiSchema {
  if (schema[EMBEDDED] !== true) return schema;
  const required = Array.isArray(schema['required']) ? (schema['required'] as readonly unknown[]) : [];
  return { ...withTypeFields(schema, dialect), required: [...new Set([...required, 'kind', 'apiVersion'])] };
}

/** Adds the alternatives integer and string to an int-or-string, for readers that do not support the extension. */
function withAlternatives(schema: OpenApiSchema): OpenApiSchema {
  return schema[INT_OR_STRING] !== true || schema['anyOf'] !== undefined || schema['allOf'] !== undefined
    ? schema
    : { ...schema, anyOf: [{ type: 'integer' }, { type: 'string' }] };
}

/** Keywords that OpenAPI v2 does not have, or that kubectl's reader of it misunderstands. */
const DROPPED = ['default', 'nullable', 'allOf', 'anyOf', 'oneOf', 'not'] as const;
/** Keywords to remove from a value that may be null or have any field, because v2 cannot describe such a value. */
const OPEN = ['type', 'properties', 'items', 'required'] as const;

function without(schema: OpenApiSchema, keys: readonly string[]): OpenApiSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

/**
 * Converts a structural schema to OpenAPI v2, like apiextensions. The result accepts every value that the schema accepts, and more. A
 * nullable field is not required, because kubectl treats null as missing.
 */
function loweredSchema(schema: OpenApiSchema): OpenApiSchema {
  return mapped(mapped(schema, withoutRequiredNulls), (inner) => {
    const isOpen = inner['nullable'] === true || inner['x-kubernetes-preserve-unknown-fields'] === true;
    return without(inner, isOpen ? [...DROPPED, ...OPEN] : DROPPED);
  });
}

function withoutRequiredNulls(schema: OpenApiSchema): OpenApiSchema {
  const { properties, required } = schema;
  if (!isJsonObject(properties) || !Array.isArray(required)) return schema;
  const kept = required.filter((name: string) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return !(isJsonObject(property) && property['nullable'] === true);
  });
  return kept.length === 0 ? without(schema, ['required']) : { ...schema, required: kept };
}

/**
 * Returns a copy of a structural schema in which each schema (properties, items, additional properties, and the whole) is replaced. Inner
 * schemas are replaced first.
 */
function mapped(schema: OpenApiSchema, replace: (schema: OpenApiSchema) => OpenApiSchema): OpenApiSchema {
  const inner = (value: unknown): unknown => (isJsonObject(value) ? mapped(value, replace) : value);
  const { properties, items, additionalProperties } = schema;
  return replace({
    ...schema,
    ...(isJsonObject(properties)
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, inner(value)])) }
      : {}),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: inner(additionalProperties) }),
  });
}
