/** A schema, or another object of a document. Never changed. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

/** A kind as OpenAPI names it in `x-kubernetes-group-version-kind`. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A subresource: `status` has the kind of its resource, `scale` is autoscaling/v1 Scale, any other is of no known form. */
export interface OpenApiSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly kind?: string | undefined;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
}

/** What the documents need to know of a resource. */
export interface OpenApiResource {
  readonly kind: string;
  /** @default the kind with `List` */
  readonly listKind?: string | undefined;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources?: readonly OpenApiSubresource[] | undefined;
  /** A structural schema (`../schema/schema.ts`) of the whole object. Without one, objects are open: any field is taken. */
  readonly schema?: object | undefined;
  /** `status.phase` */
  readonly selectableFields?: readonly string[] | undefined;
}

/** What is served in one version of a group. */
export interface OpenApiGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly OpenApiResource[];
}

/** Group and version that a resource is served in. */
export type GroupVersion = Pick<OpenApiGroupVersion, 'group' | 'version'>;

/** `PodSummaryList` */
export function listKindOf({ kind, listKind }: OpenApiResource): string {
  return listKind ?? `${kind}List`;
}

/**
 * The name of a kind's schema: reverse-DNS, so that an aggregator can put the documents of many servers into one.
 *
 * @example
 * schemaName({ group: 'example.com', version: 'v1' }, 'PodSummary') // 'com.example.v1.PodSummary'
 */
export function schemaName({ group, version }: GroupVersion, kind: string): string {
  return [...group.split('.').toReversed(), version, kind].join('.');
}

/** What differs between the schemas of OpenAPI v2 and v3. */
export interface Dialect {
  readonly version: 2 | 3;
  /** Where named schemas stand in a document. */
  readonly prefix: string;
  /** A schema that is another one, by name. v3 has no room for a description beside a reference, so it is wrapped. */
  readonly reference: (name: string, description?: string) => OpenApiSchema;
}

const V2_PREFIX = '#/definitions/';
const V3_PREFIX = '#/components/schemas/';

export const openApiV2Dialect: Dialect = {
  version: 2,
  prefix: V2_PREFIX,
  reference: (name, description) => ({
    ...(description === undefined ? {} : { description }),
    $ref: `${V2_PREFIX}${name}`,
  }),
};

export const openApiV3Dialect: Dialect = {
  version: 3,
  prefix: V3_PREFIX,
  reference: (name, description) => {
    const reference = { $ref: `${V3_PREFIX}${name}` };
    return description === undefined ? reference : { description, allOf: [reference] };
  },
};
