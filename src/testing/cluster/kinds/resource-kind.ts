/**
 * The description of a kind that the fake cluster serves. The built-in kinds are values of this type, and so are custom
 * ones.
 * @module
 */
import type { KubernetesObject } from '../../../server/wire/object.ts';
import type { TableColumn } from '../../../server/wire/table.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import type { WrittenKind } from '../../../server/wire/writes/written-kind.ts';
import type { UserInfo } from '../access/users.ts';

export { apiVersionOf } from '../../../server/wire/writes/written-kind.ts';

/**
 * The columns of a Table. It is a function of the current time, in milliseconds since the epoch, if a cell shows an
 * age.
 */
export type Columns =
  | readonly TableColumn<CompleteObject>[]
  | ((now: number) => readonly TableColumn<CompleteObject>[]);

/**
 * Selectable fields and the functions that read them. `metadata.name` and `metadata.namespace` are always selectable.
 */
export type SelectableFields = Readonly<Record<string, (object: CompleteObject) => unknown>>;

/** The access of a subresource to objects. A `Storage` satisfies it. */
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

/** A request to a {@link ConnectSubresource}. */
export interface Connection {
  /** The current state of the object. */
  readonly object: CompleteObject;
  readonly user: UserInfo;
  /** The body of the request. */
  readonly body: KubernetesObject;
  readonly dryRun: boolean;
  readonly storage: ConnectedObjects;
}

/**
 * A subresource that is a view of the object. Clients read and write it (PUT, PATCH) in another form, such as a Scale.
 */
export interface ViewSubresource {
  /** The group of the view. Default: that of the resource. */
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind: string;
  readonly read: (object: CompleteObject) => KubernetesObject;
  /** Returns the object with the fields of the view. */
  readonly write: (object: CompleteObject, view: KubernetesObject) => KubernetesObject;
}

/** A subresource that accepts a POST and returns a response. */
export interface ConnectSubresource {
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind: string;
  readonly create: (connection: Connection) => object | Promise<object>;
}

export type Subresource = ViewSubresource | ConnectSubresource;

/**
 * A resource that the fake cluster serves. Only the first four fields are required.
 * @example
 * const widgets: ResourceKind = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced:
 * true };
 */
export interface ResourceKind extends WrittenKind {
  /** The singular name. Default: the kind in lower case. */
  readonly singular?: string | undefined;
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  /** The verbs that are served and listed in discovery. Default {@link ALL_VERBS}. */
  readonly verbs?: readonly string[] | undefined;
  readonly selectableFields?: SelectableFields | undefined;
  /** The columns of the Table. Default: Name and Age. */
  readonly columns?: Columns | undefined;
  /** If true, lists have no resourceVersion, like those of metrics.k8s.io. Default false. */
  readonly noListVersion?: boolean | undefined;
  /**
   * If true, the kind behaves like the kinds compiled into kube-apiserver: items of lists have no apiVersion and kind,
   * and errors about field selectors have another text. Default false: it behaves like a custom resource.
   */
  readonly builtIn?: boolean | undefined;
  /** If true, a PUT of an object that does not exist creates it. Default false. */
  readonly createOnUpdate?: boolean | undefined;
  /** If true, a delete returns the deleted object instead of a Status, as for pods. Default false. */
  readonly returnsDeleted?: boolean | undefined;
  /**
   * Makes the resource a review that is not stored, such as `tokenreviews`. The function receives the posted object and
   * the user, and returns the response. Such a kind has only the verb `create`.
   */
  readonly review?:
    | ((object: KubernetesObject, user: UserInfo, namespace: string) => object | Promise<object>)
    | undefined;
  /** The subresources besides `status`, by name. */
  readonly subresources?: Readonly<Record<string, Subresource>> | undefined;
}

/** The verbs of a stored resource, in the order of discovery. */
const ALL_VERBS: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** Returns the name of a resource in code and messages: `pods`, `deployments.apps`. */
export function resourceNameOf({ group, plural }: { readonly group: string; readonly plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** Returns the verbs with which a resource is served. */
export function verbsOf({ verbs, review }: ResourceKind): readonly string[] {
  return verbs ?? (review === undefined ? ALL_VERBS : ['create']);
}
