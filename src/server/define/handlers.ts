/**
 * Custom resources by handlers: what a user writes, one interface for each verb.
 *
 * Implementing an interface is what puts its verb into discovery: `get`, `list`, `create`, `delete`, `watch` as they are called,
 * `deleteCollection` as `deletecollection`, and `replace` as `update` and `patch`.
 *
 * What the framework promises to handlers:
 * - Writes of one object come one after the other, in this process. Writes of different objects, reads and lists come at any time.
 * - Objects they are given are theirs: plain JSON that nobody else holds. What they answer is copied at once.
 * - Objects of `create` and `replace` are complete and valid: names, uid, timestamps, generation, finalizers and managers are there.
 *   There is no `resourceVersion`: the framework gives out its own, and ignores any that comes back.
 * - `signal` is aborted when nobody waits any more. Who does not heed it goes on in vain; its object is written no more until it is done
 *   (for half a minute at most).
 *
 * What handlers promise to the framework:
 * - They store the metadata they are given, whole, and answer it.
 * - They answer objects of the name and namespace that were asked for, and throw `refuse.notFound()` and its kin where there is none. Anything
 *   else that is thrown is a 500 whose message goes to the log, and never to a client.
 * @module
 */
import type { User } from './request-context.ts';
import type { OwnerReference } from '../wire/object.ts';

/** A value, or a promise of one. */
export type Awaitable<V> = V | PromiseLike<V>;

/** The metadata of objects that handlers are given. */
export interface HandledMetadata {
  readonly name: string;
  /** Absent in cluster-scoped objects. */
  readonly namespace?: string | undefined;
  readonly uid: string;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly generation?: number | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
  /** And whatever else clients and the framework put there. All of it is to be stored. */
  readonly [field: string]: unknown;
}

/** An object as handlers get it. `T` is the user's own part: `{ spec: …; status?: … }`. */
export type Handled<T> = T & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: HandledMetadata;
};

/**
 * An object as handlers answer it: the metadata that was stored with it. An object that was never written by way of the API (a row of a
 * database, say) may do with a name, and a namespace where the resource has them; it gets a uid that is made of these.
 */
export type Answered<T> = T & {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
};

/** For whom something is done. */
export interface CollectionContext {
  /** Who asks. Undefined where the framework asks by itself: for its view, by list and watch. */
  readonly user: User | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Nothing is to be stored: answer what would be. True only for handlers that say `handlesDryRun`. */
  readonly dryRun: boolean;
}

/** For whom something is done, and to what. */
export interface HandlerContext extends CollectionContext {
  /** Empty in cluster-scoped resources. */
  readonly namespace: string;
  readonly name: string;
}

/** A change of an object that is there. */
export interface ChangeContext<T> extends HandlerContext {
  /** What the change was made from. A handler that has writers elsewhere compares it with what it has, and throws `refuse.conflict()`. */
  readonly old: Handled<T>;
}

/** `get` */
export interface Getter<T> {
  /** The object of this name. @throws refuse.notFound() */
  get(context: HandlerContext): Awaitable<Answered<T>>;
}

/** `list` */
export interface Lister<T> {
  /** All objects, of all namespaces, in any order. Selectors, paging and order are the framework's. */
  list(context: CollectionContext): Awaitable<Iterable<Answered<T>>>;
}

/** `create` */
export interface Creator<T> {
  /** Stores a new object, and answers it as it was stored. @throws refuse.alreadyExists(), refuse.invalid(), refuse.forbidden() */
  create(object: Handled<T>, context: HandlerContext): Awaitable<Answered<T>>;
}

/** `update` and `patch`, of the object and of its status */
export interface Replacer<T> {
  /** Stores new content of an object, and answers it as it was stored. @throws refuse.notFound(), refuse.conflict(), refuse.invalid(), refuse.forbidden() */
  replace(object: Handled<T>, context: ChangeContext<T>): Awaitable<Answered<T>>;
}

/** `delete` */
export interface Deleter<T> {
  /**
   * Removes an object for good: finalizers and preconditions have been seen to. May answer the object as it was last.
   * @throws refuse.notFound(), refuse.conflict(), refuse.forbidden()
   */
  delete(context: ChangeContext<T>): Awaitable<Answered<T> | void>;
}

/** `deletecollection` */
export interface CollectionDeleter<T> {
  /**
   * Removes these objects, which selectors have chosen, and nobody has to finish first. May answer those that it has removed; nothing is
   * taken for all of them.
   */
  deleteCollection(objects: readonly Handled<T>[], context: CollectionContext): Awaitable<Iterable<Answered<T>> | void>;
}

/** What a watch tells. `SYNCED`: all objects there are have been told of; what follows are changes. */
export type HandlerEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Answered<T> }
  | { readonly type: 'SYNCED' };

/** Anything to subscribe to, as RxJS has it. */
export interface Subscribable<V> {
  subscribe(observer: { next: (value: V) => void; error: (error: unknown) => void; complete: () => void }): {
    unsubscribe(): void;
  };
}

/** `watch` */
export interface Watcher<T> {
  /**
   * Tells of every object there is as ADDED, then says `SYNCED` once, then tells of every change in order, those included that were made
   * by way of the API. States may be left out where newer ones follow. One watch serves all clients.
   *
   * When it ends or fails, the framework watches again after a while (0.8 s at first, 30 s in the end), and takes the difference; until
   * then, and until `SYNCED`, clients read what was known before. It must end when the signal is aborted.
   */
  watch(context: CollectionContext): Awaitable<AsyncIterable<HandlerEvent<T>> | Subscribable<HandlerEvent<T>>>;
}

/** Watches without a watcher: clients are told of what each `list` finds changed, and at once of what is written by way of the API. */
export interface Polled {
  readonly watch: 'polled';
}

/** How handlers are dealt with. */
export interface HandlerSettings {
  /** Milliseconds from one `list` to the next, while the resource is served and its handlers have no watch. @default 10,000 */
  readonly pollEvery?: number | undefined;
  /**
   * Writes that are dry runs reach the handlers, too, with `dryRun` set. Without it they do not: the answer is what the framework itself
   * would have stored.
   */
  readonly handlesDryRun?: boolean | undefined;
}

/**
 * The handlers of a custom resource, as a literal or as an object of a class. `T` is the user's own part of an object:
 * `{ spec: …; status?: … }`.
 * @example
 * const tasks = new Map<string, Handled<Task>>();
 * const handlers: Handlers<Task> = {
 *   list: () => tasks.values(),
 *   create: (object) => stored(object),
 * };
 */
export type Handlers<T extends object> = {
  readonly [Name in keyof Verbs<T>]?: Verbs<T>[Name] | undefined;
} & { readonly watch?: Watcher<T>['watch'] | Polled['watch'] | undefined } & HandlerSettings;

interface Verbs<T> extends Getter<T>, Lister<T>, Creator<T>, Replacer<T>, Deleter<T>, CollectionDeleter<T> {}
