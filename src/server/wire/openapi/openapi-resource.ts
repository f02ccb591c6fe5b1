/**
 * The input of OpenAPI documents: resources by group and version, and the two dialects (v2 and v3).
 * @module
 */
/** A schema, or another object of a document. Immutable. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

/** A kind as in `x-kubernetes-group-version-kind`. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A subresource. `status` has the schema of its resource, and `scale` that of an autoscaling/v1 Scale. Others have no schema. */
export interface OpenApiSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly kind?: string | undefined;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
}

/** A resource, with the properties that the documents contain. */
export interface OpenApiResource {
  readonly kind: string;
  /** @default the kind with `List` */
  readonly listKind?: string | undefined;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources?: readonly OpenApiSubresource[] | undefined;
  /** A structural schema (`../schema/schema.ts`) of the whole object. Without one, objects may have any field. */
  readonly schema?: object | undefined;
  /** The paths of the selectable fields, such as `status.phase`. */
  readonly selectableFields?: readonly string[] | undefined;
}

/** The resources of one version of a group. */
export interface OpenApiGroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly OpenApiResource[];
}

/** The group and version of a resource. */
export type DescribedVersion = Pick<OpenApiGroupVersion, 'group' | 'version'>;

/** Returns the kind of lists, such as `PodSummaryList`. */
export function listKindOf({ kind, listKind }: OpenApiResource): string {
  return listKind ?? `${kind}List`;
}

/**
 * Returns the name of a kind's schema. It is in reverse-DNS order, so that an aggregator can merge the documents of many servers.
 * @example
 * schemaName({ group: 'example.com', version: 'v1' }, 'PodSummary') // 'com.example.v1.PodSummary'
 */
export function schemaName({ group, version }: DescribedVersion, kind: string): string {
  return [...group.split('.').toReversed(), version, kind].join('.');
}

/** The differences between the schemas of OpenAPI v2 and v3. */
export interface Dialect {
  readonly version: 2 | 3;
  /** The prefix of references to named schemas. */
  readonly prefix: string;
  /** Returns a reference to a named schema. v3 does not allow a description beside a reference, so the reference is wrapped. */
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
