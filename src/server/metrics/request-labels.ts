/**
 * The labels of the metrics of a request. Their values come from the definitions of the server and from fixed lists, and never from names
 * that a client chooses, so the number of series is bounded.
 * @module
 */
import type { RequestInfo, ResourceRequestInfo } from '../wire/request-info.ts';
import type { ServedVersion } from '../write/served-resource.ts';

/** The labels that all metrics of requests have (conformance 9.3). */
export interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
  readonly component: string;
}

/** The parts of a request that its labels depend on. */
export interface LabelledRequest {
  readonly method: string;
  /** Undefined if the request was refused before its path was parsed. */
  readonly info: RequestInfo | undefined;
  readonly contentType: string | undefined;
}

const COMPONENT = 'apiserver';
/** The resource of requests for resources that the server does not serve. */
const UNKNOWN = 'unknown';
/** Replaces methods, subresources and paths that are not known. */
const OTHER = 'other';
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT']);
const BUILT_IN_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'scale', 'explain']);
/** The paths outside of resources, with the paths below them. Like upstream, the metrics have them as subresources. */
const PATHS = [
  '/livez',
  '/readyz',
  '/healthz',
  '/metrics',
  '/debug/graph',
  '/openapi/v2',
  '/openapi/v3',
  '/version',
  '/apis',
];

/** Returns the labels of a request. @param versions the resources of a group and version; undefined if it is not served */
export function requestLabels(
  request: LabelledRequest,
  versions: (group: string, version: string) => ServedVersion | undefined,
): RequestLabels {
  const { method, info } = request;
  if (info?.type !== 'resource') return labelsOfPath(method, info?.path);
  const served = info.prefix === 'apis' ? versions(info.group, info.version) : undefined;
  const target = served?.get(info.resource);
  const common = { verb: verbOf(request, info), scope: scopeOf(info), component: COMPONENT };
  if (target === undefined) return { ...common, group: '', version: '', resource: UNKNOWN, subresource: '' };
  const { group, version, resource, subresource } = info;
  const own = 'paths' in target ? {} : (target.resource.definition.subresources ?? {});
  const isKnown = subresource === '' || BUILT_IN_SUBRESOURCES.has(subresource) || Object.hasOwn(own, subresource);
  return { ...common, group, version, resource, subresource: isKnown ? subresource : OTHER };
}

/** Returns the label `dry_run` of a request for its parameters `dryRun`. */
export function dryRunLabel(values: readonly string[]): string {
  if (values.length === 0) return '';
  return values.every((value) => value === 'All') ? 'All' : 'invalid';
}

function labelsOfPath(method: string, path: string | undefined): RequestLabels {
  const known =
    path === undefined || path === '/' ? path : PATHS.find((one) => path === one || path.startsWith(`${one}/`));
  const subresource = path === undefined ? '' : (known ?? OTHER);
  const verb = methodOf(method);
  return { verb, group: '', version: '', resource: '', subresource, scope: '', component: COMPONENT };
}

function verbOf({ method, contentType }: LabelledRequest, { verb }: ResourceRequestInfo): string {
  if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') return verb.toUpperCase();
  return method === 'PATCH' && contentType?.startsWith('application/apply-patch+') === true
    ? 'APPLY'
    : methodOf(method);
}

function methodOf(method: string): string {
  if (method === 'HEAD') return 'GET';
  return METHODS.has(method) ? method : OTHER;
}

function scopeOf({ name, namespace }: ResourceRequestInfo): string {
  if (name !== '') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}
