/**
 * The checks of the registration: the APIServices, their Services with endpoints, and the condition `Available`.
 * @module
 */
import { isNotFound, type V1APIService, type V1Service } from '../../informers/index.ts';
import type { Outcome, Problem } from './check.ts';
import type { DoctorContext } from './context.ts';
import { apiServiceName, byServicePort, type RegisteredApi, qualifiedName, servicePath } from './registration.ts';

const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const APPLY = 'Apply the APIService, as docs/real-cluster.md shows, and name the Service of the server in it.';

/** Reads the APIService of each group version of the module. */
export async function apiServiceCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const registrations: RegisteredApi[] = [];
  const problems: Problem[] = [];
  for (const api of context.get('module').apis) {
    const name = apiServiceName(api);
    const object = await found<V1APIService>(context, `${API_SERVICES}/${name}`, signal);
    if (object === undefined) {
      problems.push({ cause: `the APIService ${name} does not exist`, fix: APPLY });
      continue;
    }
    const { namespace, name: serviceName, port = 443 } = object.spec?.service ?? {};
    if (namespace === undefined || serviceName === undefined) {
      problems.push({
        cause: `the APIService ${name} has no service, so the kube-apiserver serves ${api.group}/${api.version} itself, for example from a CRD`,
        fix: `Choose another group or version for the module, or delete the CRDs of ${api.group}/${api.version}. ${APPLY}`,
      });
      continue;
    }
    registrations.push({ api, name, object, service: { namespace, name: serviceName, port } });
  }
  context.set('registrations', registrations);
  const summary = registrations
    .map(({ name, service }) => `${name} names the Service ${qualifiedName(service)}`)
    .join('; ');
  return { summary, problems };
}

/** Reads the Services of the APIServices, and checks their ports. */
export async function serviceCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const services = new Map<string, V1Service>();
  const problems: Problem[] = [];
  const registrations = byServicePort(context.get('registrations'));
  for (const { name, service } of registrations) {
    const key = qualifiedName(service);
    const object = await found<V1Service>(context, servicePath(service), signal);
    if (object === undefined) {
      problems.push({
        cause: `the Service ${key} does not exist, but the APIService ${name} names it`,
        fix: 'Create the Service, or correct its name and namespace in the APIService.',
      });
      continue;
    }
    services.set(key, object);
    const ports = (object.spec?.ports ?? []).map(({ port }) => port);
    if (!isExternal(object) && !ports.includes(service.port)) {
      problems.push({
        cause: `the Service ${key} has the ports ${ports.join(', ') || 'none'}, but the APIService ${name} names the port ${service.port}`,
        fix: `Add the port ${service.port} to the Service, or correct spec.service.port of the APIService.`,
      });
    }
  }
  context.set('services', services);
  return {
    summary: registrations.map(({ service }) => `${qualifiedName(service)}, port ${service.port}`).join('; '),
    problems,
  };
}

/** Checks that each Service has a ready endpoint. A Service of type ExternalName has none. */
export async function endpointsCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const problems: Problem[] = [];
  const summaries: string[] = [];
  for (const { service } of byServicePort(context.get('registrations'))) {
    const key = qualifiedName(service);
    const object = context.get('services').get(key);
    if (isExternal(object)) {
      summaries.push(`${key} leads to ${object?.spec?.externalName}`);
      continue;
    }
    const portName = object?.spec?.ports?.find(({ port }) => port === service.port)?.name ?? '';
    const { ready, notReady } = await endpointsOf(context, { ...service, portName }, signal);
    if (ready > 0) summaries.push(`${key} has ${ready} ready`);
    else problems.push(endpointProblem(key, object, notReady));
  }
  return { summary: summaries.join('; '), problems };
}

function endpointProblem(key: string, object: V1Service | undefined, notReady: number): Problem {
  const selector = Object.entries(object?.spec?.selector ?? {}).map(([name, value]) => `${name}=${value}`);
  const [namespace = ''] = key.split('/');
  if (selector.length === 0) {
    return {
      cause: `the Service ${key} has no endpoints and no selector`,
      fix: 'Add the labels of the pods as its selector, or use the type ExternalName for a server outside the cluster.',
    };
  }
  const list = `kubectl get pods -n ${namespace} -l ${selector.join(',')}`;
  if (notReady > 0) {
    return {
      cause: `none of the ${notReady} endpoints of the Service ${key} is ready`,
      fix: `Look at the pods (${list}), their logs and their /readyz?verbose.`,
    };
  }
  return {
    cause: `no pod with the labels ${selector.join(',')} backs the Service ${key}`,
    fix: `Start the pods, or correct the selector of the Service: ${list}.`,
  };
}

