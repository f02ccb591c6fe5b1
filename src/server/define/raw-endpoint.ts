/**
 * Raw endpoints: plain koa handlers, under a resource's path or under the group and version.
 * @module
 */
import type { ApiResource } from '../wire/discovery.ts';
import {
  isParameter,
  isRawMethod,
  RAW_METHODS,
  type RawHandlers,
  type RawMatch,
  type RawMethod,
  RawPaths,
  segmentsOf,
} from './raw-paths.ts';
import { type Opaque, opaque } from './opaque.ts';
import { isReservedPlural } from './reserved-plurals.ts';
import { dns1123LabelMessage } from '../wire/names.ts';

export type { RawHandler, RawHandlers, RawMethod, RawParameters } from './raw-paths.ts';

/** A raw endpoint. Made by {@link rawEndpoint}; it has no members for users. */
export type RawEndpoint = Opaque<RawEndpointParts>;

/** The parts of a {@link RawEndpoint}, for the server. */
export interface RawEndpointParts {
  readonly type: 'raw';
  /** The first segment of its path after the version (and the namespace). */
  readonly name: string;
  readonly namespaced: boolean;
  /** Discovery says nothing of it. */
  readonly isHidden: boolean;
  /** By the path below the name: `''`, `/bar`, `/:shop/logs`. */
  readonly paths: ReadonlyMap<string, RawHandlers>;
  readonly discovery: ApiResource;
  /** What there is below the name, by percent-decoded segments. @throws ApiError 400 for parameters that are no names */
  find(segments: readonly string[], method: string): RawMatch | undefined;
}

/** What raw endpoints of both forms have. */
export interface RawPathsDefinition {
  /**
   * Handlers by the path below, and by method. `''` is the endpoint itself. A segment `:shop` is a parameter, in `ctx.params.shop`; where
   * several paths fit, fixed segments come before parameters.
   */
  readonly paths: Readonly<Record<string, RawHandlers>>;
  /** Below `/namespaces/NAMESPACE`, which is in `ctx.params.namespace`. @default false */
  readonly namespaced?: boolean | undefined;
}

/** A raw endpoint that looks like a resource. */
export interface RawResourceDefinition extends RawPathsDefinition {
  /** The resource's name in the path. */
  readonly name: string;
  /** @default the name with a capital */
  readonly kind?: string | undefined;
  /**
   * What discovery calls the methods: a verb for each, or a list, which then is what the resource itself has. The garbage collector, the
   * namespace controller and `kubectl get all` act on what they find there (`list`, `delete`, `deletecollection`, `watch`).
   * @default get, create, update, patch, delete, for GET (and HEAD), POST, PUT, PATCH, DELETE
   */
  readonly verbs?: Readonly<Partial<Record<RawMethod, string>>> | readonly string[] | undefined;
}

/** A raw endpoint that discovery does not show. */
export interface RawPathDefinition extends RawPathsDefinition {
  /** Its path after the version: `/whoami`, `/admin/caches`. Its first segment is fixed, and the name of nothing else. */
  readonly path: string;
}

/** What a raw endpoint is made from. */
export type RawEndpointDefinition = RawResourceDefinition | RawPathDefinition;

const VERBS: Readonly<Partial<Record<RawMethod, string>>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
  HEAD: 'get',
};

/**
 * Serves plain koa handlers under `/apis/GROUP/VERSION/NAME`, or `…/namespaces/NAMESPACE/NAME`. They get the koa context as it is, the user
 * in `ctx.state.user`, and in `ctx.state.signal` for how long somebody waits. Bodies of requests are theirs to read, of whatever size.
 * @throws TypeError when the definition cannot be served
 * @example
 * rawEndpoint({ name: 'foo', paths: { '': { GET: (ctx) => { ctx.body = { hello: 'foo' }; } }, '/bar': { GET: bar } } });
 * @example
 * rawEndpoint({ name: 'shops', namespaced: true, paths: { '/:shop/log': { GET: (ctx) => void (ctx.body = logOf(ctx.params)) } } });
 * @example
 * rawEndpoint({ path: '/whoami', paths: { '': { GET: (ctx) => void (ctx.body = ctx.state.user) } } });
 */
