import type { Json } from '../object.ts';

/** The types a value may have. There is no `null`: see `nullable`. */
export type SchemaType = 'array' | 'boolean' | 'integer' | 'number' | 'object' | 'string';

/** A rule in CEL. Not supported: a schema with one is refused when it is compiled. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string | undefined;
  readonly [field: string]: unknown;
}

/**
 * The schema of a resource, or of one field of it: `JSONSchemaProps` of apiextensions.k8s.io/v1, which is OpenAPI 3.0 with the
 * extensions of Kubernetes, as one writes it under `openAPIV3Schema` of a CustomResourceDefinition.
 *
 * It must be structural (see `compileSchema`): what fields there are, and of what type, is said outside of `allOf`, `anyOf`, `oneOf` and
 * `not`; inside of these are only further conditions on values.
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
  /** Whether `null` is a value. Where it is not, a `null` counts as a field that was left out. */
  readonly nullable?: boolean | undefined;
  /** What a field is when it is left out. */
  readonly default?: Json | undefined;

  /** The fields of an object. Others are dropped. */
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  /** An object with any fields, all of this schema; `true`: of none. Not together with `properties`. */
  readonly additionalProperties?: Schema | boolean | undefined;
  readonly items?: Schema | undefined;

  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly Json[] | undefined;
  /** Checked are the formats listed in formats.ts; others are for the reader. */
  readonly format?: string | undefined;
  /** A regular expression in the syntax of RE2, found anywhere in the text unless it has anchors. */
  readonly pattern?: string | undefined;
  /** In Unicode code points. */
  readonly minLength?: number | undefined;
  /** In Unicode code points. Longer texts are not matched against `pattern`. */
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: boolean | undefined;
  readonly exclusiveMaximum?: boolean | undefined;
  readonly multipleOf?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  /** Only `false`: the API server refuses `true` for what it costs. Use `x-kubernetes-list-type: set`. */
  readonly uniqueItems?: boolean | undefined;
  readonly minProperties?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly allOf?: readonly Schema[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly not?: Schema | undefined;

  /** Fields that the schema does not name are kept, in this object (not in those below it that have a schema). */
  readonly 'x-kubernetes-preserve-unknown-fields'?: true | undefined;
  /** An integer or a string; without `type`. */
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined;
  /** An object with apiVersion, kind and metadata, which are kept and checked. */
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined;
  /** `set`: items are unique. `map`: the values of the `x-kubernetes-list-map-keys` are unique. Server-side apply merges by both. */
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set' | undefined;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | undefined;
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular' | undefined;
  /** Not supported: refused when it is compiled. */
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[] | undefined;
}
