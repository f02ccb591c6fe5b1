/**
 * The internal form of schemas, which pruning, defaulting and validation use.
 * @module
 */
import type { Json } from '../object.ts';
import { formatCheck, type FormatCheck } from './formats.ts';
import { textPattern, type TextPattern } from './text-pattern.ts';
import type { Schema, SchemaType } from './schema.ts';

/** The conditions of a schema on a value itself, without those on the values inside of it. */
export interface Conditions {
  readonly enum: readonly Json[];
  /** Empty if there is no format, or one that is not checked. */
  readonly format: string;
  /** Returns whether a text has the format. Undefined for formats of numbers. */
  readonly ofFormat: FormatCheck | undefined;
  readonly pattern: TextPattern | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly exclusiveMaximum: boolean;
  readonly multipleOf: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  readonly required: readonly string[];
}

/** A compiled schema: names are in Maps (a field may be called `__proto__`), missing lists are empty, patterns are compiled. */
export interface Structural extends Conditions {
  /** An empty list means any type. Several types are alternatives. */
  readonly types: readonly SchemaType[];
  readonly nullable: boolean;
  /** Undefined without a default; a default of `null` counts as none. */
  readonly default: Json | undefined;
  readonly properties: ReadonlyMap<string, Structural>;
  /** True if other fields are allowed without a schema. Undefined if other fields are unknown. */
  readonly additionalProperties: Structural | boolean | undefined;
  readonly items: Structural | undefined;
  readonly allOf: readonly Structural[];
  readonly anyOf: readonly Structural[];
  readonly oneOf: readonly Structural[];
  readonly not: Structural | undefined;
  readonly preserveUnknownFields: boolean;
  readonly embeddedResource: boolean;
  readonly listType: 'atomic' | 'map' | 'set' | undefined;
  readonly listMapKeys: readonly string[];
  /** True if this schema or an inner one describes a list that is a set or a map. */
  readonly holdsLists: boolean;
  /** True if this schema or an inner one describes an embedded resource. */
  readonly holdsResources: boolean;
}

function typesOf(schema: Schema): readonly SchemaType[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return schema.type === undefined ? [] : [schema.type];
}

function conditions(schema: Schema, types: readonly SchemaType[]): Conditions {
  const { format, ofFormat } = formatCheck(schema.format ?? '', types);
  return {
    enum: schema.enum ?? [],
    format,
    ofFormat,
    pattern: schema.pattern === undefined || schema.pattern === '' ? undefined : textPattern(schema.pattern),
    minLength: schema.minLength,
    maxLength: schema.maxLength,
    minimum: schema.minimum,
    maximum: schema.maximum,
    exclusiveMinimum: schema.exclusiveMinimum ?? false,
    exclusiveMaximum: schema.exclusiveMaximum ?? false,
    multipleOf: schema.multipleOf,
    minItems: schema.minItems,
    maxItems: schema.maxItems,
    minProperties: schema.minProperties,
    maxProperties: schema.maxProperties,
    required: schema.required ?? [],
  };
}

/** Returns the internal form of a schema. The caller has checked the schema. */
export function structural(schema: Schema): Structural {
  const types = typesOf(schema);
  const properties = new Map(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, structural(field)]));
  const { additionalProperties: others, 'x-kubernetes-list-type': listType } = schema;
  const additionalProperties = typeof others === 'object' ? structural(others) : others;
  const items = schema.items === undefined ? undefined : structural(schema.items);
  const embeddedResource = schema['x-kubernetes-embedded-resource'] ?? false;
  const inside = [...properties.values(), additionalProperties, items].filter((one) => typeof one === 'object');
  return {
    ...conditions(schema, types),
    types,
    nullable: schema.nullable ?? false,
    default: schema.default ?? undefined,
    properties,
    additionalProperties,
    items,
    allOf: (schema.allOf ?? []).map(structural),
    anyOf: (schema.anyOf ?? []).map(structural),
    oneOf: (schema.oneOf ?? []).map(structural),
    not: schema.not === undefined ? undefined : structural(schema.not),
    preserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] ?? false,
    embeddedResource,
    listType,
    listMapKeys: schema['x-kubernetes-list-map-keys'] ?? [],
    holdsLists: listType === 'set' || listType === 'map' || inside.some((one) => one.holdsLists),
    holdsResources: embeddedResource || inside.some((one) => one.holdsResources),
  };
}

/** Returns the schema of a field: its own, or that of additional properties. */
export function fieldSchema(schema: Structural, name: string): Structural | undefined {
  const own = schema.properties.get(name);
  if (own !== undefined) return own;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}
