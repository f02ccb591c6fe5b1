/**
 * Paths of raw endpoints, and which of them a request is for.
 * @module
 */
import Router, { type Layer } from '@koa/router';
import type { Middleware } from 'koa';
import type { RequestState } from './request-context.ts';
import { pathSegmentNameMessage } from '../wire/names.ts';
import { quoted } from '../wire/quote.ts';
import { badRequest } from '../wire/status.ts';

/** HTTP methods of raw endpoints. HEAD and OPTIONS are answered only where they have a handler. */
export type RawMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

/** What handlers find in their context besides what koa puts there. */
export interface RawParameters {
  /** By name, percent-decoded; never empty, `.` or `..`. Of a namespaced endpoint, `namespace` too. */
  readonly params: Readonly<Record<string, string>>;
}

/** A koa handler. `ctx.state` has who asks (`user`), and until when somebody waits (`signal`). */
export type RawHandler = Middleware<RequestState, RawParameters>;

/** Handlers by method. */
export type RawHandlers = Readonly<Partial<Record<RawMethod, RawHandler>>>;

/** What there is at a path. */
export interface RawMatch {
  /** Undefined: none for this method. */
  readonly handler: RawHandler | undefined;
  readonly params: Readonly<Record<string, string>>;
  /** The methods that have one. */
  readonly allow: readonly string[];
}

export const RAW_METHODS: readonly RawMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

interface Route {
  readonly layer: Layer;
  readonly handlers: RawHandlers;
}

const PARAMETER = /^:([A-Za-z]\w*)$/;
/** What patterns of the router give a meaning to. */
const SPECIAL = /[:*{}()[\]+?!\\%]/;

/** Whether a segment of a path stands for any text. */
export function isParameter(segment: string): boolean {
  return PARAMETER.test(segment);
}

/** `/a/:b` as its segments; `''` has none. */
export function segmentsOf(path: string): string[] {
  return path.split('/').slice(1);
}

/** The handler of a method. Whatever a client may send for one: the methods of HTTP/2 are any words. */
export function rawHandlerOf(handlers: RawHandlers, method: string): RawHandler | undefined {
  return Object.hasOwn(handlers, method) && isRawMethod(method) ? handlers[method] : undefined;
}

export function isRawMethod(method: string): method is RawMethod {
  return (RAW_METHODS as readonly string[]).includes(method);
}

/** The handlers of one endpoint, by path. Where several paths fit, the one with the earlier fixed segment comes first. */
export class RawPaths {
  readonly #routes: readonly Route[];

  /** @throws TypeError naming the path that cannot be served */
  constructor(paths: ReadonlyMap<string, RawHandlers>) {
    const shapes = new Map<string, string>();
    for (const path of paths.keys()) {
      requirePath(path);
      const shape = rankOf(path);
      const other = shapes.get(shape);
      if (other !== undefined) throw new TypeError(`"${other}" and "${path}" are for the same requests`);
      shapes.set(shape, path);
    }
    const ranked = [...paths].toSorted(([a], [b]) => (rankOf(a) < rankOf(b) ? -1 : 1));
    const router = new Router({ sensitive: true });
    for (const [path] of ranked) router.all(path === '' ? '/' : path, () => undefined);
    this.#routes = router.stack.map((layer, index) => ({ layer, handlers: ranked[index]?.[1] ?? {} }));
  }

  /**
   * What there is at a path.
   * @param segments percent-decoded
   * @returns undefined when there is nothing
   * @throws ApiError 400 for a parameter that is `.` or `..`: handlers make names of files and URLs of them
   */
  find(segments: readonly string[], method: string): RawMatch | undefined {
    if (segments.includes('')) return undefined;
    const path = `/${segments.map(encodeURIComponent).join('/')}`;
    const fitting = this.#routes.filter(({ layer }) => layer.match(path));
    if (fitting.length === 0) return undefined;
    const allow = [...new Set(fitting.flatMap(({ handlers }) => Object.keys(handlers)))];
    const route = fitting.find(({ handlers }) => rawHandlerOf(handlers, method) !== undefined);
    if (route === undefined) return { handler: undefined, params: {}, allow };
    const params = route.layer.params(path, route.layer.captures(path));
    Object.values(params).forEach(requireSegment);
    return { handler: rawHandlerOf(route.handlers, method), params, allow };
  }
}

/** @throws ApiError 400 */
export function requireSegment(text: string): void {
  if (text !== '.' && text !== '..') return;
  throw badRequest(`Name parameter invalid: ${quoted(text)}: ${pathSegmentNameMessage(text) ?? ''}`);
}

/** Equal for paths of the same requests, and in order of precedence: fixed segments before parameters. */
function rankOf(path: string): string {
  return segmentsOf(path)
    .map((segment) => (isParameter(segment) ? '/1' : `/0${segment}`))
    .join('');
}

function requirePath(path: string): void {
  if (!/^(\/[^/]+)*$/.test(path)) throw new TypeError(`"${path}" must be "" or begin with "/"`);
  const names = new Set<string>();
  for (const segment of segmentsOf(path)) {
    if (segment === '.' || segment === '..')
      throw new TypeError(`"${path}" is never asked for: ${segment} is resolved`);
    const [, name] = PARAMETER.exec(segment) ?? [];
    if (name === undefined && SPECIAL.test(segment))
      throw new TypeError(`"${path}": "${segment}" must be plain text, or a parameter like :name`);
    if (name === undefined) continue;
    if (names.has(name)) throw new TypeError(`"${path}" has two parameters "${name}"`);
    names.add(name);
  }
}
