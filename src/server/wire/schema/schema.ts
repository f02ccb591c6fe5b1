/**
 * Schemas of custom resources, as users write them.
 * @module
 */
import type { Json } from '../object.ts';

/** The types of values. For `null` see `nullable`. */
export type SchemaType = 'array' | 'boolean' | 'integer' | 'number' | 'object' | 'string';

/** A rule in CEL. CEL is not supported: `compileSchema` rejects a schema with a rule. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string | undefined;
  readonly [field: string]: unknown;
}

/**
 * The schema of a resource, or of one of its fields: `JSONSchemaProps` of apiextensions.k8s.io/v1, which is OpenAPI 3.0 with the
 * extensions of Kubernetes, as under `openAPIV3Schema` of a CustomResourceDefinition.
 *
 * It must be structural (see `compileSchema`): fields and their types are declared outside of `allOf`, `anyOf`, `oneOf` and `not`, which
 * contain only further conditions on values.
 *
 * @example
 * const schema: Schema = {
 *   type: 'object',
 *   properties: {
 *     spec: {
 *       type: 'object',
 *       required: ['title'],
 *       properties: { title: { type: 'string', maxLength: 80 }, done: { type: 'boolean', default: false } },
 *     },
 *   },
 * };
 */
export interface Schema {
  readonly type?: SchemaType | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly example?: Json | undefined;
  readonly externalDocs?: { readonly description?: string | undefined; readonly url?: string | undefined } | undefined;
  /** True if `null` is allowed. If it is not, a `null` counts as a missing field. */
  readonly nullable?: boolean | undefined;
  /** The value of a missing field. */
  readonly default?: Json | undefined;

  /** The fields of an object. Other fields are removed. */
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  /** The schema of all fields that have no name here; `true` allows any value. Not together with `properties`. */
  readonly additionalProperties?: Schema | boolean | undefined;
  readonly items?: Schema | undefined;

  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly Json[] | undefined;
  /** The format of the value. The formats of formats.ts are checked; others are documentation. */
  readonly format?: string | undefined;
  /** A regular expression in the syntax of RE2. It may match anywhere in the text, unless it has anchors. */
  readonly pattern?: string | undefined;
  /** The minimum length in Unicode code points. */
  readonly minLength?: number | undefined;
  /** The maximum length in Unicode code points. Longer texts are not matched against `pattern`. */
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: boolean | undefined;
  readonly exclusiveMaximum?: boolean | undefined;
  readonly multipleOf?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  /** Only `false`: the API server rejects `true` because of its cost. Use `x-kubernetes-list-type: set`. */
  readonly uniqueItems?: boolean | undefined;
  readonly minProperties?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly allOf?: readonly Schema[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly not?: Schema | undefined;

  /** Keeps fields that the schema does not name, in this object only (not in objects below it that have a schema). */
  readonly 'x-kubernetes-preserve-unknown-fields'?: true | undefined;
  /** An integer or a string. Used without `type`. */
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined;
  /** An object with apiVersion, kind and metadata, which are kept and validated. */
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined;
  /** `set`: items are unique. `map`: the values of the `x-kubernetes-list-map-keys` are unique. Server-side apply merges by both. */
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set' | undefined;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | undefined;
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular' | undefined;
  /** Not supported: `compileSchema` rejects it. */
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[] | undefined;
}
