import type { KubernetesObject } from '../../server/wire/object.ts';
import type { TableColumn } from '../../server/wire/table.ts';
import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';
import type { WrittenKind } from '../../server/wire/writes/written-kind.ts';
import type { UserInfo } from './users.ts';

export { apiVersionOf } from '../../server/wire/writes/written-kind.ts';
export type { NameRule } from '../../server/wire/writes/written-kind.ts';

/** Columns of a Table; a function of the time of reading (milliseconds since the epoch) where a cell tells a span of time. */
export type Columns =
  | readonly TableColumn<CompleteObject>[]
  | ((now: number) => readonly TableColumn<CompleteObject>[]);

/** Selectable fields and how they are read. `metadata.name` and `metadata.namespace` are there always. */
export type SelectableFields = Readonly<Record<string, (object: CompleteObject) => unknown>>;

/** What a subresource may do to objects; a `Storage` is one. */
export interface ConnectedObjects {
  get(resource: string, key: string): CompleteObject | undefined;
  modify(
    resource: string,
    key: string,
    change: (current: CompleteObject) => KubernetesObject,
    options?: { readonly dryRun?: boolean | undefined },
  ): CompleteObject;
  delete(resource: string, key: string, options?: { readonly dryRun?: boolean | undefined }): CompleteObject;
}

/** What a subresource is given that is answered by a function. */
export interface Connection {
  /** The object's current state. */
  readonly object: CompleteObject;
  readonly user: UserInfo;
  /** Of the request. */
  readonly body: KubernetesObject;
  readonly dryRun: boolean;
  readonly storage: ConnectedObjects;
}

/** A subresource that is a view of the object: read and written (PUT, PATCH) in a form of its own. */
export interface ViewSubresource {
  /** Of the view; the resource's own by default. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind: string;
  readonly read: (object: CompleteObject) => KubernetesObject;
  /** The object with what the view says. */
  readonly write: (object: CompleteObject, view: KubernetesObject) => KubernetesObject;
}

/** A subresource that takes a POST and answers it. */
export interface ConnectSubresource {
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind: string;
  readonly create: (connection: Connection) => object | Promise<object>;
}

export type Subresource = ViewSubresource | ConnectSubresource;

/**
 * A resource the fake cluster serves, as data. Only the first four fields have to be given.
 *
 * @example
 * const widgets: ResourceKind = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
 */
export interface ResourceKind extends WrittenKind {
  /** Default: the kind in lower case. */
  readonly singular?: string | undefined;
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  /** What is served and what discovery says. Default {@link ALL_VERBS}. */
  readonly verbs?: readonly string[] | undefined;
  readonly selectableFields?: SelectableFields | undefined;
  /** Default: Name and Age. */
  readonly columns?: Columns | undefined;
  /** Lists carry no resourceVersion, as those of metrics.k8s.io. Default false. */
  readonly noListVersion?: boolean | undefined;
  /**
   * As the kinds compiled into kube-apiserver: items of lists carry no apiVersion and kind, and errors about field selectors are
   * worded otherwise. Default false: as a custom resource.
   */
  readonly builtIn?: boolean | undefined;
  /** A PUT of an object that does not exist creates it. Default false. */
  readonly createOnUpdate?: boolean | undefined;
  /** A delete is answered with what was deleted rather than with a Status, as of pods. Default false. */
  readonly returnsDeleted?: boolean | undefined;
  /**
   * Makes the resource one that is answered and not stored, such as `tokenreviews`: a POST gives the object and the caller, the
   * answer is the response. Such a kind has the verb `create` only.
   */
  readonly review?:
    | ((object: KubernetesObject, user: UserInfo, namespace: string) => object | Promise<object>)
    | undefined;
  /** Further subresources besides `status`, by name. */
  readonly subresources?: Readonly<Record<string, Subresource>> | undefined;
}

/** The verbs of an ordinary stored resource, in the order discovery shows them. */
export const ALL_VERBS: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** How a resource is named in-process and in messages: `pods`, `deployments.apps`. */
export function resourceNameOf({ group, plural }: { readonly group: string; readonly plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** The verbs a resource is served with. */
export function verbsOf({ verbs, review }: ResourceKind): readonly string[] {
  return verbs ?? (review === undefined ? ALL_VERBS : ['create']);
}
