/**
 * Request info (apiserver's RequestInfoFactory; conformance 8): from the request line to verb, resource and object.
 * @module
 */
import type { SelectorLimits } from './limits.ts';
import { listQuery } from './list-query.ts';
import { pathSegmentNameMessage } from '../../object-meta/names.ts';
import { queryBoolean } from './query.ts';
import { badRequest, internalError } from './status.ts';

/** The verb of a request. The server never serves `proxy`, or the empty verb, which stands for all other HTTP methods. */
export type ResourceVerb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | 'proxy'
  | '';

/** The info of a request for a resource, below `/api/VERSION` or `/apis/GROUP/VERSION`. */
export interface ResourceRequestInfo {
  readonly type: 'resource';
  /** The decoded path. */
  readonly path: string;
  readonly verb: ResourceVerb;
  /** `/api` serves the core group, whose name is empty; `/apis` serves all other groups. */
  readonly prefix: 'api' | 'apis';
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Empty without a subresource. */
  readonly subresource: string;
  /** Empty for cluster scope and for all namespaces. */
  readonly namespace: string;
  /** Empty for collections, unless a field selector `metadata.name=` names the object. */
  readonly name: string;
  /** True if the path contains the name: the request is for one object. */
  readonly isNamed: boolean;
  /** The segments of the path that begin with the resource: resource, name, subresource, and the rest. */
  readonly parts: readonly string[];
  /** True on the deprecated `/watch/` prefix. */
  readonly isWatchPath: boolean;
}

/** The info of a request for any other path, such as `/healthz` or discovery. */
export interface NonResourceRequestInfo {
  readonly type: 'nonResource';
  readonly path: string;
  /** The HTTP method in lower case. */
  readonly verb: string;
}

/** The info that the request line contains. */
export type RequestInfo = ResourceRequestInfo | NonResourceRequestInfo;

/** Subresources of the namespace object: `namespaces/NS/status` is not a resource `status` in NS. */
const namespaceSubresources: readonly string[] = ['status', 'finalize'];

const methodVerbs: ReadonlyMap<string, ResourceVerb> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw badRequest('the path of the request is not properly percent-encoded', { cause: error });
  }
}

function segmentsOf(path: string): readonly string[] {
  // Not a pattern like `/\/+$/`: it would be quadratic in the number of slashes.
  let [start, end] = [0, path.length];
  while (path[start] === '/') start += 1;
  while (end > start && path[end - 1] === '/') end -= 1;
  return start === end ? [] : path.slice(start, end).split('/');
}

/** Returns the verb and name for a GET of a collection. It accepts an invalid query, because the 400 must come after authorization. */
function collectionRead(
  query: URLSearchParams,
  limits: SelectorLimits | undefined,
): { readonly verb: 'list' | 'watch'; readonly name: string } {
  const verb = queryBoolean(query, 'watch') === true ? 'watch' : 'list';
  try {
    const name = listQuery(query, limits).fieldSelector.exactValue('metadata.name') ?? '';
    return { verb, name: pathSegmentNameMessage(name) === undefined ? name : '' };
  } catch {
    return { verb, name: '' };
  }
}

/** Splits the namespace from the segments that begin with the resource. */
function scoped(segments: readonly string[]): { readonly namespace: string; readonly parts: readonly string[] } {
  const [first, namespace = '', third] = segments;
  if (first !== 'namespaces') return { namespace: '', parts: segments };
  const isWithin = third !== undefined && !namespaceSubresources.includes(third);
  return { namespace, parts: isWithin ? segments.slice(2) : segments };
}

/**
 * Parses the request line. Authorization, routing, metrics and audit use the result. It does not say whether the resource exists.
 * @param path as in the request line: percent-encoded, without the query
 * @throws ApiError 400 for a path that is not properly percent-encoded, and upstream's 500 for a `/watch/` prefix without a resource
 * @example requestInfo('GET', '/apis/example.com/v1/namespaces/shop/carts', new URLSearchParams('watch=1')) // verb: 'watch'
 */
export function requestInfo(
  method: string,
  path: string,
  query: URLSearchParams,
  limits?: SelectorLimits,
): RequestInfo {
  const plainPath = decoded(path);
  const [prefix, ...afterPrefix] = segmentsOf(plainPath);
  const isCore = prefix === 'api';
  const [group = '', version = '', ...rest] = isCore ? ['', ...afterPrefix] : afterPrefix;
  // Like upstream, no route serves a path that begins with two slashes.
  if ((prefix !== 'api' && prefix !== 'apis') || rest.length === 0 || plainPath.startsWith('//')) {
    return { type: 'nonResource', path: plainPath, verb: method.toLowerCase() };
  }

  const special = rest[0] === 'watch' || rest[0] === 'proxy' ? rest[0] : undefined;
  if (special !== undefined && rest.length === 1) {
    throw internalError(`unable to determine kind and namespace from url, ${path}`);
  }
  const { namespace, parts } = scoped(special === undefined ? rest : rest.slice(1));
  const [resource = '', pathName = '', third = ''] = parts;
  const common = {
    type: 'resource',
    path: plainPath,
    prefix,
    group,
    version,
    resource,
    subresource: special === 'proxy' ? '' : third,
    namespace,
    isNamed: pathName !== '',
    parts,
    isWatchPath: special === 'watch',
  } as const;

  const verb = special ?? methodVerbs.get(method) ?? '';
  if (verb === 'get' && pathName === '') return { ...common, ...collectionRead(query, limits) };
  return { ...common, verb: verb === 'delete' && pathName === '' ? 'deletecollection' : verb, name: pathName };
}
