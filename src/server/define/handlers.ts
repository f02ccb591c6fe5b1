/**
 * Handlers: the functions that keep the objects of a custom resource, one interface for each verb.
 *
 * A handler adds its verb to discovery: `get`, `list`, `create`, `delete` and `watch` under the same name, `deleteCollection` as
 * `deletecollection`, and `replace` as `update` and `patch`.
 *
 * The framework promises to handlers:
 * - It never runs two writes of one object at the same time in this process. Writes of different objects, reads and lists may overlap.
 * - The objects that it passes are plain JSON that nothing else refers to. It copies the objects that handlers return.
 * - The objects of `create` and `replace` are valid and complete, with name, uid, timestamps, generation, finalizers and managed fields.
 *   They have no `resourceVersion`: the framework assigns it, and ignores one that a handler returns.
 * - It aborts `signal` when the request is over. If a handler ignores the signal, its result is discarded. Until it settles, no other
 *   write of the object begins, for at most 30 seconds.
 *
 * Handlers promise to the framework:
 * - They store the metadata of an object completely, and return it.
 * - They return the object with the requested name and namespace, or throw one of the errors of `refuse`. Any other error is a 500 whose
 *   message goes to the log and not to the client.
 * @module
 */
import type { OwnerReference } from '../wire/object.ts';
import type { User } from './request-context.ts';

/** A value, or a promise of one. */
export type Awaitable<V> = V | PromiseLike<V>;

/** The metadata of an object that a handler receives. */
export interface HandledMetadata {
  readonly name: string;
  /** Undefined for cluster-scoped objects. */
  readonly namespace?: string | undefined;
  readonly uid: string;
  /** In the format of RFC 3339. */
  readonly creationTimestamp: string;
  readonly generation?: number | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
  /** Further fields of clients and of the framework. Store them, too. */
  readonly [field: string]: unknown;
}

/** An object that a handler receives. `T` is the user's part: `{ spec: …; status?: … }`. */
export type Handled<T> = T & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: HandledMetadata;
};

/**
 * An object that a handler returns, with the metadata that was stored with it. An object that was never written through the API, such as a
 * row of a database, needs a name only, and a namespace if the resource is namespaced. The framework derives its uid from them.
 */
export type HandlerResult<T> = T & {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
};

/** The context of a call that concerns the whole resource. */
export interface CollectionContext {
  /** The user of the request. Undefined if the framework itself reads, to fill its view. */
  readonly user: User | undefined;
  /** Aborted when the request is over, so that the result is no longer needed. */
  readonly signal: AbortSignal;
  /** Whether the handler must store nothing, and return the object that it would store. True only with `handlesDryRun`. */
  readonly dryRun: boolean;
}

/** The context of a call that concerns one object. */
export interface HandlerContext extends CollectionContext {
  /** Empty for cluster-scoped resources. */
  readonly namespace: string;
  readonly name: string;
}

/** The context of a change to an existing object. */
export interface ChangeContext<T> extends HandlerContext {
  /**
   * The state of the object before the change. If the data has other writers, compare it with the current state, and throw
   * `refuse.conflict()` if they differ.
   */
  readonly old: Handled<T>;
}

/** The handler for `get`. */
export interface Getter<T> {
  /**
   * Returns one object. All users share the objects that handlers return, so it must not depend on the user. A user who may not read the
   * object is refused with `refuse.forbidden()`: `refuse.notFound()` removes the object for all users.
   * @throws refuse.notFound() if it does not exist, refuse.forbidden()
   */
  get(context: HandlerContext): Awaitable<HandlerResult<T>>;
}

/** The handler for `list`. */
export interface Lister<T> {
  /** Returns all objects of all namespaces, in any order. The framework applies selectors, order and paging. */
  list(context: CollectionContext): Awaitable<Iterable<HandlerResult<T>>>;
}

/** The handler for `create`. */
export interface Creator<T> {
  /** Stores a new object and returns the stored state. @throws refuse.alreadyExists(), refuse.invalid(), refuse.forbidden() */
  create(object: Handled<T>, context: HandlerContext): Awaitable<HandlerResult<T>>;
}