interface Endpoints {
  readonly ready: number;
  readonly notReady: number;
}

interface SliceList {
  readonly items?: readonly {
    readonly ports?: readonly { readonly name?: string }[] | null;
    readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] | null;
  }[];
}

/** Counts the endpoints of a port. A cluster before Kubernetes 1.21 has no EndpointSlices of this version, but it has Endpoints. */
async function endpointsOf(
  context: DoctorContext,
  service: RegisteredApi['service'] & { readonly portName: string },
  signal: AbortSignal,
): Promise<Endpoints> {
  const { namespace, name, portName } = service;
  const query = { labelSelector: `kubernetes.io/service-name=${name}` };
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;
  try {
    const { items = [] } = await context.transport.get<SliceList>(path, { query, signal });
    const endpoints = items
      .filter(({ ports }) => (ports ?? []).some((port) => (port.name ?? '') === portName))
      .flatMap((slice) => slice.endpoints ?? []);
    const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
    return { ready, notReady: endpoints.length - ready };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const legacy = `/api/v1/namespaces/${encodeURIComponent(namespace)}/endpoints/${encodeURIComponent(name)}`;
  const object = await found<{
    readonly subsets?: readonly {
      readonly addresses?: readonly unknown[];
      readonly notReadyAddresses?: readonly unknown[];
    }[];
  }>(context, legacy, signal);
  const count = (lists: (readonly unknown[] | undefined)[]): number =>
    lists.reduce((sum, list) => sum + (list?.length ?? 0), 0);
  return {
    ready: count((object?.subsets ?? []).map(({ addresses }) => addresses)),
    notReady: count((object?.subsets ?? []).map(({ notReadyAddresses }) => notReadyAddresses)),
  };
}

/** Whether a Service only names a host outside the cluster. */
export function isExternal(object: V1Service | undefined): boolean {
  return object?.spec?.type === 'ExternalName';
}

/** The fixes for messages of the condition `Available`. The first match counts. */
const FIXES: readonly (readonly [pattern: RegExp, fix: string])[] = [
  [
    /unknown authority|self.signed|unable to (get|verify)/i,
    'Set caBundle of the APIService to the CA that signed the serving certificate.',
  ],
  [/certificate has expired|not yet valid/i, 'Renew the serving certificate.'],
  [
    /certificate is valid for|not valid for any names|altnames|legacy Common Name/i,
    'Issue the serving certificate for SERVICE.NAMESPACE.svc.',
  ],
  [
    /: 401|unauthorized/i,
    'The server does not accept the front proxy: see the check "front-proxy CA" and the log of the server.',
  ],
  [/: 403|forbidden/i, 'Let system:masters and the front proxy read /apis on the server; see its log.'],
  [
    /: 404/,
    'Another server, or one without this group version, is behind the Service: correct its selector or the module.',
  ],
  [/: 503/, 'The server shuts down or has just started: wait, and look at its /readyz?verbose.'],
  [
    /refused|timeout|timed out|deadline|unreachable|no route|reset/i,
    'Check that the server listens on the target port of the Service, and that no network policy blocks the control plane.',
  ],
  [
    /no such host|not found|ENOTFOUND/i,
    'Correct externalName of the Service: the kube-apiserver must be able to resolve it.',
  ],
];

/** Returns what to do about a message of the kube-apiserver about a server behind an APIService. */
export function fixFor(message: string): string {
  const [, fix = 'See the log of the kube-apiserver and of the server.'] =
    FIXES.find(([pattern]) => pattern.test(message)) ?? [];
  return fix;
}

/** Checks the condition `Available` of each APIService, which the kube-apiserver sets. */
export function availabilityCheck(context: DoctorContext): Outcome {
  const registrations = context.get('registrations');
  const problems = registrations.flatMap(({ name, object }): Problem[] => {
    const condition = object.status?.conditions?.find(({ type }) => type === 'Available');
    if (condition?.status === 'True') return [];
    if (condition === undefined) {
      const cause = `the kube-apiserver has not checked the APIService ${name} yet`;
      return [{ cause, fix: 'Run doctor again in a few seconds; then look at the log of the kube-apiserver.' }];
    }
    const { reason = '', message = '' } = condition;
    return [{ cause: `the APIService ${name} is not available: ${reason}: ${message}`, fix: fixFor(message) }];
  });
  return { summary: registrations.map(({ name }) => `${name} is available`).join('; '), problems };
}

/** Reads an object; returns undefined if it does not exist. */
async function found<T>({ transport }: DoctorContext, path: string, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await transport.get<T>(path, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
