/**
 * A {@link ListWatch} over HTTP.
 * @module
 */
import type { SourceObject } from './collection/source-collection.ts';
import { ConnectionError, DecodeError, NotWatchableError } from './errors.ts';
import type { KubeTransport } from './kube-transport.ts';
import { LineSplitter } from './line-splitter.ts';
import type { ListOptions, ListPage, ListWatch, WatchEvent, WatchOptions } from './list-watch.ts';

/** A resource of an API server, in the field's word a GVR. `group` is empty for the core group. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  /** The plural: `pods`. */
  readonly resource: string;
}

/** What is listed and watched. */
export interface KubeSource extends GroupVersionResource {
  /** Undefined: all, or the resource has none. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** The longest line of a watch, in bytes: many times what etcd takes for an object. */
const LONGEST_LINE = 64 * 1024 * 1024;
/** A watch may pause this much longer than it was asked to last, in milliseconds; its reader has closer limits. */
const WATCH_SLACK = 60_000;

/** `pods`, `deployments.apps` */
export function resourceName({ group, resource }: GroupVersionResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** `/api/v1/pods`, `/apis/apps/v1/namespaces/shop/deployments` */
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
  readonly #selectors: { readonly labelSelector?: string | undefined; readonly fieldSelector?: string | undefined };

  constructor(transport: KubeTransport, source: KubeSource) {
    const where = source.namespace === undefined ? '' : ` in namespace ${source.namespace}`;
    this.name = resourceName(source) + where;
    this.#transport = transport;
    this.#path = resourcePath(source);
    this.#selectors = { labelSelector: source.labelSelector, fieldSelector: source.fieldSelector };
  }

  async list(options: ListOptions, signal: AbortSignal): Promise<ListPage<T>> {
    const query = { ...this.#selectors, ...options };
    return this.#page(await this.#transport.get<unknown>(this.#path, { query, signal }));
  }

  async watch(options: WatchOptions, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    const idleTimeout = options.timeoutSeconds === undefined ? 0 : options.timeoutSeconds * 1000 + WATCH_SLACK;
    const query = { ...this.#selectors, ...options, watch: true };
    const { body } = await this.#transport.open(this.#path, { query, signal, idleTimeout });
    return this.#frames(body as AsyncIterable<Buffer>, signal);
  }

  async *#frames(body: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<WatchEvent<T>, void, void> {
    const lines = new LineSplitter(LONGEST_LINE);
    const pieces = body[Symbol.asyncIterator]();
    try {
      for (
        let piece = await this.#next(pieces, signal);
        piece !== undefined;
        piece = await this.#next(pieces, signal)
      ) {
        for (const line of lines.push(piece)) yield this.#frame(line);
      }
      const rest = lines.rest();
      if (rest !== undefined) yield this.#lastFrame(rest);
    } finally {
      // destroys the body when it has not been read to its end
      await pieces.return?.();
    }
  }

  async #next(pieces: AsyncIterator<Buffer>, signal: AbortSignal): Promise<Buffer | undefined> {
    try {
      const { done, value } = await pieces.next();
      return done === true ? undefined : value;
    } catch (error) {
      throw this.#transport.failure(error, signal);
    }
  }

  #frame(line: Buffer): WatchEvent<T> {
    const frame = parsed(line);
    if (typeof frame !== 'object' || frame === null)
      throw new DecodeError(`${this.name}: a frame of the watch is not JSON`);
    const { type, object, items } = frame as { type?: unknown; object?: unknown; items?: unknown };
    if (Array.isArray(items)) throw new NotWatchableError(`${this.name}: the server answered a watch with a list`);
    if (typeof object !== 'object' || object === null)
      throw new DecodeError(`${this.name}: a frame of the watch has no object`);
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        // What the server says it is; name and version are looked at where they are needed.
        return { type, object: object as T };
      case 'BOOKMARK':
        return { type, object };
      case 'ERROR':
        return { type, object };
      default:
        throw new DecodeError(`${this.name}: a frame of the watch is of unknown type ${JSON.stringify(type)}`);
    }
  }

  /** What has no newline at its end may have been cut off: then nothing is lost, it comes again on the next watch. */
  #lastFrame(rest: Buffer): WatchEvent<T> {
    if (parsed(rest) === undefined) throw new ConnectionError(`${this.name}: the watch ended in the middle of a frame`);
    return this.#frame(rest);
  }

  #page(body: unknown): ListPage<T> {
    if (typeof body !== 'object' || body === null || !('items' in body))
      throw new DecodeError(`${this.name}: the answer is no list`);
    const list = body as {
      readonly apiVersion?: string;
      readonly kind?: string;
      readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
      readonly items: T[] | null;
    };
    if (list.items !== null && !Array.isArray(list.items))
      throw new DecodeError(`${this.name}: the items of the list are no list`);
    return {
      items: list.items ?? [],
      apiVersion: list.apiVersion,
      kind: list.kind,
      resourceVersion: list.metadata?.resourceVersion,
      continue: list.metadata?.continue,
    };
  }
}

/** Undefined when it is no JSON. */
function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}
