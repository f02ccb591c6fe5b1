/**
 * What the objects of a custom resource may hold.
 * @module
 */
import type { User } from './request-context.ts';
import { forbiddenField, invalidField } from '../wire/field-error.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { type CompiledSchema, compileSchema } from '../wire/schema/compile-schema.ts';
import type { Schema } from '../wire/schema/schema.ts';
import type { JsonObject } from '../wire/schema/json-value.ts';
import type { StatusCause } from '../wire/status.ts';
import type { CustomResourceDefinition, WriteInfo } from './custom-definition.ts';
import { scaleProblems } from './scale.ts';

/** An object as it was sent, made what it is to be. */
export interface ReadContent {
  /** Without the fields that nobody knows, with those that have a default. */
  readonly object: KubernetesObject;
  /** Paths of the fields that nobody knows. */
  readonly unknown: readonly string[];
}

/** Who writes, and how: what functions of the user are given. */
export interface WriteContext {
  readonly user: User | undefined;
  /** Nothing is stored in the end. */
  readonly dryRun: boolean;
  /** The object that is replaced; undefined on a create. */
  readonly old: KubernetesObject | undefined;
  /** What of the object is written. */
  readonly part: 'main' | 'status';
}

/** Rules for content; made of a schema and functions of the user. */
export interface Content {
  read(object: KubernetesObject): ReadContent;
  /** Fills in and changes what the user's functions do, after the framework's own fields are there. */
  mutated(object: KubernetesObject, context: WriteContext): KubernetesObject;
  /** What is wrong with an object: one cause for each field. */
  problems(object: KubernetesObject, context: WriteContext): Iterable<StatusCause>;
}

/** The rules of a definition. @throws TypeError for a schema that is not structural, naming the places */
export function contentOf<R>({ plural, schema, scale, mutate, validate }: CustomResourceDefinition<R>): Content {
  const compiled = schema === undefined ? undefined : compiledFor(plural, schema);
  // Objects are what the definition says they are: its type argument speaks of what its schema lets in.
  const info = ({ user, dryRun, old }: WriteContext): WriteInfo<R> => ({ user, dryRun, old: old as R | undefined });
  return {
    read(object) {
      if (compiled === undefined) return { object, unknown: [] };
      const { object: pruned, unknown } = compiled.pruned(object as JsonObject);
      return { object: compiled.defaulted(pruned), unknown };
    },
    mutated: (object, context) =>
      mutate === undefined ? object : (mutate(object as R, info(context)) as KubernetesObject),
    *problems(object, context) {
      const [now, old] = [object as JsonObject, context.old as JsonObject | undefined];
      if (compiled !== undefined) {
        yield* context.part === 'status' && old !== undefined
          ? compiled.validateStatus(now, old)
          : compiled.validate(now, old);
      }
      if (scale !== undefined) yield* scaleProblems(now, scale);
      if (validate === undefined) return;
      for (const { field, message, value } of validate(object as R, info(context))) {
        yield value === undefined ? forbiddenField(field, message) : invalidField(field, value, message);
      }
    },
  };
}

/** @throws TypeError naming the resource, too */
function compiledFor(plural: string, schema: Schema): CompiledSchema {
  try {
    return compileSchema(schema);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(`resource ${plural}: ${error.message}`, { cause: error });
  }
}
