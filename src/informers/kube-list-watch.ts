/**
 * A {@link ListWatch} over HTTP, and the paths of resources.
 * @module
 */
import { setImmediate } from 'node:timers/promises';
import type { SourceObject } from './collection/source-collection.ts';
import { DecodeError } from './errors.ts';
import { itemTypeOf } from './ingest.ts';
import { decodeList, type ListBody } from './list-body.ts';
import type { KubeResponse, KubeTransport } from './kube-transport.ts';
import type { ListOptions, ListPage, ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';
import { StringTable } from './string-table.ts';
import { watchFrames } from './watch-frames.ts';

/** A resource of an API server. `group` is empty for the core group. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  /** The plural name: `pods`. */
  readonly resource: string;
}

/** The objects to list and watch. */
export interface KubeSource extends GroupVersionResource {
  /** Undefined: all namespaces, or a resource without namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/**
 * The transport ends a watch that is silent for its timeout and this time, in milliseconds. `WatchConnection` has shorter limits, so this
 * one is only for other callers.
 */
const WATCH_SLACK_MS = 60_000;

/** Returns the name of a resource for messages: `pods`, `deployments.apps`. */
export function resourceName({ group, resource }: GroupVersionResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Returns the path of a resource: `/api/v1/pods`, `/apis/apps/v1/namespaces/shop/deployments`. */
export function resourcePath({ group, version, resource, namespace }: KubeSource): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

/** Lists and watches one resource of a cluster. */
export class KubeListWatch<T extends SourceObject> implements ListWatch<T> {
  readonly name: string;
  readonly #transport: KubeTransport;
  readonly #path: string;
  readonly #apiVersion: string;
  /** The kind of the objects, as soon as a list or an event has contained it. */
  #kind: string | undefined;
  readonly #strings = new StringTable();
  readonly #selectors: { readonly labelSelector?: string | undefined; readonly fieldSelector?: string | undefined };

  constructor(transport: KubeTransport, source: KubeSource) {
    const where = source.namespace === undefined ? '' : ` in namespace ${source.namespace}`;
    this.name = resourceName(source) + where;
    this.#transport = transport;
    this.#path = resourcePath(source);
    this.#apiVersion = source.group === '' ? source.version : `${source.group}/${source.version}`;
    this.#selectors = { labelSelector: source.labelSelector, fieldSelector: source.fieldSelector };
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>> {
    const query = { ...this.#selectors, ...options };
    const bytes = await this.#transport.bytes(this.#path, { query, signal });
    return this.#page(this.#decoded(() => decodeList(bytes)));
  }

  /** @throws DecodeError if the work throws because the response is not JSON */
  #decoded<R>(work: () => R): R {
    try {
      return work();
    } catch (error) {
      throw new DecodeError(`${this.#path}: the response is not JSON`, { cause: error });
    }
  }

  async watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    const idleTimeout = options.timeoutSeconds === undefined ? 0 : options.timeoutSeconds * 1000 + WATCH_SLACK_MS;
    const query = { ...this.#selectors, ...options, watch: true };
    const { body } = await this.#transport.open(this.#path, { query, signal, idleTimeout });
    return this.#typed(watchFrames<T>(this.name, this.#chunks(body, signal)));
  }

  /** Adds the type to objects of events that do not contain it, as `Ingest` does for the items of a list. */
  async *#typed(events: AsyncIterable<WatchEvent<T>>): AsyncGenerator<WatchEvent<T>, void, void> {
    for await (const event of events) {
      if (event.type === 'BOOKMARK' || event.type === 'ERROR') {
        yield event;
        continue;
      }
      this.#strings.share(event.object);
      if (event.object.kind !== undefined) {
        this.#kind ??= event.object.kind;
        yield event;
      } else {
        const type = this.#kind === undefined ? {} : { apiVersion: this.#apiVersion, kind: this.#kind };
        yield { type: event.type, object: { ...event.object, ...type } };
      }
    }
  }

  /** Returns the chunks of a body as they arrive. If the reader stops early, the body is destroyed. */
  async *#chunks(body: KubeResponse['body'], signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      throw this.#transport.failure(error, signal);
    }
  }

  /** Decodes the slices of a large page. The event loop takes a turn after each of them. */
  async *#inTurns(slices: Iterable<readonly unknown[]>): AsyncGenerator<readonly T[], void, void> {
    const iterator = slices[Symbol.iterator]();
    for (;;) {
      const { done, value } = this.#decoded(() => iterator.next());
      if (done === true) return;
      this.#strings.share(value);
      yield value as readonly T[];
      await setImmediate();
    }
  }

  #page({ list: body, slices }: ListBody): ListPage<T> {
    if (typeof body !== 'object' || body === null || !isList(body))
      throw new DecodeError(`${this.name}: the response is not a list`);
    const list = body as {
      readonly apiVersion?: string;
      readonly kind?: string;
      readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
      readonly items?: T[] | null;
    };
    if (list.items !== null && list.items !== undefined && !Array.isArray(list.items))
      throw new DecodeError(`${this.name}: the items of the list are not an array`);
    this.#strings.share(list.items);
    this.#kind = itemTypeOf({ apiVersion: list.apiVersion, kind: list.kind }).kind ?? this.#kind;
    return {
      items: list.items ?? [],
      ...(slices === undefined ? {} : { slices: this.#inTurns(slices) }),
      apiVersion: list.apiVersion,
      kind: list.kind,
      resourceVersion: list.metadata?.resourceVersion,
      continue: list.metadata?.continue,
    };
  }
}

/** Returns whether a response is a list. A server in Go may omit `items` if the list is empty. */
function isList(body: object): boolean {
  return 'items' in body || ('kind' in body && typeof body.kind === 'string' && body.kind.endsWith('List'));
}
