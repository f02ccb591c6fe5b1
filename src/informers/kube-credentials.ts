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
import { systemClock } from '../clock.ts';
import { oidcToken, requireKnownProvider } from './auth-provider.ts';
import { currentCluster, currentUser, impersonationOf, isSet, tokenFileOf } from './current-context.ts';
import { environmentProxy } from './environment-proxy.ts';
import { CredentialsError } from './errors.ts';
import { execConfig } from './exec-config.ts';
import { type ExecCredential, type ExecEnvironment, ExecPlugin } from './exec-plugin.ts';
import type { Headers } from './impersonation.ts';
import { isObject } from './kube-config-fields.ts';
import type { KubeCluster, KubeUser } from './kube-config-file.ts';
import { errorMessage } from '../error-message.ts';

/** The environment of the process, for tests. */
export type CredentialsOptions = ExecEnvironment;

/** The TLS options of the connection, and the headers of each request. */
export interface KubeCredentials {
  /** The header Authorization, and the headers that impersonate the user of the kubeconfig (`as`). */
  readonly headers: Headers;
  readonly tls: buildConnector.BuildOptions;
  /** The URL of an HTTP proxy: `proxy-url`, or the one of the environment. */
  readonly proxy: string | undefined;
  /** A hash of everything except the headers. Requests with equal fingerprints may share connections. It reveals no secret. */
  readonly fingerprint: string;
  /** Reports that the server has rejected these credentials (401). Undefined if the files of the kubeconfig are their only origin. */
  readonly reject: (() => void) | undefined;
}

type Tls = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/**
 * Returns the current credentials. It reads files and runs exec plugins if the kubeconfig names them.
 * @throws KubeConfigError if the cluster, the user or the proxy cannot be used
 * @throws CredentialsError if a file is missing or an exec plugin fails
 */
export async function currentCredentials(
  kubeConfig: KubeConfig,
  options: CredentialsOptions = {},
): Promise<KubeCredentials> {
  const cluster = currentCluster(kubeConfig);
  const user = currentUser(kubeConfig);
  const tls: Tls = {};
  let authorization: string | undefined;
  let reject: (() => void) | undefined;
  // As kubectl does, credentials are never sent without TLS. The server is then usually `kubectl proxy`, which adds its own.
  if (new URL(cluster.server).protocol === 'https:') {
    try {
      Object.assign(tls, clusterTls(cluster));
      if (user !== undefined) {
        Object.assign(tls, certificateOf(user));
        requireKnownProvider(user.authProvider);
        authorization = authorizationOf(user);
        if (isSet(user.exec)) {
          // As kubectl does, the plugin does not run if the user has other credentials.
          if (authorization === undefined && tls.cert === undefined) {
            const plugin = execPlugin(kubeConfig, cluster, user, options);
            const credential = await plugin.credential();
            reject = () => plugin.reject(credential);
            Object.assign(tls, pluginCertificate(credential));
            if (credential.token !== undefined)
              authorization = bearer(credential.token, 'the token of the exec plugin');
          }
        } else {
          authorization ??= await providerAuthorization(kubeConfig, user, tls, options);
        }
      }
    } catch (error) {
      const reason = errorMessage(error);
      throw new CredentialsError(`the credentials for cluster "${cluster.name}" cannot be read: ${reason}`, {
        cause: error,
      });
    }
  }
  const { ca, cert, key, servername, rejectUnauthorized } = tls;
  const proxy = isSet(cluster.proxyUrl)
    ? cluster.proxyUrl
    : environmentProxy(cluster.server, options.env ?? process.env);
  return {
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(user !== undefined && impersonationOf(user)),
    },
    tls: tls as buildConnector.BuildOptions,
    proxy,
    fingerprint: fingerprintOf([cluster.server, proxy, ca, cert, key, servername, rejectUnauthorized]),
    reject,
  };
}

/** The plugin of the current user of each kubeconfig, with the configuration that it was made for. */
const plugins = new WeakMap<KubeConfig, { readonly configuration: string; readonly plugin: ExecPlugin }>();

/** Returns the plugin of a user. All requests share it, so that one run serves all. */
function execPlugin(
  kubeConfig: KubeConfig,
  cluster: KubeCluster,
  user: KubeUser,
  options: CredentialsOptions,
): ExecPlugin {
  const configuration = JSON.stringify([cluster, user.name, user.exec]);
  const known = plugins.get(kubeConfig);
  if (known?.configuration === configuration) return known.plugin;
  const plugin = new ExecPlugin(execConfig(user.exec, `user "${user.name}"`), cluster, options);
  plugins.set(kubeConfig, { configuration, plugin });
  return plugin;
}

function pluginCertificate({ certificate, key }: ExecCredential): Tls {
  return certificate === undefined || key === undefined ? {} : { cert: certificate, key };
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
async function providerAuthorization(
  kubeConfig: KubeConfig,
  user: KubeUser,
  tls: Tls,
  { clock = systemClock }: CredentialsOptions,
): Promise<string | undefined> {
  // Not by client-node, which takes the lifetime of a new token for its expiry, and so refreshes it for each request.
  const token = await oidcToken(user.authProvider, clock);
  if (token !== undefined) return bearer(token, 'the id-token of the auth-provider "oidc"');
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

function bytesOf(file: string | undefined, data: string | undefined): Buffer | undefined {
  if (isSet(file)) return readFileSync(file);
  return isSet(data) ? Buffer.from(data, 'base64') : undefined;
}

function fingerprintOf(parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(part === undefined ? '' : JSON.stringify(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('base64');
}
