/**
 * The checks of discovery and OpenAPI: the documents that clients read through the API server describe the resources of the module.
 * @module
 */
import { isNotFound } from '../../informers/index.ts';
import { type ApiParts, apiGroupsOf, openApiOf } from '../../server/define/api-definition.ts';
import type { Outcome, Problem } from './check.ts';
import { counted } from './cluster-checks.ts';
import type { DoctorContext } from './context.ts';

const OLD_SERVER =
  'Restart the servers behind the Service with the current module; a rolling update may still be running.';
const WAIT =
  'The kube-apiserver reads OpenAPI once a minute: run doctor again in a minute, then look for "openapi" in the log of the kube-apiserver.';

/** The fields of a resource in discovery that are compared. */
interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** Compares the discovery of each group version with the module. */
export async function discoveryCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const { apis } = context.get('module');
  const problems: Problem[] = [];
  let count = 0;
  for (const api of apis) {
    const path = `/apis/${api.group}/${api.version}`;
    const document = await optional<{ readonly resources?: readonly DiscoveredResource[] }>(context, path, signal);
    if (document === undefined) {
      problems.push({ cause: `the server does not serve ${api.group}/${api.version}`, fix: OLD_SERVER });
      continue;
    }
    const listed = await optional<{ readonly versions?: readonly { readonly version: string }[] }>(
      context,
      `/apis/${api.group}`,
      signal,
    );
    if (listed?.versions?.some(({ version }) => version === api.version) !== true) {
      const cause = `the API server does not list ${api.group}/${api.version}`;
      problems.push({ cause, fix: 'Run doctor again in a few seconds; then look at the log of the kube-apiserver.' });
    }
    const served = (document.resources ?? []).filter(({ name }) => !name.includes('/'));
    const expected = resourcesOf(api);
    count += expected.length;
    problems.push(...differences(api, expected, served));
  }
  return { summary: `${counted(count, 'resource')} of the module`, problems };
}

function resourcesOf(api: ApiParts): DiscoveredResource[] {
  return apiGroupsOf([api]).flatMap(({ versions }) => versions.flatMap(({ resources }) => resources));
}

function differences(
  { group, version }: ApiParts,
  expected: readonly DiscoveredResource[],
  served: readonly DiscoveredResource[],
): Problem[] {
  const where = `${group}/${version}`;
  const servedNames = new Map(served.map((resource) => [resource.name, resource]));
  const expectedNames = new Set(expected.map(({ name }) => name));
  const missing = expected.filter(({ name }) => !servedNames.has(name)).map(({ name }) => name);
  const more = served.filter(({ name }) => !expectedNames.has(name)).map(({ name }) => name);
  const changed = expected
    .filter((resource) => isDifferent(resource, servedNames.get(resource.name)))
    .map(({ name }) => name);
  return [
    ...(missing.length > 0 ? [`the server lacks ${missing.join(', ')} in ${where}`] : []),
    ...(more.length > 0
      ? [`the server also serves ${more.join(', ')} in ${where}, which the module does not define`]
      : []),
    ...(changed.length > 0
      ? [`the kind, scope or verbs of ${changed.join(', ')} in ${where} are not those of the module`]
      : []),
  ].map((cause) => ({ cause, fix: OLD_SERVER }));
}

function isDifferent(expected: DiscoveredResource, served: DiscoveredResource | undefined): boolean {
  if (served === undefined) return false;
  const text = ({ kind, namespaced, verbs }: DiscoveredResource): string =>
    JSON.stringify([kind, namespaced, verbs.toSorted()]);
  return text(expected) !== text(served);
}

/** Checks that OpenAPI v3 and v2 of the API server contain the resources. */
export async function openApiCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const described = context.get('module').apis.map((api) => ({ api, names: namesInOpenApi(api) }));
  const root = await optional<{ readonly paths?: Readonly<Record<string, { readonly serverRelativeURL?: string }>> }>(
    context,
    '/openapi/v3',
    signal,
  );
  const problems: Problem[] = [];
  if (root !== undefined) {
    for (const { api, names } of described) {
      const key = `apis/${api.group}/${api.version}`;
      const url = root.paths?.[key]?.serverRelativeURL;
      const document = url === undefined ? undefined : await optional<OpenApiDocument>(context, url, signal);
      if (document === undefined) problems.push({ cause: `OpenAPI v3 does not contain ${key}`, fix: WAIT });
      else problems.push(...undescribed('v3', api, names, document));
    }
  }
  const v2 = await context.transport.get<OpenApiDocument>('/openapi/v2', { signal });
  for (const { api, names } of described) problems.push(...undescribed('v2', api, names, v2));
  return { summary: root === undefined ? 'v2; the cluster has no v3' : 'v3 and v2', problems };
}

interface OpenApiDocument {
  readonly paths?: Readonly<Record<string, unknown>>;
}

/** Raw endpoints are in no document. */
function namesInOpenApi(api: ApiParts): string[] {
  return openApiOf(api).resources.map(({ plural }) => plural);
}

function undescribed(
  format: string,
  { group, version }: ApiParts,
  names: readonly string[],
  { paths = {} }: OpenApiDocument,
): Problem[] {
  const root = `/apis/${group}/${version}`;
  const missing = names.filter(
    (name) => !(`${root}/${name}` in paths) && !(`${root}/namespaces/{namespace}/${name}` in paths),
  );
  if (missing.length === 0) return [];
  return [{ cause: `OpenAPI ${format} does not describe ${missing.join(', ')} of ${group}/${version}`, fix: WAIT }];
}

/** Reads a document; returns undefined if it does not exist. */
async function optional<T>({ transport }: DoctorContext, path: string, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await transport.get<T>(path, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
