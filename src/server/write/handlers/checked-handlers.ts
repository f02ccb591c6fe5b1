/**
 * Calls of handlers: each call passes copies of the objects, and checks the result.
 *
 * Every method throws the `HandlerRefusal` or `ApiError` that the handler threw, a 405 if the handler is missing, and
 * `HandlerUnsettledError` if the request ends before the handler returns. Every other failure becomes a `HandlerError`, which names the
 * resource and the handler.
 * @module
 */
import { splitKey } from '../../../key.ts';
import type { StoredObject } from '../../../stores/object-store.ts';
import type { Awaitable, CollectionContext, HandlerContext, Handlers } from '../../define/handlers.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import type { User } from '../../define/request-context.ts';
import type { Logger } from '../../logger.ts';
import { ApiError, methodNotAllowed } from '../../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';
import { copyForHandler, type HandledObject, handledObject, writtenObject } from './handled-object.ts';
import { resultOf } from './handler-calls.ts';
import { HandlerError, HandlerUnsettledError, StrayError } from './handler-error.ts';

/** The user for whom handlers are called. */
export interface Caller {
  readonly user: User | undefined;
  /** Whether the handlers must not store anything. */
  readonly dryRun: boolean;
  /** The id of the request, for the log. Undefined for calls that no request has caused. */
  readonly requestId?: string | undefined;
}

/** A caller, and the signal that is aborted when its request ends. */
export interface CallerWithSignal extends Caller {
  readonly signal: AbortSignal;
}

/** Receives an object that a handler stored after its request had ended. */
export type OnLateResult = (object: StoredObject) => void;

/** A call of a handler, and the check of its result. */
interface Call<V> {
  readonly run: () => Awaitable<unknown>;
  /** Returns the checked result. @throws TypeError */
  readonly check: (returned: unknown) => V;
  /** Receives the checked result if the handler returns after its request has ended. */
  readonly onLateResult?: ((value: V) => void) | undefined;
}

type HandlerName = 'create' | 'delete' | 'deleteCollection' | 'get' | 'list' | 'replace';

/** The handlers of one resource. */
export class CheckedHandlers {
  readonly #kind: WrittenKind;
  readonly #handlers: Handlers<object>;
  readonly #resource: string;
  readonly #log: Logger;

  constructor(resource: string, kind: WrittenKind, handlers: Handlers<object>, log: Logger) {
    this.#resource = resource;
    this.#log = log;
    this.#kind = kind;
    this.#handlers = handlers;
  }

  has(name: HandlerName): boolean {
    return this.#handlers[name] !== undefined;
  }

  get(key: string, caller: CallerWithSignal): Promise<StoredObject> {
    return this.#call('get', caller, {
      run: () => this.#handlers.get?.(contextOf(key, caller)),
      check: (returned) => handledObject(returned, this.#kind, key).object,
    });
  }

  list(caller: CallerWithSignal): Promise<Map<string, StoredObject>> {
    return this.#call('list', caller, {
      run: () => this.#handlers.list?.(collectionContextOf(caller)),
      check: (returned) => this.#byKey(returned),
    });
  }

  create(
    key: string,
    object: StoredObject,
    caller: CallerWithSignal,
    onLateResult: OnLateResult,
  ): Promise<StoredObject> {
    return this.#call('create', caller, {
      run: () => this.#handlers.create?.(copyForHandler(object), contextOf(key, caller)),
      check: (returned) => this.#written(returned, object),
      onLateResult,
    });
  }

  replace(
    key: string,
    { object, old }: { readonly object: StoredObject; readonly old: StoredObject },
    caller: CallerWithSignal,
    onLateResult: OnLateResult,
  ): Promise<StoredObject> {
    const context = { ...contextOf(key, caller), old: copyForHandler<object>(old) };
    return this.#call('replace', caller, {
      run: () => this.#handlers.replace?.(copyForHandler(object), context),
      check: (returned) => this.#written(returned, object),
      onLateResult,
    });
  }

  /** @returns the last state of the object */
  delete(key: string, old: StoredObject, caller: CallerWithSignal, onLateResult: OnLateResult): Promise<StoredObject> {
    const context = { ...contextOf(key, caller), old: copyForHandler<object>(old) };
    return this.#call('delete', caller, {
      run: () => this.#handlers.delete?.(context),
      check: (returned) => (returned === undefined ? old : this.#written(returned, old)),
      onLateResult,
    });
  }

  /** @returns the last states of the deleted objects, by key */
  deleteCollection(
    objects: ReadonlyMap<string, StoredObject>,
    caller: CallerWithSignal,
  ): Promise<ReadonlyMap<string, StoredObject>> {
    const copies = Array.from(objects.values(), (object) => copyForHandler<object>(object));
    return this.#call('deleteCollection', caller, {
      run: () => this.#handlers.deleteCollection?.(copies, collectionContextOf(caller)),
      check: (returned) => {
        const deleted = returned === undefined ? objects : this.#byKey(returned);
        for (const key of deleted.keys()) {
          if (!objects.has(key)) throw new TypeError(`it contains ${key}, which the handler was not called to delete`);
        }
        return deleted;
      },
    });
  }

  /** Returns a checked copy of the object of a watch event. @throws TypeError that names the problem */
  checked(object: unknown): HandledObject {
    return handledObject(object, this.#kind);
  }

  #written(returned: unknown, sent: StoredObject): StoredObject {
    return writtenObject(returned, this.#kind, sent).object;
  }

  #byKey(returned: unknown): Map<string, StoredObject> {
    if (typeof returned !== 'object' || returned === null || !(Symbol.iterator in returned))
      throw new TypeError('it is not an Iterable of objects');
    const objects = new Map<string, StoredObject>();
    for (const item of returned as Iterable<unknown>) {
      const { key, object } = handledObject(item, this.#kind);
      if (objects.has(key)) throw new TypeError(`it contains the object ${key} twice`);
      objects.set(key, object);
    }
    return objects;
  }

  async #call<V>(name: HandlerName, caller: CallerWithSignal, { run, check, onLateResult }: Call<V>): Promise<V> {
    const { signal, requestId } = caller;
    if (!this.has(name)) throw methodNotAllowed({ resource: groupResourceOf(this.#kind), verb: name });
    signal.throwIfAborted();
    const onLate = onLateResult && ((lateResult: unknown): void => onLateResult(check(lateResult)));
    let returned: unknown;
    try {
      const call = { resource: this.#resource, verb: name, requestId, log: this.#log };
      returned = await resultOf(call, signal, run, onLate);
    } catch (error) {
      if (isExpected(error)) throw error;
      const isStray = error instanceof StrayError;
      const [cause, settled] = isStray ? [error.cause, error.settled] : [error, undefined];
      throw new HandlerError(this.#resource, `${name} failed`, cause, settled);
    }
    try {
      return check(returned);
    } catch (error) {
      throw new HandlerError(this.#resource, `the result of ${name} is invalid`, error);
    }
  }
}

function isExpected(error: unknown): boolean {
  return error instanceof HandlerRefusal || error instanceof ApiError || error instanceof HandlerUnsettledError;
}

function collectionContextOf({ user, signal, dryRun }: CallerWithSignal): CollectionContext {
  return { user, signal, dryRun };
}

function contextOf(key: string, caller: CallerWithSignal): HandlerContext {
  return { ...splitKey(key), ...collectionContextOf(caller) };
}
