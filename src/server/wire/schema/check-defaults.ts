import type { StatusCause } from '../api-error.ts';
import type { Json } from '../object.ts';
import { schemasInside } from './definition-problems.ts';
import { embeddedResourceCauses } from './embedded-resources.ts';
import { invalidValue, NO_FIELD } from './field-causes.ts';
import { listTypeCauses } from './list-types.ts';
import { pruneValue } from './pruning.ts';
import type { Schema } from './schema.ts';
import { structural, type Structural } from './structural.ts';
import { valueCauses } from './value-causes.ts';

// Whether defaults are values of their schemas (apiextensions' schema/defaulting/validation.go). Upstream does not look at those inside
// of additionalProperties, nor for duplicates in lists.

function located({ field = NO_FIELD, ...cause }: StatusCause, path: string): StatusCause {
  return {
    ...cause,
    field: field === NO_FIELD || field === '' ? path : field.startsWith('[') ? `${path}${field}` : `${path}.${field}`,
  };
}

function ofDefault(value: Json, schema: Structural, path: string): readonly StatusCause[] {
  if (pruneValue(value, schema).unknown.length > 0) return [invalidValue(path, value, 'must not have unknown fields')];
  const causes = [
    ...embeddedResourceCauses(value, schema),
    ...valueCauses(value, schema),
    ...listTypeCauses(value, schema),
  ];
  return causes.map((cause) => located(cause, path));
}

/** What is wrong with the defaults of a schema that is otherwise right. */
export function* defaultProblems(schema: Schema, path: string): Iterable<StatusCause> {
  if (schema.default !== undefined && schema.default !== null) {
    yield* ofDefault(schema.default, structural(schema), `${path}.default`);
  }
  for (const sub of schemasInside(schema, path)) yield* defaultProblems(sub.schema, sub.path);
}
