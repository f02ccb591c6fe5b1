/**
 * Handlers that are called with the right arguments, and whose results are checked.
 *
 * Every method throws `HandlerRefusal` and `ApiError` as the handler threw them, `HandlerUnsettledError` when the client leaves first, and
 * for every other failure a `HandlerError`, which names the resource and the handler.
 * @module
 */
import { keyOf, splitKey } from '../../../key.ts';
import type { StoredObject } from '../../../stores/object-store.ts';
import type { Awaitable, HandlerContext, Handlers } from '../../define/handlers.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import type { User } from '../../define/request-context.ts';
import { ApiError, methodNotAllowed } from '../../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';
import { copyForHandler, type HandledObject, handledObject, writtenObject } from './handled-object.ts';
import { resultOf } from './handler-calls.ts';
import { HandlerError, HandlerUnsettledError } from './handler-error.ts';

/** The user for whom handlers are called. */
export interface Caller {
  readonly user: User | undefined;
  /** Whether the handlers must not store anything. */
  readonly dryRun: boolean;
}

/** A caller, and the signal that is aborted when its request ends. */
export interface CallerWithSignal extends Caller {
  readonly signal: AbortSignal;
}

/** Takes an object that a handler has stored after its client had left. */
export type LateResult = (object: StoredObject) => void;

type HandlerName = 'create' | 'delete' | 'deleteCollection' | 'get' | 'list' | 'replace';

/** See the top of this file. */
export class CheckedHandlers {
  readonly #kind: WrittenKind;
  readonly #handlers: Handlers<object>;
  readonly #resource: string;

  constructor(resource: string, kind: WrittenKind, handlers: Handlers<object>) {
    this.#resource = resource;
    this.#kind = kind;
    this.#handlers = handlers;
  }

  has(name: HandlerName): boolean {
    return this.#handlers[name] !== undefined;
  }

  get(key: string, caller: CallerWithSignal): Promise<StoredObject> {
    const call = (): unknown => this.#handlers.get?.(contextOf(key, caller));
    return this.#call('get', caller.signal, call, (returned) => handledObject(returned, this.#kind, key).object);
  }

  list(caller: CallerWithSignal): Promise<Map<string, StoredObject>> {
    const call = (): unknown => this.#handlers.list?.(collectionContextOf(caller));
    return this.#call('list', caller.signal, call, (returned) => byKey(this.#all(returned)));
  }

  create(key: string, object: StoredObject, caller: CallerWithSignal, late: LateResult): Promise<StoredObject> {
    const call = (): unknown => this.#handlers.create?.(copyForHandler(object), contextOf(key, caller));
    return this.#call('create', caller.signal, call, (returned) => this.#written(returned, object), late);
  }

  replace(
    key: string,
    { object, old }: { readonly object: StoredObject; readonly old: StoredObject },
    caller: CallerWithSignal,
    late: LateResult,
  ): Promise<StoredObject> {
    const context = { ...contextOf(key, caller), old: copyForHandler<object>(old) };
    const call = (): unknown => this.#handlers.replace?.(copyForHandler(object), context);
    return this.#call('replace', caller.signal, call, (returned) => this.#written(returned, object), late);
  }

  /** @returns the last state of the object */
  delete(key: string, old: StoredObject, caller: CallerWithSignal, late: LateResult): Promise<StoredObject> {
    const context = { ...contextOf(key, caller), old: copyForHandler<object>(old) };
    const call = (): unknown => this.#handlers.delete?.(context);
    const last = (returned: unknown): StoredObject => (returned === undefined ? old : this.#written(returned, old));
    return this.#call('delete', caller.signal, call, last, late);
  }

  /** @returns the deleted objects, in their last states */
  deleteCollection(
    olds: ReadonlyMap<string, StoredObject>,
    caller: CallerWithSignal,
  ): Promise<ReadonlyMap<string, StoredObject>> {
    const copies = Array.from(olds.values(), (object) => copyForHandler<object>(object));
    const call = (): unknown => this.#handlers.deleteCollection?.(copies, collectionContextOf(caller));
    return this.#call('deleteCollection', caller.signal, call, (returned) => {
      const gone = returned === undefined ? olds : byKey(this.#all(returned));
      for (const key of gone.keys()) {
        if (!olds.has(key)) throw new TypeError(`it returned ${key}, which it was not asked to delete`);
      }
      return gone;
    });
  }

  /** The object of a watch event. @throws TypeError */
  checked(object: unknown): HandledObject {
    return handledObject(object, this.#kind);
  }

  #written(returned: unknown, sent: StoredObject): StoredObject {
    return writtenObject(returned, this.#kind, sent).object;
  }

  #all(returned: unknown): StoredObject[] {
    if (typeof returned !== 'object' || returned === null || !(Symbol.iterator in returned))
      throw new TypeError('it returned no Iterable of objects');
    return Array.from(returned as Iterable<unknown>, (one) => handledObject(one, this.#kind).object);
  }

  async #call<V>(
    name: HandlerName,
    signal: AbortSignal,
    call: () => Awaitable<unknown>,
    checked: (returned: unknown) => V,
    late?: (value: V) => void,
  ): Promise<V> {
    if (!this.has(name)) throw methodNotAllowed({ resource: groupResourceOf(this.#kind), verb: name });
    signal.throwIfAborted();
    const checkedLate = late === undefined ? undefined : (returned: unknown): void => late(checked(returned));
    let returned: unknown;
    try {
      returned = await resultOf({ resource: this.#resource, verb: name }, signal, call, checkedLate);
    } catch (error) {
      throw isExpected(error) ? error : new HandlerError(this.#resource, `${name} failed`, error);
    }
    try {
      return checked(returned);
    } catch (error) {
      throw new HandlerError(this.#resource, `the result of ${name} is not allowed`, error);
    }
  }
}

function isExpected(error: unknown): boolean {
  return error instanceof HandlerRefusal || error instanceof ApiError || error instanceof HandlerUnsettledError;
}

function collectionContextOf({ user, signal, dryRun }: CallerWithSignal): Omit<HandlerContext, 'namespace' | 'name'> {
  return { user, signal, dryRun };
}

function contextOf(key: string, caller: CallerWithSignal): HandlerContext {
  return { ...splitKey(key), ...collectionContextOf(caller) };
}

/** Objects by key. @throws TypeError if two objects have the same key */
function byKey(objects: Iterable<StoredObject>): Map<string, StoredObject> {
  const map = new Map<string, StoredObject>();
  for (const object of objects) {
    const key = keyOf(object);
    if (map.has(key)) throw new TypeError(`two objects ${key}`);
    map.set(key, object);
  }
  return map;
}
