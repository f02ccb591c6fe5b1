/**
 * Raw endpoints: plain koa handlers under a resource's path.
 * @module
 */
import type { Middleware } from 'koa';
import type { ApiResource } from './wire/discovery.ts';
import { isReservedPlural } from './reserved-plurals.ts';
import { dns1123LabelMessage } from './wire/names.ts';

/** HTTP methods of raw endpoints. */
export type RawMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Handlers by method. */
export type RawHandlers = Readonly<Partial<Record<RawMethod, Middleware>>>;

/** A raw endpoint, made by {@link rawEndpoint}. */
export interface RawEndpoint {
  readonly type: 'raw';
  readonly name: string;
  /** By the path below the resource: `''`, `/bar`. */
  readonly paths: ReadonlyMap<string, RawHandlers>;
  readonly discovery: ApiResource;
}

/** What a raw endpoint is made from. */
export interface RawEndpointDefinition {
  /** The resource's name in the path. */
  readonly name: string;
  /** @default the name with a capital */
  readonly kind?: string | undefined;
  /** Handlers by the path below the resource (`''` is the resource itself) and by method. */
  readonly paths: Readonly<Record<string, RawHandlers>>;
}

const VERBS: Readonly<Record<RawMethod, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Serves plain koa handlers under `/apis/GROUP/VERSION/NAME`. They get the koa context as it is, the user in `ctx.state.user`.
 * @throws TypeError when the definition cannot be served
 * @example
 * rawEndpoint({ name: 'foo', paths: { '': { GET: (ctx) => { ctx.body = { hello: 'foo' }; } }, '/bar': { GET: bar } } });
 */
export function rawEndpoint({ name, kind, paths }: RawEndpointDefinition): RawEndpoint {
  const byPath = new Map(Object.entries(paths));
  check(name, byPath);
  const ownKind = kind ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return {
    type: 'raw',
    name,
    paths: byPath,
    discovery: {
      name,
      singularName: name,
      namespaced: false,
      kind: ownKind,
      verbs: verbsOf(byPath.get('')),
      subresources: subresourcesOf(byPath).map(([subresource, verbs]) => ({ name: subresource, verbs, kind: ownKind })),
    },
  };
}

function check(name: string, paths: RawEndpoint['paths']): void {
  const refuse = (field: string, message: string): never => {
    throw new TypeError(`raw endpoint ${name}: ${field}: ${message}`);
  };
  const message = dns1123LabelMessage(name);
  if (message !== undefined) refuse('name', message);
  if (isReservedPlural(name)) refuse('name', `"${name}" has another meaning in request paths`);
  if (paths.size === 0) refuse('paths', 'there are none, so there is nothing to serve');
  for (const [path, handlers] of paths) {
    if (!/^(\/[^/]+)*$/.test(path)) refuse('paths', `"${path}" must be "" or begin with "/"`);
    const methods = Object.entries(handlers);
    if (methods.length === 0) refuse('paths', `"${path}" has no handlers`);
    for (const [method, handler] of methods) {
      if (!isRawMethod(method)) refuse('paths', `"${path}": ${method} must be one of ${Object.keys(VERBS).join(', ')}`);
      if (typeof handler !== 'function') refuse('paths', `"${path}": ${method} is no function`);
    }
  }
}

/** The handler of a method. Whatever a client may send for one: the methods of HTTP/2 are any words. */
export function rawHandlerOf(handlers: RawHandlers, method: string): Middleware | undefined {
  return isRawMethod(method) ? handlers[method] : undefined;
}

function isRawMethod(method: string): method is RawMethod {
  return Object.hasOwn(VERBS, method);
}

function verbsOf(handlers: RawHandlers | undefined): string[] {
  return Object.keys(handlers ?? {}).map((method) => VERBS[method as RawMethod]);
}

/** What RBAC knows of a path is its first segment: paths below one are of its subresource. */
function subresourcesOf(paths: RawEndpoint['paths']): [name: string, verbs: string[]][] {
  const verbs = new Map<string, Set<string>>();
  for (const [path, handlers] of paths) {
    const [, subresource] = path.split('/');
    if (subresource === undefined) continue;
    const known = verbs.get(subresource) ?? new Set();
    for (const verb of verbsOf(handlers)) known.add(verb);
    verbs.set(subresource, known);
  }
  return Array.from(verbs, ([name, known]) => [name, [...known]]);
}
