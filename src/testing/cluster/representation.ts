import type { Clock } from '../../clock.ts';
import type { Transform } from '../../server/wire/negotiation.ts';
import type { KubernetesObject, ListMeta } from '../../server/wire/object.ts';
import { partialObjectMetadata, partialObjectMetadataList } from '../../server/wire/partial-metadata.ts';
import { defaultColumns, parseIncludeObject, table } from '../../server/wire/table.ts';
import type { IncludeObject, TableColumn } from '../../server/wire/table.ts';
import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';
import { unreachable } from '../../unreachable.ts';
import { apiVersionOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';

/** The form in which a client gets the objects of a resource. */
export interface Representation {
  /** Equal for representations that give equal bytes of equal objects; undefined if the time of reading shows in them. */
  readonly cacheKey: string | undefined;
  /** @param isFirst false for all but the first event of a watch: they have no column definitions. */
  object(object: KubernetesObject, isFirst?: boolean): unknown;
  list(objects: readonly CompleteObject[], metadata: ListMeta): unknown;
}

const columnsOf = ({ columns = defaultColumns }: ResourceKind, now: number): readonly TableColumn<CompleteObject>[] =>
  typeof columns === 'function' ? columns(now) : columns;

const plain = (kind: ResourceKind): Representation => ({
  cacheKey: 'plain',
  object: (object) => ordered(object),
  list: (objects, metadata) => ({
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata,
    items: objects.map((object) => (kind.builtIn === true ? withoutType(object) : ordered(object))),
  }),
});

/** kind and apiVersion first, as upstream writes them. */
const ordered = ({ kind, apiVersion, ...rest }: KubernetesObject): KubernetesObject => ({ kind, apiVersion, ...rest });

const withoutType = ({ kind: _kind, apiVersion: _apiVersion, ...rest }: KubernetesObject): KubernetesObject => rest;

const partial = (version: 'v1' | 'v1beta1'): Representation => ({
  cacheKey: `partial/${version}`,
  object: (object) => partialObjectMetadata(object, version),
  list: (objects, metadata) => partialObjectMetadataList(objects, metadata, version),
});

const tabular = (
  kind: ResourceKind,
  version: 'v1' | 'v1beta1',
  includeObject: IncludeObject,
  clock: Clock,
): Representation => ({
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

/** @param clock for the ages in Tables */
export function representation(
  kind: ResourceKind,
  transform: Transform,
  query: URLSearchParams,
  clock: Clock,
): Representation {
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

/** JSON of an object without kind, apiVersion and the opening brace; made once, kept as long as the object. */
const bodies = new WeakMap<CompleteObject, string>();

const bodyOf = (object: CompleteObject): string => {
  const known = bodies.get(object);
  if (known !== undefined) return known;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  const body = JSON.stringify(rest).slice(1);
  bodies.set(object, body);
  return body;
};

/** The JSON of an object. */
export function objectJson(object: CompleteObject): string {
  return `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},${bodyOf(object)}`;
}

/** The JSON of a list of objects; those of built-in kinds carry no kind and apiVersion there. */
export function listJson(kind: ResourceKind, objects: readonly CompleteObject[], metadata: object): string {
  const items = objects.map((object) => (kind.builtIn === true ? `{${bodyOf(object)}` : objectJson(object))).join(',');
  return `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[${items}]}`;
}
