/**
 * Raw endpoints: koa handlers under the path of a resource, or directly under a group and version.
 * @module
 */
import type { ApiResource } from '../wire/discovery.ts';
import { dns1123LabelMessage } from '../../object-meta/names.ts';
import { isReservedPlural } from './check-definition.ts';
import { type Need, needsProblem } from './needs.ts';
import { type Opaque, opaque } from './opaque.ts';
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

export type { RawHandler, RawHandlers, RawMethod, RawParameters } from './raw-paths.ts';

/** A raw endpoint. Made by {@link rawEndpoint}; it has no members for users. */
export type RawEndpoint = Opaque<RawEndpointParts>;

/** The parts of a {@link RawEndpoint} that only the server reads. */
export interface RawEndpointParts {
  readonly type: 'raw';
  /** The first segment of the path after the version and the namespace. */
  readonly name: string;
  readonly namespaced: boolean;
  /** Whether discovery omits the endpoint. */
  readonly isHidden: boolean;
  /** Handlers by the path below the name: `''`, `/bar`, `/:shop/logs`. */
  readonly paths: ReadonlyMap<string, RawHandlers>;
  readonly discovery: ApiResource;
  readonly needs: readonly Need[];
  /** Finds the handler for the percent-decoded segments below the name. @throws ApiError 400 for a parameter that is `.` or `..` */
  find(segments: readonly string[], method: string): RawMatch | undefined;
}

/** The common part of both forms of raw endpoints. */
export interface RawPathsDefinition {
  /**
   * Handlers by the path below the endpoint, then by HTTP method. `''` is the endpoint itself. A segment `:shop` is a parameter, which the
   * handler reads from `ctx.params.shop`. If several paths match, fixed segments win over parameters.
   */
  readonly paths: Readonly<Record<string, RawHandlers>>;
  /** Whether the endpoint is below `/namespaces/NAMESPACE`. Handlers read it from `ctx.params.namespace`. @default false */
  readonly namespaced?: boolean | undefined;
  /** The sources that the handlers read. The server keeps the collections running, so that handlers can read them. */
  readonly needs?: readonly Need[] | undefined;
}

/** A raw endpoint that discovery lists like a resource. */
export interface RawResourceDefinition extends RawPathsDefinition {
  /** The name in the path, in lower case. */
  readonly name: string;
  /** @default the name with a capital first letter */
  readonly kind?: string | undefined;
  /**
   * The verbs in discovery: either the verb of each method, or a list of verbs for the endpoint itself. Do not claim verbs that
   * the endpoint does not implement: the garbage collector and the namespace controller act on `list`, `watch`, `delete` and
   * `deletecollection`.
   * @default get, create, update, patch, delete, for GET (and HEAD), POST, PUT, PATCH, DELETE
   */
  readonly verbs?: Readonly<Partial<Record<RawMethod, string>>> | readonly string[] | undefined;
}

/** A raw endpoint that discovery does not list. */
export interface RawPathDefinition extends RawPathsDefinition {
  /** The path after the version: `/whoami`, `/admin/caches`. The first segment must be fixed, and unique in its group and version. */
  readonly path: string;
}

/** The definition of a raw endpoint, in one of two forms. */
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
 * Serves koa handlers under `/apis/GROUP/VERSION/NAME` or `/apis/GROUP/VERSION/namespaces/NAMESPACE/NAME`.
 *
 * Requests are authenticated as for resources, and errors become statuses. `ctx.state.user` is the user, and `ctx.state.signal` is aborted
 * when the request is over. The framework does not read request bodies and does not limit their size.
 * Requests are authorized by their method and path, like those for resources. The timeout is one minute, but the subresources `log`, `exec`, `attach`, `portforward` and `proxy` have no timeout.
 * @throws TypeError that names the invalid field
 * @example
 * rawEndpoint({ name: 'foo', paths: { '': { GET: (ctx) => void (ctx.body = { hello: 'foo' }) } } });
 * @example
 * rawEndpoint({
 *   name: 'shops',
 *   namespaced: true,
 *   paths: { '/:shop/log': { GET: (ctx) => void (ctx.body = logOf(ctx.params['shop'])) } },
 * });
 * @example
 * rawEndpoint({ path: '/whoami', paths: { '': { GET: (ctx) => void (ctx.body = ctx.state.user) } } });
 */
