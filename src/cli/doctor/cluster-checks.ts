/**
 * The checks of the kubeconfig, of the API server behind it, and of the module.
 * @module
 */
import { isNotFound, KubeTransport, loadKubeConfig, UpstreamApiError } from '../../informers/index.ts';
import { factsOfModule } from '../definition-module.ts';
import type { Outcome } from './check.ts';
import type { DoctorContext } from './context.ts';

/** Loads the kubeconfig. */
export async function kubeConfigCheck(context: DoctorContext): Promise<Outcome> {
  const { kubeconfig: path, context: name, env } = context.options;
  const kubeConfig = await loadKubeConfig({ path, context: name, env });
  const transport = new KubeTransport(kubeConfig, { env });
  context.set('transport', transport);
  return { summary: `context ${kubeConfig.getCurrentContext()}, server ${transport.server}` };
}

/** Connects to the API server, and finds out who the user is. */
export async function apiServerCheck(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const { gitVersion } = await context.transport.get<{ readonly gitVersion?: string }>('/version', { signal });
  const user = await userName(context, signal);
  context.set('user', user);
  return { summary: `${gitVersion ?? 'an unknown version'}${user === '' ? '' : `, as ${user}`}` };
}

/** Returns the name of the user; empty for a cluster before Kubernetes 1.28, which does not say it. */
async function userName({ transport }: DoctorContext, signal: AbortSignal): Promise<string> {
  const apiVersion = 'authentication.k8s.io/v1';
  const body = { apiVersion, kind: 'SelfSubjectReview' };
  try {
    const review = await transport.send<{ readonly status?: { readonly userInfo?: { readonly username?: string } } }>(
      `/apis/${apiVersion}/selfsubjectreviews`,
      { method: 'POST', body, signal },
    );
    return review.status?.userInfo?.username ?? '';
  } catch (error) {
    if (isNotFound(error) || (error instanceof UpstreamApiError && error.code === 403)) return '';
    throw error;
  }
}

/** Evaluates the module. */
export async function moduleCheck(context: DoctorContext): Promise<Outcome> {
  const { modulePath = '', namespaces } = context.options;
  const facts = await factsOfModule(modulePath, namespaces);
  context.set('module', facts);
  const { apis, sources } = facts;
  const resources = apis.reduce((count, { resources: items }) => count + items.length, 0);
  const names = apis.map(({ group, version }) => `${group}/${version}`).join(', ');
  return { summary: `${names} with ${counted(resources, 'resource')} from ${counted(sources.length, 'source')}` };
}

/** Returns a number with its noun: `1 source`, `2 sources`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
