/**
 * The cluster and the user that the current context of a kubeconfig selects, and the checks of their fields. It refuses what kubectl
 * refuses.
 * @module
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { ImpersonationError } from './collection/upstream.ts';
import { KubeConfigError } from './errors.ts';
import { execConfig } from './exec-config.ts';
import { type Headers, kubeConfigImpersonation } from './impersonation.ts';
import { isObject } from './kube-config-fields.ts';
import type { KubeCluster, KubeUser } from './kube-config-file.ts';

/**
 * Returns the cluster of the current context.
 * @throws KubeConfigError if the context or the cluster is missing or cannot be used
 */
export function currentCluster(kubeConfig: KubeConfig): KubeCluster {
  const context: { cluster: string; problem?: string } = currentContext(kubeConfig);
  const cluster: KubeCluster | null = kubeConfig.getCluster(context.cluster);
  if (cluster === null) {
    throw new KubeConfigError(
      `there is no cluster "${context.cluster}", which context "${kubeConfig.getCurrentContext()}" names`,
    );
  }
  if (cluster.problem !== undefined) throw new KubeConfigError(cluster.problem);
  const url = URL.parse(cluster.server);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new KubeConfigError(
      `the server of cluster "${cluster.name}" must be a URL with http or https, and without user, query and fragment`,
    );
  }
  if (isSet(cluster.proxyUrl) && !/^https?:\/\//.test(cluster.proxyUrl)) {
    throw new KubeConfigError(
      `the proxy-url of cluster "${cluster.name}" is not supported; use an http or https proxy`,
    );
  }
  const where = `cluster "${cluster.name}"`;
  refuseBoth(where, { 'certificate-authority': cluster.caFile, 'certificate-authority-data': cluster.caData });
  if (cluster.skipTLSVerify) {
    refuseBoth(where, {
      'insecure-skip-tls-verify': 'true',
      'certificate-authority': cluster.caFile ?? cluster.caData,
    });
  }
  return cluster;
}

/**
 * Returns the user of the current context; undefined if the context has no user.
 * @throws KubeConfigError if the user is missing, or has fields that contradict each other
 */
export function currentUser(kubeConfig: KubeConfig): KubeUser | undefined {
  const { user: name = '' } = currentContext(kubeConfig);
  if (name === '') return undefined;
  const user: KubeUser | null = kubeConfig.getUser(name);
  if (user === null) {
    throw new KubeConfigError(`there is no user "${name}", which context "${kubeConfig.getCurrentContext()}" names`);
  }
  if (user.problem !== undefined) throw new KubeConfigError(user.problem);
  const where = `user "${name}"`;
  refuseBoth(where, { token: user.token ?? tokenFileOf(user), username: user.username });
  refuseBoth(where, { 'client-certificate': user.certFile, 'client-certificate-data': user.certData });
  refuseBoth(where, { 'client-key': user.keyFile, 'client-key-data': user.keyData });
  refuseBoth(where, { exec: user.exec as unknown, 'auth-provider': user.authProvider as unknown });
  refuseHalf(where, {
    'client-certificate': user.certFile ?? user.certData,
    'client-key': user.keyFile ?? user.keyData,
  });
  if (isSet(user.password) && !isSet(user.username))
    throw new KubeConfigError(`${where} has a password, but no username`);
  if (isSet(user.exec)) execConfig(user.exec, where);
  impersonationOf(user);
  return user;
}

function currentContext(kubeConfig: KubeConfig): { readonly cluster: string; readonly user?: string | undefined } {
  const name: string | undefined = kubeConfig.getCurrentContext();
  const context: { cluster: string; user?: string; problem?: string } | null = kubeConfig.getContextObject(name ?? '');
  if (context === null) throw new KubeConfigError(`there is no context "${name}"`);
  if (context.problem !== undefined) throw new KubeConfigError(context.problem);
  return context;
}

/** Returns the path of the token file of a user. */
export function tokenFileOf({ authProvider }: KubeUser): string | undefined {
  const config: unknown = isObject(authProvider) ? authProvider['config'] : undefined;
  const file = isObject(config) ? config['tokenFile'] : undefined;
  return typeof file === 'string' && file !== '' ? file : undefined;
}

/** Returns the headers of the user that a user of a kubeconfig impersonates (`as`). @throws KubeConfigError */
export function impersonationOf(user: KubeUser): Headers {
  try {
    return kubeConfigImpersonation(user);
  } catch (error) {
    if (!(error instanceof ImpersonationError)) throw error;
    throw new KubeConfigError(`user "${user.name}": ${error.message}`, { cause: error });
  }
}

/** Returns whether a field has a value. client-node sets some absent fields to null. */
export function isSet<T>(value: T | null | undefined): value is T & {} {
  return value !== undefined && value !== null && value !== '';
}

function refuseBoth(where: string, fields: Readonly<Record<string, unknown>>): void {
  if (Object.values(fields).every(isSet)) {
    throw new KubeConfigError(`${where}: ${Object.keys(fields).join(' and ')} exclude each other; remove one of them`);
  }
}

function refuseHalf(where: string, fields: Readonly<Record<string, unknown>>): void {
  const [first, second] = Object.keys(fields).sort((a, b) => Number(isSet(fields[b])) - Number(isSet(fields[a])));
  if (Object.values(fields).filter(isSet).length === 1)
    throw new KubeConfigError(`${where} has ${first}, but no ${second}`);
}
