import type { KubernetesObject } from '../../server/wire/object.ts';
import type { StatusCause } from '../../server/wire/status.ts';
import type { TableColumn } from '../../server/wire/table.ts';
import type { Draft, StoredObject } from './stored-object.ts';
import type { UserInfo } from './users.ts';

/** Columns of a Table; a function of the time of reading (milliseconds since the epoch) where a cell tells a span of time. */
export type Columns = readonly TableColumn<StoredObject>[] | ((now: number) => readonly TableColumn<StoredObject>[]);

/** Which names objects of a kind may have. */
export type NameRule = 'subdomain' | 'label' | 'pathSegment';

/** Selectable fields and how they are read. `metadata.name` and `metadata.namespace` are there always. */
export type SelectableFields = Readonly<Record<string, (object: StoredObject) => unknown>>;

/** What a subresource may do to objects; a `Storage` is one. */
export interface ConnectedObjects {
  get(resource: string, key: string): StoredObject | undefined;
  modify(
    resource: string,
    key: string,
    change: (current: StoredObject) => KubernetesObject,
    options?: { readonly dryRun?: boolean | undefined },
  ): StoredObject;
  delete(resource: string, key: string, options?: { readonly dryRun?: boolean | undefined }): StoredObject;
}

/** What a subresource is given that is answered by a function. */
export interface Connection {
  /** The object's current state. */
  readonly object: StoredObject;
  readonly user: UserInfo;
  /** Of the request. */
  readonly body: KubernetesObject;
  readonly isDryRun: boolean;
  readonly storage: ConnectedObjects;
}

/** A subresource that is a view of the object: read and written (PUT, PATCH) in a form of its own. */
export interface ViewSubresource {
  /** Of the view; the resource's own by default. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind: string;
  readonly read: (object: StoredObject) => KubernetesObject;
  /** The object with what the view says. */
  readonly write: (object: StoredObject, view: KubernetesObject) => KubernetesObject;
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
export interface ResourceKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** Default true. */
  readonly namespaced?: boolean | undefined;
  /** Default: the kind in lower case. */
  readonly singular?: string | undefined;
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  /** What is served and what discovery says. Default {@link ALL_VERBS}. */
  readonly verbs?: readonly string[] | undefined;
  /** Has `/status`, and therefore a main endpoint that ignores status. Default true. */
  readonly statusSubresource?: boolean | undefined;
  /** A client may give a status when it creates, as kubelets do with their nodes. Default false. */
  readonly keepsStatusOnCreate?: boolean | undefined;
  /** Counts changes outside metadata and status in `metadata.generation`. Default true. */
  readonly generation?: boolean | undefined;
  readonly selectableFields?: SelectableFields | undefined;
  /** Default: Name and Age. */
  readonly columns?: Columns | undefined;
  /** Default `subdomain`. */
  readonly names?: NameRule | undefined;
  /** Lists carry no resourceVersion, as those of metrics.k8s.io. Default false. */
  readonly noListVersion?: boolean | undefined;
  /** Fills in what the real server would on a create by a client; may change the draft it is given. Not used for in-process writes. */
  readonly defaults?: ((draft: Draft) => void) | undefined;
  /** What is wrong with an object, besides its metadata: one cause for each field, answered 422. Default: nothing is. */
  readonly validate?: ((object: KubernetesObject) => Iterable<StatusCause>) | undefined;
  /**
   * As the kinds compiled into kube-apiserver: items of lists carry no apiVersion and kind, and errors about field selectors are
   * worded otherwise. Default false: as a custom resource.
   */
  readonly builtIn?: boolean | undefined;
  /** A PUT may leave resourceVersion out, as with most built-in kinds and no custom ones. Default false. */
  readonly unconditionalUpdate?: boolean | undefined;
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

/** `v1`, `apps/v1` */
export const apiVersionOf = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === '' ? version : `${group}/${version}`;

/** How a resource is named in-process and in messages: `pods`, `deployments.apps`. */
export const resourceNameOf = ({ group, plural }: { readonly group: string; readonly plural: string }): string =>
  group === '' ? plural : `${plural}.${group}`;
