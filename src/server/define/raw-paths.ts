/**
 * The paths of a raw endpoint, and the choice of the path that handles a request.
 * @module
 */
import Router, { type Layer } from '@koa/router';
import type { Middleware } from 'koa';
import { pathSegmentNameMessage } from '../../object-meta/names.ts';
import { quoted } from '../wire/quote.ts';
import { badRequest } from '../wire/status.ts';
import type { RequestState } from './request-context.ts';

/** The HTTP methods of raw endpoints. HEAD and OPTIONS need a handler, like the others. */
export type RawMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

/** Members of a raw handler's context, in addition to those of koa. */
export interface RawParameters {
  /** The parameters of the path by name, percent-decoded. None is empty, `.` or `..`. Namespaced endpoints also have `namespace`. */
  readonly params: Readonly<Record<string, string>>;
}

/** A koa handler. `ctx.state` has the `user` of the request, and a `signal` that is aborted when the request is over. */
export type RawHandler = Middleware<RequestState, RawParameters>;

/** Raw handlers by HTTP method. */
export type RawHandlers = Readonly<Partial<Record<RawMethod, RawHandler>>>;

/** The handlers found for a path. */
export interface RawMatch {
  /** Undefined if the path has no handler for the method. */
  readonly handler: RawHandler | undefined;
  readonly params: Readonly<Record<string, string>>;
  /** The methods that have a handler. */
  readonly allow: readonly string[];
}

export const RAW_METHODS: readonly RawMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

interface Route {
  readonly layer: Layer;
  readonly handlers: RawHandlers;
}

const PARAMETER = /^:([A-Za-z]\w*)$/;
/** Characters with a meaning in the router's patterns. */
const SPECIAL = /[:*{}()[\]+?!\\%]/;

/** Whether a segment is a parameter, which matches any text. */
export function isParameter(segment: string): boolean {
  return PARAMETER.test(segment);
}

/** Returns the segments of a path: `['a', ':b']` for `/a/:b`, and none for `''`. */
export function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

/** Returns the handler of a method, or undefined. The method may be any text, because HTTP/2 allows any text. */
export function rawHandlerOf(handlers: RawHandlers, method: string): RawHandler | undefined {
  return Object.hasOwn(handlers, method) && isRawMethod(method) ? handlers[method] : undefined;
}

/** Whether a text is a method that raw endpoints can handle. */
export function isRawMethod(method: string): method is RawMethod {
  return (RAW_METHODS as readonly string[]).includes(method);
}

/** The handlers of one endpoint, by path. If several paths match, the one with the earlier fixed segment wins. */
export class RawPaths {
  readonly #routes: readonly Route[];

  /** @throws TypeError that names the invalid path */
  constructor(paths: ReadonlyMap<string, RawHandlers>) {
    const shapes = new Map<string, string>();
    for (const path of paths.keys()) {
      requirePath(path);
      const shape = rankOf(path);
      const other = shapes.get(shape);
      if (other !== undefined) throw new TypeError(`"${other}" and "${path}" match the same requests`);
      shapes.set(shape, path);
    }
    const ranked = [...paths].toSorted(([a], [b]) => (rankOf(a) < rankOf(b) ? -1 : 1));
    const router = new Router({ sensitive: true });
    for (const [path] of ranked) router.all(path === '' ? '/' : path, () => undefined);
    this.#routes = router.stack.map((layer, index) => ({ layer, handlers: ranked[index]?.[1] ?? {} }));
  }

  /**
   * Finds the handler for a request.
   * @param segments the percent-decoded segments below the endpoint
   * @returns undefined if no path matches
   * @throws ApiError 400 for a parameter that is `.` or `..`, because handlers use parameters in file names and URLs
   */
  find(segments: readonly string[], method: string): RawMatch | undefined {
    if (segments.includes('')) return undefined;
    const path = `/${segments.map(encodeURIComponent).join('/')}`;
    const matching = this.#routes.filter(({ layer }) => layer.match(path));
    if (matching.length === 0) return undefined;
    const allow = [...new Set(matching.flatMap(({ handlers }) => Object.keys(handlers)))];
    const route = matching.find(({ handlers }) => rawHandlerOf(handlers, method) !== undefined);
    if (route === undefined) return { handler: undefined, params: {}, allow };
    const params = route.layer.params(path, route.layer.captures(path));
    Object.values(params).forEach(requireSegment);
    return { handler: rawHandlerOf(route.handlers, method), params, allow };
  }
}

/** @throws ApiError 400 for the segments `.` and `..` */
export function requireSegment(text: string): void {
  if (text !== '.' && text !== '..') return;
  throw badRequest(`Name parameter invalid: ${quoted(text)}: ${pathSegmentNameMessage(text) ?? ''}`);
}

/** Returns a text that is equal for paths that match the same requests, and that sorts fixed segments before parameters. */
function rankOf(path: string): string {
  return segmentsOf(path)
    .map((segment) => (isParameter(segment) ? '/1' : `/0${segment}`))
    .join('');
}

/** @throws TypeError that names the path and the problem */
function requirePath(path: string): void {
  if (!/^(\/[^/]+)*$/.test(path)) throw new TypeError(`"${path}" must be "" or begin with "/"`);
  const names = new Set<string>();
  for (const segment of segmentsOf(path)) {
    if (segment === '.' || segment === '..')
      throw new TypeError(`"${path}" must not contain "${segment}", which clients resolve before they send a request`);
    const [, name] = PARAMETER.exec(segment) ?? [];
    if (name === undefined && SPECIAL.test(segment))
      throw new TypeError(`"${path}": "${segment}" must be plain text or a parameter like :name`);
    if (name === undefined) continue;
    if (names.has(name)) throw new TypeError(`"${path}" has two parameters "${name}"`);
    names.add(name);
  }
}
