/**
 * Handlers that are asked rightly, and whose answers are what they have to be.
 *
 * Every method throws `HandlerRefusal` and `ApiError` as the handler did, `HandlerUnsettledError` when nobody waits any more, and for
 * everything else `HandlerError`, which names the resource and the handler.
 * @module
 */
import { splitKey } from '../../../key.ts';
import type { StoredObject } from '../../../stores/object-store.ts';
import type { User } from '../../define/request-context.ts';
import { ApiError, methodNotAllowed } from '../../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../../wire/writes/written-kind.ts';
import { givenObject, type Taken, takenObject, writtenObject } from './handled-object.ts';
import { answerOf } from './handler-calls.ts';
import { HandlerError, HandlerUnsettledError } from './handler-error.ts';
import type { Awaitable, Handlers, HandlerContext } from '../../define/handlers.ts';
import { byKey } from './known-objects.ts';
import { HandlerRefusal } from '../../define/refusals.ts';

/** For whom handlers are asked. */
export interface Caller {
  readonly user: User | undefined;
  /** Nothing is to be stored. */
  readonly dryRun: boolean;
}

/** Who asks, and for how long. */
export interface Asking extends Caller {
  readonly signal: AbortSignal;
}

/** Told of an object that was stored after all, when nobody waited any more. */
export type Late = (object: StoredObject) => void;

type HandlerName = 'create' | 'delete' | 'deleteCollection' | 'get' | 'list' | 'replace';

/** The type argument of handlers is gone: their answers are checked, what they are given is what the schema lets in. */
type AnyHandlers = Handlers<object>;

/** See the top of this file. */
export class CheckedHandlers {
  readonly #kind: WrittenKind;
  readonly #handlers: AnyHandlers;
  readonly #resource: string;

  constructor(resource: string, kind: WrittenKind, handlers: AnyHandlers) {
    this.#resource = resource;
    this.#kind = kind;
    this.#handlers = handlers;
  }

  has(name: HandlerName): boolean {
    return this.#handlers[name] !== undefined;
  }

  get(key: string, asking: Asking): Promise<StoredObject> {
    const call = (): unknown => this.#handlers.get?.(contextOf(key, asking));
    return this.#asked('get', asking.signal, call, (answer) => takenObject(answer, this.#kind, key).object);
  }

  list(asking: Asking): Promise<Map<string, StoredObject>> {
    const call = (): unknown => this.#handlers.list?.(collectionContextOf(asking));
    return this.#asked('list', asking.signal, call, (answer) => byKey(this.#all(answer)));
  }

  create(key: string, object: StoredObject, asking: Asking, late: Late): Promise<StoredObject> {
    const call = (): unknown => this.#handlers.create?.(givenObject(object), contextOf(key, asking));
    return this.#asked('create', asking.signal, call, (answer) => this.#written(answer, object), late);
  }

  replace(key: string, object: StoredObject, old: StoredObject, asking: Asking, late: Late): Promise<StoredObject> {
    const context = { ...contextOf(key, asking), old: givenObject<object>(old) };
    const call = (): unknown => this.#handlers.replace?.(givenObject(object), context);
    return this.#asked('replace', asking.signal, call, (answer) => this.#written(answer, object), late);
  }

  /** @returns the object as it was last */
  delete(key: string, old: StoredObject, asking: Asking, late: Late): Promise<StoredObject> {
    const context = { ...contextOf(key, asking), old: givenObject<object>(old) };
    const call = (): unknown => this.#handlers.delete?.(context);
    const last = (answer: unknown): StoredObject => (answer === undefined ? old : this.#written(answer, old));
    return this.#asked('delete', asking.signal, call, last, late);
  }

  /** @returns those that have gone, as they were last */
  deleteCollection(
    olds: ReadonlyMap<string, StoredObject>,
    asking: Asking,
  ): Promise<ReadonlyMap<string, StoredObject>> {
    const given = Array.from(olds.values(), (object) => givenObject<object>(object));
    const call = (): unknown => this.#handlers.deleteCollection?.(given, collectionContextOf(asking));
    return this.#asked('deleteCollection', asking.signal, call, (answer) => {
      const gone = answer === undefined ? olds : byKey(this.#all(answer));
      for (const key of gone.keys())
        if (!olds.has(key)) throw new TypeError(`it answered ${key}, which it was not given`);
      return gone;
    });
  }

  /** An event of the watch. @throws TypeError */
  taken(object: unknown): Taken {
    return takenObject(object, this.#kind);
  }

  #written(answer: unknown, given: StoredObject): StoredObject {
    return writtenObject(answer, this.#kind, given).object;
  }

  #all(answer: unknown): StoredObject[] {
    if (typeof answer !== 'object' || answer === null || !(Symbol.iterator in answer))
      throw new TypeError('no Iterable of objects');
    return Array.from(answer as Iterable<unknown>, (one) => takenObject(one, this.#kind).object);
  }

  async #asked<V>(
    name: HandlerName,
    signal: AbortSignal,
    call: () => Awaitable<unknown>,
    checked: (answer: unknown) => V,
    late?: (value: V) => void,
  ): Promise<V> {
    if (!this.has(name)) throw methodNotAllowed({ resource: groupResourceOf(this.#kind), verb: name });
    signal.throwIfAborted();
    const told = late === undefined ? undefined : (answer: unknown): void => late(checked(answer));
    let answer: unknown;
    try {
      answer = await answerOf({ resource: this.#resource, verb: name }, signal, call, told);
    } catch (error) {
      throw isKnown(error) ? error : new HandlerError(this.#resource, `${name} failed`, error);
    }
    try {
      return checked(answer);
    } catch (error) {
      throw new HandlerError(this.#resource, `${name} answered what is no answer`, error);
    }
  }
}

function isKnown(error: unknown): boolean {
  return error instanceof HandlerRefusal || error instanceof ApiError || error instanceof HandlerUnsettledError;
}

function collectionContextOf({ user, signal, dryRun }: Asking): Omit<HandlerContext, 'namespace' | 'name'> {
  return { user, signal, dryRun };
}

function contextOf(key: string, asking: Asking): HandlerContext {
  return { ...splitKey(key), ...collectionContextOf(asking) };
}
