/**
 * The address of a cluster and the credentials for it, from a kubeconfig. They are read for each request, because tokens and
 * certificates are rotated while the process runs. kubectl is the model: it would send the same headers with the same files.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import type { buildConnector } from 'undici';
import type { KubeConfig } from '@kubernetes/client-node';
import { ImpersonationError } from './collection/upstream.ts';
import { CredentialsError, KubeConfigError } from './errors.ts';
import { type Headers, kubeConfigImpersonation } from './impersonation.ts';
import { isObject } from './kube-config-fields.ts';
import type { KubeCluster, KubeUser } from './kube-config-file.ts';
import { errorMessage } from '../error-message.ts';

/** The TLS options of the connection, and the headers of each request. */
export interface KubeCredentials {
  /** The header Authorization, and the headers that impersonate the user of the kubeconfig (`as`). */
  readonly headers: Headers;
  readonly tls: buildConnector.BuildOptions;
  /** The URL of an HTTP proxy. */
  readonly proxy: string | undefined;
  /** A hash of everything except the headers. Requests with equal fingerprints may share connections. It reveals no secret. */
  readonly fingerprint: string;
}

type Tls = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

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

/** Returns the user that the kubeconfig itself impersonates (`as`), undefined without one. @throws KubeConfigError */
export function impersonatedUser(kubeConfig: KubeConfig): string | undefined {
  const name = currentUser(kubeConfig)?.impersonateUser;
  return isSet(name) ? name : undefined;
}

/**
 * Returns the current credentials. It reads files and runs exec plugins if the kubeconfig names them.
 * @throws KubeConfigError if the cluster or the user cannot be used
 * @throws CredentialsError if a file is missing or an exec plugin fails
 */
export async function currentCredentials(kubeConfig: KubeConfig): Promise<KubeCredentials> {
  const cluster = currentCluster(kubeConfig);
  const user = currentUser(kubeConfig);
  const tls: Tls = {};
  let authorization: string | undefined;
  // As kubectl does, credentials are never sent without TLS. The server is then usually `kubectl proxy`, which adds its own.
  if (cluster.server.startsWith('https:')) {
    try {
      Object.assign(tls, clusterTls(cluster));
      if (user !== undefined) {
        Object.assign(tls, certificateOf(user));
        authorization = authorizationOf(user) ?? (await delegatedAuthorization(kubeConfig, user, tls));
      }
    } catch (error) {
      const reason = errorMessage(error);
      throw new CredentialsError(`the credentials for cluster "${cluster.name}" cannot be read: ${reason}`, {
        cause: error,
      });
    }
  }
  const { ca, cert, key, servername, rejectUnauthorized } = tls;
  return {
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(user !== undefined && impersonationOf(user)),
    },
    tls: tls as buildConnector.BuildOptions,
    proxy: cluster.proxyUrl,
    fingerprint: fingerprintOf([cluster.server, cluster.proxyUrl, ca, cert, key, servername, rejectUnauthorized]),
  };
}

function clusterTls(cluster: KubeCluster): Tls {
  const ca = bytesOf(cluster.caFile, cluster.caData);
  return {
    ...(cluster.skipTLSVerify && { rejectUnauthorized: false }),
    ...(isSet(cluster.tlsServerName) && { servername: cluster.tlsServerName }),
    ...(ca !== undefined && { ca }),
  };
}

function certificateOf(user: KubeUser): Tls {
  const cert = bytesOf(user.certFile, user.certData);
  const key = bytesOf(user.keyFile, user.keyData);
  return cert === undefined || key === undefined ? {} : { cert, key };
}

/** Returns the header for the token, the token file, or the name and password of a user. The token file wins, as it does in kubectl. */
function authorizationOf(user: KubeUser): string | undefined {
  const tokenFile = tokenFileOf(user);
  if (tokenFile !== undefined) {
    const token = readFileSync(tokenFile, 'utf8').trim();
    if (token === '') throw new Error(`the token file ${tokenFile} is empty`);
    return bearer(token, `the token file ${tokenFile}`);
  }
  if (isSet(user.token)) return bearer(user.token, 'the token');
  if (!isSet(user.username)) return undefined;
  return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
}

function bearer(token: string, origin: string): string {
  // The error must not quote the token.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${origin} has characters that a header cannot carry`);
  return `Bearer ${token}`;
}

/** Returns the header of an auth-provider (OpenID Connect) or of an authenticator that the user's code added to its KubeConfig. */
async function delegatedAuthorization(kubeConfig: KubeConfig, user: KubeUser, tls: Tls): Promise<string | undefined> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  if (options.cert !== undefined && options.key !== undefined)
    Object.assign(tls, { cert: options.cert, key: options.key });
  const [, authorization] =
    Object.entries(options.headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  if (authorization === undefined && tls.cert === undefined && isSet(user.authProvider)) {
    // Without this error, the request would be anonymous.
    const name = isObject(user.authProvider) ? String(user.authProvider['name']) : '';
    throw new Error(`the auth-provider "${name}" returned no credentials`);
  }
  return authorization === undefined ? undefined : String(authorization);
}

function tokenFileOf({ authProvider }: KubeUser): string | undefined {
  const config: unknown = isObject(authProvider) ? authProvider['config'] : undefined;
  const file = isObject(config) ? config['tokenFile'] : undefined;
  return typeof file === 'string' && file !== '' ? file : undefined;
}

function impersonationOf(user: KubeUser): Headers {
  try {
    return kubeConfigImpersonation(user);
  } catch (error) {
    if (!(error instanceof ImpersonationError)) throw error;
    throw new KubeConfigError(`user "${user.name}": ${error.message}`, { cause: error });
  }
}

function bytesOf(file: string | undefined, data: string | undefined): Buffer | undefined {
  if (isSet(file)) return readFileSync(file);
  return isSet(data) ? Buffer.from(data, 'base64') : undefined;
}

/** Whether a field has a value. client-node sets some absent fields to null. */
function isSet<T>(value: T | null | undefined): value is T & {} {
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

function fingerprintOf(parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(part === undefined ? '' : JSON.stringify(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('base64');
}
