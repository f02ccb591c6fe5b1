/**
 * Rules for the content of a custom resource's objects: its schema, and the functions of its definition.
 * @module
 */
import { requireSync } from '../../projections/results.ts';
import { forbiddenField, invalidField } from '../wire/field-error.ts';
import type { JsonObject } from '../wire/json.ts';
import type { KubernetesObject, Json } from '../wire/object.ts';
import { type CompiledSchema, compileSchema } from '../wire/schema/compile-schema.ts';
import type { NullTreatment } from '../wire/schema/defaulting.ts';
import type { Schema } from '../wire/schema/schema.ts';
import type { StatusCause } from '../wire/status.ts';
import type { CustomResourceDefinition, WriteInfo } from './custom-definition.ts';
import type { User } from './request-context.ts';
import { scaleProblems } from './scale.ts';

/** The maximum number of problems of `validate` that are read. */
const MAX_PROBLEMS = 1000;

/** An object from a request, after the schema was applied. */
export interface ReadContent {
  /** The object without unknown fields and with defaults. */
  readonly object: KubernetesObject;
  /** The paths of the unknown fields. */
  readonly unknown: readonly string[];
}

/** The context of a write. */
export interface WriteContext {
  readonly user: User | undefined;
  /** Whether nothing will be stored. */
  readonly dryRun: boolean;
  /** The object that is replaced; undefined for a create. */
  readonly old: KubernetesObject | undefined;
  /** The part of the object that is written. */
  readonly part: 'main' | 'status';
}

/** The rules of one resource. */
export interface ContentRules {
  /**
   * Returns the object without unknown fields and with defaults.
   * @param nulls `keep` for the result of an apply: a null that the schema does not allow is a problem there, not a missing field
   */
  read(object: KubernetesObject, nulls?: NullTreatment): ReadContent;
  /** Returns the object after the user's `mutate`. The framework's own fields must be set before. */
  mutated(object: KubernetesObject, context: WriteContext): KubernetesObject;
  /** Returns the problems of an object, one cause for each field. */
  problems(object: KubernetesObject, context: WriteContext): Iterable<StatusCause>;
}

/**
 * Returns the rules of a definition.
 * @throws TypeError that names the places where the schema is not structural
 */
export function contentRulesOf<R>({
  plural,
  schema,
  scale,
  mutate,
  validate,
}: CustomResourceDefinition<R>): ContentRules {
  const compiled = schema === undefined ? undefined : compiledFor(plural, schema);
  // The type argument of a definition is the user's statement about the objects that its schema accepts.
  const info = ({ user, dryRun, old }: WriteContext): WriteInfo<R> => ({ user, dryRun, old: old as R | undefined });
  return {
    read(object, nulls) {
      if (compiled === undefined) return { object, unknown: [] };
      const { object: pruned, unknown } = compiled.pruned(object as JsonObject<Json>);
      return { object: compiled.defaulted(pruned, nulls), unknown };
    },
    mutated: (object, context) =>
      mutate === undefined
        ? object
        : (requireSync('function mutate', mutate(object as R, info(context))) as KubernetesObject),
    *problems(object, context) {
      const [now, old] = [object as JsonObject<Json>, context.old as JsonObject<Json> | undefined];
      if (compiled !== undefined) {
        yield* context.part === 'status' && old !== undefined
          ? compiled.validateStatus(now, old)
          : compiled.validate(now, old);
      }
      if (scale !== undefined) yield* scaleProblems(now, scale);
      if (validate === undefined) return;
      let count = 0;
      for (const { field, message, value } of requireSync('function validate', validate(object as R, info(context)))) {
        // A generator may have no end.
        if ((count += 1) > MAX_PROBLEMS) return;
        yield value === undefined ? forbiddenField(field, message) : invalidField(field, value, message);
      }
    },
  };
}

/** Compiles a schema. @throws TypeError that names the resource and the places in its schema */
function compiledFor(plural: string, schema: Schema): CompiledSchema {
  try {
    return compileSchema(schema);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(`resource ${plural}: ${error.message}`, { cause: error });
  }
}
