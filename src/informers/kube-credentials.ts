/**
 * The address of a cluster and the credentials for it, from a kubeconfig. They are read for each request, because tokens and
 * certificates are rotated while the process runs.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import type { buildConnector } from 'undici';
import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { CredentialsError, KubeConfigError } from './errors.ts';

/** The TLS options of the connection, and the headers of each request. */
export interface KubeCredentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: buildConnector.BuildOptions;
  /** The URL of an HTTP proxy. */
  readonly proxy: string | undefined;
  /** A hash of everything except the headers. Requests with equal fingerprints may share connections. It reveals no secret. */
  readonly fingerprint: string;
}

/**
 * Returns the cluster of the current context.
 * @throws KubeConfigError if the cluster is missing or cannot be used
 */
export function currentCluster(kubeConfig: KubeConfig): Cluster {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null)
    throw new KubeConfigError(`the kubeconfig has no cluster for its context "${kubeConfig.getCurrentContext()}"`);
  if (cluster.proxyUrl !== undefined && !/^https?:/.test(cluster.proxyUrl)) {
    throw new KubeConfigError(
      `the proxy-url of cluster "${cluster.name}" is not supported; use an http or https proxy`,
    );
  }
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify) {
    throw new KubeConfigError(
      `cluster "${cluster.name}" is reached without TLS (${cluster.server}); set insecure-skip-tls-verify to allow that`,
    );
  }
  return cluster;
}

/**
 * Returns the current credentials. It reads files and runs exec plugins if the kubeconfig names them.
 * @throws KubeConfigError if the cluster is missing or cannot be used
 * @throws CredentialsError if a file is missing or an exec plugin fails
 */
export async function currentCredentials(kubeConfig: KubeConfig): Promise<KubeCredentials> {
  const cluster = currentCluster(kubeConfig);
  const options: RequestOptions = {};
  try {
    await kubeConfig.applyToHTTPSOptions(options);
    // Without a user, client-node omits the certificate authority of the cluster too.
    if (kubeConfig.getCurrentUser() === null) applyCluster(cluster, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CredentialsError(`the credentials for cluster "${cluster.name}" cannot be read: ${reason}`, {
      cause: error,
    });
  }
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    headers: headersOf(options),
    tls,
    proxy: cluster.proxyUrl,
    fingerprint: fingerprintOf([
      cluster.server,
      cluster.proxyUrl,
      ca,
      cert,
      key,
      pfx,
      passphrase,
      servername,
      rejectUnauthorized,
    ]),
  };
}

function applyCluster(cluster: Cluster, options: RequestOptions): void {
  if (cluster.skipTLSVerify) options.rejectUnauthorized = false;
  if (cluster.tlsServerName !== undefined) options.servername = cluster.tlsServerName;
  if (cluster.caFile !== undefined) options.ca = readFileSync(cluster.caFile);
  else if (cluster.caData !== undefined) options.ca = Buffer.from(cluster.caData, 'base64');
}

function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) sent[name.toLowerCase()] = String(value);
  if (typeof auth === 'string') sent['authorization'] ??= `Basic ${Buffer.from(auth).toString('base64')}`;
  return sent;
}

function fingerprintOf(parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(part === undefined ? '' : JSON.stringify(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('base64');
}
