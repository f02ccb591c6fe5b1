/**
 * Compiled schemas of custom resources: defaults, pruning and validation of objects.
 * @module
 */
import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { applyDefaults, defaultProblems, type NullTreatment } from './defaulting.ts';
import { keywordProblems } from './check-keywords.ts';
import { listTypeProblems } from './check-list-types.ts';
import { structureProblems } from './check-structure.ts';
import { schemasBeside, schemasInside, NO_FIELD } from './field-causes.ts';
import { embeddedResourceCauses } from './embedded-resources.ts';
import { firstCauses } from './findings.ts';
import { type JsonObject, isJsonObject, memberOf } from '../json.ts';
import { listTypeCauses } from './list-types.ts';
import { type Pruned, prune } from './pruning.ts';
import type { Schema } from './schema.ts';
import { structural, type Structural } from './structural.ts';
import { valueCauses } from './value-causes.ts';

export type { Pruned } from './pruning.ts';

/**
 * The schema of a resource, ready for use. A write calls `pruned` (fieldValidation decides about the removed fields), then `defaulted`,
 * then `validate`. No function changes its arguments. A result may be the argument itself or share parts with it, so callers must not
 * change either. Objects must come from JSON, whose depth the server limits. The time is proportional to the size of the object; with
 * alternatives, also to the size of the schema.
 */
export interface CompiledSchema {
  /** The original schema, from which OpenAPI documents are made. */
  readonly schema: Schema;

  /**
   * Sets the defaults of fields that are missing, or are `null` and must not be. Such a null without a default is removed, or kept for
   * `validate` to refuse.
   */
  defaulted(object: JsonObject<Json>, nulls?: NullTreatment): JsonObject<Json>;

  /** Removes fields that the schema does not declare. It keeps `apiVersion`, `kind` and `metadata`. */
  pruned(object: JsonObject<Json>): Pruned;

  /**
   * Returns the causes for a 422; an empty list if the object is valid. Never throws. It checks `apiVersion`, `kind` and `metadata` of
   * the object itself only against its schema. It returns at most `maxCauses` causes, and stops after `maxCauseLength` characters. With
   * `old`, the object before an update, problems in unchanged values are ignored (KEP-4008).
   */
  validate(object: JsonObject<Json>, old?: JsonObject<Json>): readonly StatusCause[];

  /**
   * Validates a write of the status subresource: only `status` is checked, and lists that are sets or maps in the whole object. Upstream
   * names the fields in these messages relative to the status: `status.phase: … phase in body must be of type string`.
   */
  validateStatus(object: JsonObject<Json>, old: JsonObject<Json>): readonly StatusCause[];
}

function* subProblems(schema: Schema, path: string): Iterable<StatusCause> {
  yield* listTypeProblems(schema, path);
  for (const sub of [...schemasInside(schema, path), ...schemasBeside(schema, path)]) {
    yield* subProblems(sub.schema, sub.path);
  }
}

/** Returns the problems of the first kind of check that finds any, because later checks require a schema without these problems. */
function definitionProblems(schema: Schema): readonly StatusCause[] {
  const path = 'schema';
  const keywords = [...keywordProblems(schema, path)];
  if (keywords.length > 0) return keywords;
  const structure = [...structureProblems(schema, path), ...subProblems(schema, path)];
  return structure.length > 0 ? structure : [...defaultProblems(schema, path)];
}

function underStatus({ field = NO_FIELD, ...cause }: StatusCause): StatusCause {
  return {
    ...cause,
    field: field === NO_FIELD ? 'status' : `status.${field}`,
  };
}

function statusCauses(object: JsonObject<Json>, old: JsonObject<Json>, schema: Structural): readonly StatusCause[] {
  const own = schema.properties.get('status');
  const status = memberOf(object, 'status');
  if (own === undefined || status === undefined) return [];
  return valueCauses(status, own, memberOf(old, 'status')).map(underStatus);
}

/** Returns the duplicates in lists. If the object had duplicates before the update, none are reported. */
function listCauses(object: JsonObject<Json>, old: Json | undefined, schema: Structural): readonly StatusCause[] {
  const causes = firstCauses(listTypeCauses(object, schema));
  const before = causes.length > 0 && isJsonObject(old) ? firstCauses(listTypeCauses(old, schema)) : [];
  return before.length > 0 ? [] : causes;
}

/**
 * Checks and compiles a schema. It must be structural, like schemas of CustomResourceDefinitions: each value has a type (or is an
 * int-or-string, or preserves unknown fields), and `allOf`, `anyOf`, `oneOf` and `not` contain only conditions. See `Schema` for the
 * rest.
 * @throws TypeError with the path and the message of each problem
 */
export function compileSchema(schema: Schema): CompiledSchema {
  const problems = definitionProblems(schema);
  if (problems.length > 0) {
    const texts = problems.map(({ field = '', message = '' }) => `${field}: ${message}`);
    throw new TypeError(`the schema cannot be used: ${[...new Set(texts)].join('; ')}`);
  }
  const compiled = structural(schema);
  return {
    schema,
    defaulted: (object, nulls) => applyDefaults(object, compiled, nulls),
    pruned: (object) => prune(object, compiled),
    validate: (object, old) =>
      firstCauses(
        valueCauses(object, compiled, old),
        embeddedResourceCauses(object, compiled),
        listCauses(object, old, compiled),
      ),
    validateStatus: (object, old) =>
      firstCauses(statusCauses(object, old, compiled), listCauses(object, old, compiled)),
  };
}