export function rawEndpoint(definition: RawEndpointDefinition): RawEndpoint {
  const { namespaced = false } = definition;
  const [name = '', ...above] = 'path' in definition ? segmentsOf(definition.path) : [definition.name];
  const refuse = (field: string, message: string): never => {
    throw new TypeError(`raw endpoint ${'path' in definition ? definition.path : name}: ${field}: ${message}`);
  };
  checkName(definition, name, refuse);
  const prefix = above.map((segment) => `/${segment}`).join('');
  const paths = new Map(Object.entries(definition.paths).map(([path, handlers]) => [`${prefix}${path}`, handlers]));
  checkHandlers(paths, namespaced, refuse);
  const table = tableOf(paths, refuse);
  const { kind = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, verbs = {} }: Partial<RawResourceDefinition> =
    'path' in definition ? {} : definition;
  checkVerbs(verbs, refuse);
  return opaque<RawEndpointParts>({
    type: 'raw',
    name,
    namespaced,
    isHidden: 'path' in definition,
    paths,
    discovery: { name, singularName: name, namespaced, kind, ...verbsIn(paths, kind, verbs) },
    find: (segments, method) => table.find(segments, method),
  });
}

type GivenVerbs = NonNullable<RawResourceDefinition['verbs']>;
type Refuse = (field: string, message: string) => never;

function checkName(definition: RawEndpointDefinition, name: string, refuse: Refuse): void {
  const field = 'path' in definition ? 'path' : 'name';
  if ('path' in definition) {
    if (!definition.path.startsWith('/')) refuse(field, 'must begin with "/"');
    if (!/^[\w.~-]+$/.test(name)) refuse(field, `"${name}", its first segment, must be plain text`);
  } else {
    const message = dns1123LabelMessage(name);
    if (message !== undefined) refuse(field, message);
  }
  if (isReservedPlural(name)) refuse(field, `"${name}" has another meaning in request paths`);
}

function checkHandlers(paths: RawEndpointParts['paths'], namespaced: boolean, refuse: Refuse): void {
  if (paths.size === 0) refuse('paths', 'there are none, so there is nothing to serve');
  for (const [path, handlers] of paths) {
    const methods = Object.entries(handlers);
    if (methods.length === 0) refuse('paths', `"${path}" has no handlers`);
    for (const [method, handler] of methods) {
      if (!isRawMethod(method)) refuse('paths', `"${path}": ${method} must be one of ${RAW_METHODS.join(', ')}`);
      if (typeof handler !== 'function') refuse('paths', `"${path}": ${method} is no function`);
    }
    if (namespaced && segmentsOf(path).includes(':namespace'))
      refuse('paths', `"${path}": the parameter namespace is that of the endpoint`);
  }
}

function tableOf(paths: RawEndpointParts['paths'], refuse: Refuse): RawPaths {
  try {
    return new RawPaths(paths);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return refuse('paths', error.message);
  }
}

function checkVerbs(verbs: GivenVerbs, refuse: Refuse): void {
  for (const verb of Object.values(verbs)) {
    if (!/^[a-z]+$/.test(verb)) refuse('verbs', `"${verb}" must be a word in lower case`);
  }
  if (isList(verbs)) return;
  for (const method of Object.keys(verbs)) {
    if (!isRawMethod(method)) refuse('verbs', `${method} must be one of ${RAW_METHODS.join(', ')}`);
  }
}

/**
 * The verbs of the endpoint and of its subresources. Of a path `/bar` discovery has the subresource `bar`; `/:shop` is the resource itself,
 * and `/:shop/log` its subresource `log`, as the authorizer has it.
 */
function verbsIn(
  paths: RawEndpointParts['paths'],
  kind: string,
  given: GivenVerbs,
): Pick<ApiResource, 'verbs' | 'subresources'> {
  const names = isList(given) ? VERBS : { ...VERBS, ...given };
  const found = new Map<string, Set<string>>([['', new Set()]]);
  for (const [path, handlers] of paths) {
    const subresource = subresourceOf(path);
    if (subresource === undefined) continue;
    const verbs = found.get(subresource) ?? new Set();
    found.set(subresource, verbs);
    for (const method of Object.keys(handlers)) {
      const verb = isRawMethod(method) ? names[method] : undefined;
      if (verb !== undefined) verbs.add(verb);
    }
  }
  const { '': own = new Set<string>(), ...below } = Object.fromEntries(found);
  return {
    verbs: isList(given) ? given : [...own],
    subresources: Object.entries(below).map(([name, verbs]) => ({ name, verbs: [...verbs], kind })),
  };
}

/** Empty for the endpoint itself; undefined where it is a parameter, and has no name. */
function subresourceOf(path: string): string | undefined {
  const [first = '', second = ''] = segmentsOf(path);
  if (!isParameter(first)) return first;
  return isParameter(second) ? undefined : second;
}

function isList(verbs: GivenVerbs): verbs is readonly string[] {
  return Array.isArray(verbs);
}