/** The handler for `update` and `patch`, of the object and of its subresources `status` and `scale`. */
export interface Replacer<T> {
  /**
   * Stores new content for an object and returns the stored state.
   * @throws refuse.notFound(), refuse.conflict(), refuse.invalid(), refuse.forbidden()
   */
  replace(object: Handled<T>, context: ChangeContext<T>): Awaitable<HandlerResult<T>>;
}

/** The handler for `delete`. */
export interface Deleter<T> {
  /**
   * Removes an object. The framework has already checked preconditions, and waited for finalizers. May return the last state.
   * @throws refuse.notFound(), refuse.conflict(), refuse.forbidden()
   */
  delete(context: ChangeContext<T>): Awaitable<HandlerResult<T> | void>;
}

/** The handler for `deletecollection`. */
export interface CollectionDeleter<T> {
  /**
   * Removes these objects, which match the selectors of the request and have no finalizers. Returns the objects that it removed. If it
   * returns nothing, the framework assumes that it removed all of them.
   */
  deleteCollection(
    objects: readonly Handled<T>[],
    context: CollectionContext,
  ): Awaitable<Iterable<HandlerResult<T>> | void>;
}

/** An event of a watch. `SYNCED` follows the last of the initial objects; the events after it are changes. */
export type HandlerEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: HandlerResult<T> }
  | { readonly type: 'SYNCED' };

/** A source of values to subscribe to, such as an RxJS Observable. */
export interface Subscribable<V> {
  subscribe(observer: { next: (value: V) => void; error: (error: unknown) => void; complete: () => void }): {
    unsubscribe(): void;
  };
}

/** The handler for `watch`. One watch of the framework serves all clients. */
export interface Watcher<T> {
  /**
   * Emits each existing object as ADDED, then `SYNCED` once, then each change in order. Changes through the API are emitted, too. With
   * `get` or `list` beside it, the watch may skip a state if a newer one follows. Without them, it must emit every state: the framework has
   * no other way to find out whether a state that it does not know is older or newer than a write. The watch must end when the signal is
   * aborted.
   *
   * If the watch ends or fails, the framework starts it again, after 0.8 s at first and after at most 30 s, and computes the difference.
   * Until the next `SYNCED`, clients read the last known state.
   */
  watch(context: CollectionContext): Awaitable<AsyncIterable<HandlerEvent<T>> | Subscribable<HandlerEvent<T>>>;
}

/** A watch without a handler. Clients see the changes that each `list` finds, and see writes through the API immediately. */
export interface Polled {
  readonly watch: 'polled';
}

/** Settings of handlers. */
export interface HandlerSettings {
  /**
   * The interval between calls of `list`, in milliseconds, while the resource is served and has no handler for `watch`.
   * @default 10,000
   */
  readonly pollInterval?: number | undefined;
  /**
   * Whether the framework calls the handlers in a dry run, with `dryRun` set. If not, the response to a dry run is the object that the
   * framework would pass to the handler. @default false
   */
  readonly handlesDryRun?: boolean | undefined;
}

/**
 * The handlers of a custom resource, as a literal or as an instance of a class. `T` is the user's part of an object:
 * `{ spec: …; status?: … }`. All handlers are optional, but at least one is needed. `replace`, `delete` and `deleteCollection` also need
 * `get`, `list` or `watch`.
 * @example
 * const tasks = new Map<string, Handled<Task>>();
 * const handlers: Handlers<Task> = {
 *   list: () => tasks.values(),
 *   create: (task, { name }) => {
 *     if (tasks.has(name)) throw refuse.alreadyExists();
 *     tasks.set(name, task);
 *     return task;
 *   },
 * };
 * resource({ kind: 'Task', plural: 'tasks', namespaced: false }, handlers);
 */
export type Handlers<T extends object> = {
  readonly [Name in keyof Verbs<T>]?: Verbs<T>[Name] | undefined;
} & { readonly watch?: Watcher<T>['watch'] | Polled['watch'] | undefined } & HandlerSettings;

interface Verbs<T> extends Getter<T>, Lister<T>, Creator<T>, Replacer<T>, Deleter<T>, CollectionDeleter<T> {}
