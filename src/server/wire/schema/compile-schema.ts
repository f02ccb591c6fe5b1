import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { defaultProblems } from './defaulting.ts';
import { keywordProblems } from './check-keywords.ts';
import { listTypeProblems } from './check-list-types.ts';
import { structureProblems } from './check-structure.ts';
import { applyDefaults } from './defaulting.ts';
import { schemasBeside, schemasInside } from './field-causes.ts';
import { embeddedResourceCauses } from './embedded-resources.ts';
import { NO_FIELD } from './field-causes.ts';
import { firstCauses } from './findings.ts';
import { isJsonObject, type JsonObject, ownField } from './json-value.ts';
import { listTypeCauses } from './list-types.ts';
import { type Pruned, prune } from './pruning.ts';
import type { Schema } from './schema.ts';
import { structural, type Structural } from './structural.ts';
import { valueCauses } from './value-causes.ts';

export type { Pruned } from './pruning.ts';

/**
 * The schema of a resource, ready for use. On the way of a write: `pruned` (what it lost is told or refused by fieldValidation), then
 * `defaulted`, then `validate`. All are pure: the objects given are neither changed nor kept, and an object that needs no change comes
 * back as it is. What is returned shares with what was given, so treat both as immutable.
 *
 * Meant for objects from JSON, whose depth the server bounds. The time of each is in proportion to the size of the object, times that
 * of the schema where it has alternatives.
 */
export interface CompiledSchema {
  /** As it was given: what OpenAPI documents are made of. */
  readonly schema: Schema;

  /** Gives fields that were left out (or are `null`, and may not be) their defaults. */
  defaulted(object: JsonObject): JsonObject;

  /** Drops fields that the schema does not know. `apiVersion`, `kind` and `metadata` are kept. */
  pruned(object: JsonObject): Pruned;

  /**
   * What is wrong with an object, as causes of a 422; none when it is valid. Never throws. Nothing is said of `apiVersion`, `kind` and
   * `metadata` of the object itself beyond what its schema says of them.
   *
   * No more than `maxCauses` are told, and no more than `maxCauseLength` characters begun.
   *
   * With `old`, the object before an update: what was wrong with it, and has not changed, is not told (KEP-4008).
   */
  validate(object: JsonObject, old?: JsonObject): readonly StatusCause[];

  /**
   * The same for a write of the status subresource: only `status` is checked (and, in all of the object, lists that are sets or maps).
   * Upstream names the fields in these texts from the status on: `status.phase: … phase in body must be of type string`.
   */
  validateStatus(object: JsonObject, old: JsonObject): readonly StatusCause[];
}

function* subProblems(schema: Schema, path: string): Iterable<StatusCause> {
  yield* listTypeProblems(schema, path);
  for (const sub of [...schemasInside(schema, path), ...schemasBeside(schema, path)]) {
    yield* subProblems(sub.schema, sub.path);
  }
}

/** Each kind of check relies on those before it. */
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

function statusCauses(object: JsonObject, old: JsonObject, schema: Structural): readonly StatusCause[] {
  const own = schema.properties.get('status');
  const status = ownField(object, 'status');
  if (own === undefined || status === undefined) return [];
  return valueCauses(status, own, ownField(old, 'status')).map(underStatus);
}

/** Duplicates that are new: where there were some before, all are let pass. */
function listCauses(object: JsonObject, old: Json | undefined, schema: Structural): readonly StatusCause[] {
  const causes = firstCauses(listTypeCauses(object, schema));
  const before = causes.length > 0 && isJsonObject(old) ? firstCauses(listTypeCauses(old, schema)) : [];
  return before.length > 0 ? [] : causes;
}

/**
 * Checks a schema and makes it ready. It must be structural, as schemas of CustomResourceDefinitions are: each value has a type (or is
 * an int-or-string, or keeps unknown fields), and `allOf`, `anyOf`, `oneOf` and `not` hold conditions only. See `Schema` for the rest.
 *
 * @throws TypeError that names, by their paths in the schema, all places where it is not.
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
    defaulted: (object) => applyDefaults(object, compiled),
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