export function rawEndpoint(definition: RawEndpointDefinition): RawEndpoint {
  const { namespaced = false, needs = [] } = definition;
  const [name = '', ...above] = 'path' in definition ? segmentsOf(definition.path) : [definition.name];
  const reject = (field: string, message: string): never => {
    throw new TypeError(`raw endpoint ${'path' in definition ? definition.path : name}: ${field}: ${message}`);
  };
  checkName(definition, name, reject);
  const prefix = above.map((segment) => `/${segment}`).join('');
  const paths = new Map(Object.entries(definition.paths).map(([path, handlers]) => [`${prefix}${path}`, handlers]));
  checkPaths(paths, namespaced, reject);
  const rawPaths = rawPathsOf(paths, reject);
  const wrongNeed = needsProblem(needs);
  if (wrongNeed !== undefined) reject('needs', wrongNeed);
  const { kind = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, verbs = {} }: Partial<RawResourceDefinition> =
    'path' in definition ? {} : definition;
  checkVerbs(verbs, reject);
  return opaque<RawEndpointParts>({
    type: 'raw',
    name,
    namespaced,
    isHidden: 'path' in definition,
    paths,
    needs,
    discovery: { name, singularName: name, namespaced, kind, ...verbsIn(paths, kind, verbs) },
    find: (segments, method) => rawPaths.find(segments, method),
  });
}

type Verbs = NonNullable<RawResourceDefinition['verbs']>;
/** Throws a TypeError that names the endpoint and the field. */
type Reject = (field: string, message: string) => never;

function checkName(definition: RawEndpointDefinition, name: string, reject: Reject): void {
  const field = 'path' in definition ? 'path' : 'name';
  if ('path' in definition) {
    if (!definition.path.startsWith('/')) reject(field, 'must begin with "/"');
    if (!/^[\w.~-]+$/.test(name)) reject(field, `"${name}", its first segment, must be plain text`);
  } else {
    const message = dns1123LabelMessage(name);
    if (message !== undefined) reject(field, message);
  }
  if (isReservedPlural(name)) reject(field, `"${name}" has another meaning in request paths`);
}

function checkPaths(paths: RawEndpointParts['paths'], namespaced: boolean, reject: Reject): void {
  if (paths.size === 0) reject('paths', 'must have at least one path');
  for (const [path, handlers] of paths) {
    const methods = Object.entries(handlers);
    if (methods.length === 0) reject('paths', `"${path}" needs at least one handler`);
    for (const [method, handler] of methods) {
      if (!isRawMethod(method)) reject('paths', `"${path}": ${method} must be one of ${RAW_METHODS.join(', ')}`);
      if (typeof handler !== 'function') reject('paths', `"${path}": ${method} must be a function`);
    }
    if (namespaced && segmentsOf(path).includes(':namespace'))
      reject('paths', `"${path}": must not have a parameter :namespace, which a namespaced endpoint has anyway`);
  }
}

function rawPathsOf(paths: RawEndpointParts['paths'], reject: Reject): RawPaths {
  try {
    return new RawPaths(paths);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return reject('paths', error.message);
  }
}

function checkVerbs(verbs: Verbs, reject: Reject): void {
  for (const verb of Object.values(verbs)) {
    if (!/^[a-z]+$/.test(verb)) reject('verbs', `"${verb}" must be one word in lower case`);
  }
  if (isList(verbs)) return;
  for (const method of Object.keys(verbs)) {
    if (!isRawMethod(method)) reject('verbs', `${method} must be one of ${RAW_METHODS.join(', ')}`);
  }
}

/**
 * Returns the verbs of the endpoint and of its subresources. The path `/bar` is the subresource `bar`. `/:shop` is an object of the
 * resource, and `/:shop/log` is the subresource `log`, as for an authorizer.
 */
function verbsIn(
  paths: RawEndpointParts['paths'],
  kind: string,
  configured: Verbs,
): Pick<ApiResource, 'verbs' | 'subresources'> {
  const names = isList(configured) ? VERBS : { ...VERBS, ...configured };
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
    verbs: isList(configured) ? configured : [...own],
    subresources: Object.entries(below).map(([name, verbs]) => ({ name, verbs: [...verbs], kind })),
  };
}

/** Returns the subresource of a path: empty for the endpoint itself, undefined if it is a parameter and so has no name. */
function subresourceOf(path: string): string | undefined {
  const [first = '', second = ''] = segmentsOf(path);
  if (!isParameter(first)) return first;
  return isParameter(second) ? undefined : second;
}

function isList(verbs: Verbs): verbs is readonly string[] {
  return Array.isArray(verbs);
}
