/**
 * The forms in which clients receive objects: plain JSON, partial metadata and Tables. The JSON of an object is encoded
 * once and reused.
 * @module
 */
import type { Clock } from '../../../clock.ts';
import type { Transformation } from '../../../server/wire/negotiation.ts';
import type { KubernetesObject, ListMeta } from '../../../server/wire/object.ts';
import { partialObjectMetadata, partialObjectMetadataList } from '../../../server/wire/partial-metadata.ts';
import { type IncludeObject, parseIncludeObject, type TableColumn } from '../../../server/wire/table.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import { unreachable } from '../../../unreachable.ts';
import { apiVersionOf, type ResourceKind } from '../kinds/resource-kind.ts';
import { defaultColumns, table } from './table.ts';

/** The form in which a client receives the objects of a resource. */
export interface ClusterRepresentation {
  /**
   * Representations with equal keys encode an object to the same bytes. Undefined if the bytes depend on the time.
   */
  readonly cacheKey: string | undefined;
  /**
   * Returns the form of one object.
   * @param isFirst false for all events of a watch except the first, because they have no column definitions
   */
  object(object: KubernetesObject, isFirst?: boolean): unknown;
  list(objects: readonly CompleteObject[], metadata: ListMeta): unknown;
}

const columnsOf = ({ columns = defaultColumns }: ResourceKind, now: number): readonly TableColumn<CompleteObject>[] =>
  typeof columns === 'function' ? columns(now) : columns;

const plain = (kind: ResourceKind): ClusterRepresentation => ({
  cacheKey: 'plain',
  object: (object) => withTypeFirst(object),
  list: (objects, metadata) => ({
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata,
    items: objects.map((object) => (kind.builtIn === true ? withoutType(object) : withTypeFirst(object))),
  }),
});

/** Returns the object with kind and apiVersion first, in the order of kube-apiserver. */
const withTypeFirst = ({ kind, apiVersion, ...rest }: KubernetesObject): KubernetesObject => ({
  kind,
  apiVersion,
  ...rest,
});

const withoutType = ({ kind: _kind, apiVersion: _apiVersion, ...rest }: KubernetesObject): KubernetesObject => rest;

const partial = (version: 'v1' | 'v1beta1'): ClusterRepresentation => ({
  cacheKey: `partial/${version}`,
  object: (object) => partialObjectMetadata(object, version),
  list: (objects, metadata) => partialObjectMetadataList(objects, metadata, version),
});

const tabular = (
  kind: ResourceKind,
  version: 'v1' | 'v1beta1',
  includeObject: IncludeObject,
  clock: Clock,
): ClusterRepresentation => ({
  cacheKey: undefined,
  object: (object, isFirst = true) => {
    const options = { now: clock.now(), includeObject, version, withColumnDefinitions: isFirst };
    return table(columnsOf(kind, options.now), [object as CompleteObject], options);
  },
  list: (objects, metadata) => {
    const options = { now: clock.now(), includeObject, version, metadata };
    return table(columnsOf(kind, options.now), objects, options);
  },
});

/**
 * Returns the requested representation.
 * @param clock the clock for the ages in Tables
 */
export function representation(
  kind: ResourceKind,
  transform: Transformation,
  query: URLSearchParams,
  clock: Clock,
): ClusterRepresentation {
  switch (transform.as) {
    case 'Table':
      return tabular(kind, transform.version, parseIncludeObject(query), clock);
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return partial(transform.version);
    case 'APIGroupDiscoveryList':
    case 'none':
      return plain(kind);
    default:
      return unreachable(transform);
  }
}

/**
 * The JSON of each object without kind, apiVersion and the opening brace. It is cached as long as the object exists.
 */
const bodies = new WeakMap<CompleteObject, string>();

const bodyOf = (object: CompleteObject): string => {
  const known = bodies.get(object);
  if (known !== undefined) return known;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  const body = JSON.stringify(rest).slice(1);
  bodies.set(object, body);
  return body;
};

/** Returns the JSON of an object. */
export function objectJson(object: CompleteObject): string {
  return `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},${bodyOf(object)}`;
}

/** Returns the JSON of a list. Items of built-in kinds have no kind and apiVersion. */
export function listJson(kind: ResourceKind, objects: readonly CompleteObject[], metadata: object): string {
  const items = objects.map((object) => (kind.builtIn === true ? `{${bodyOf(object)}` : objectJson(object))).join(',');
  return `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[${items}]}`;
}
