/**
 * Writes kubeconfig files for the clients of a fake cluster.
 * @module
 */
import { chmod, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { CertificateAndKey } from '../../certificates.ts';

/** The credential of a user in a kubeconfig. */
export type Credential =
  | { readonly token: string }
  | { readonly clientCertificate: CertificateAndKey }
  | { readonly anonymous: true };

export interface KubeConfigOptions {
  /** The URL of the API server, such as `https://127.0.0.1:6443`. */
  readonly server: string;
  /** The PEM of the authority of the server's certificate. */
  readonly caCertificate: string;
  /** The name of cluster and context. Default `fake`. */
  readonly cluster?: string | undefined;
  /** The name of the user's entry. */
  readonly user: string;
  readonly credential: Credential;
  /** The namespace of commands without one. If it is omitted, clients use `default`. */
  readonly namespace?: string | undefined;
}

/**
 * Returns a kubeconfig (YAML) with one cluster, one user and one context, and with embedded certificates and keys. The
 * text is a secret: keep it in memory, or write it with {@link writeKubeConfig}.
 */
export function kubeConfig({
  server,
  caCertificate,
  cluster = 'fake',
  user,
  credential,
  namespace,
}: KubeConfigOptions): string {
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: cluster, cluster: { server, 'certificate-authority-data': base64(caCertificate) } }],
      users: [{ name: user, user: userFields(credential) }],
      contexts: [{ name: cluster, context: { cluster, user, ...(namespace === undefined ? {} : { namespace }) } }],
      'current-context': cluster,
      preferences: {},
    },
    { lineWidth: 0 },
  );
}

/** Writes a kubeconfig that only its owner can read (mode 0600). An existing file also gets this mode. */
export async function writeKubeConfig(path: string, text: string): Promise<void> {
  await writeFile(path, '', { flag: 'a', mode: 0o600 });
  await chmod(path, 0o600);
  await writeFile(path, text);
}

const userFields = (credential: Credential): Record<string, string> => {
  if ('token' in credential) return { token: credential.token };
  if ('anonymous' in credential) return {};
  const { certificate, key } = credential.clientCertificate;
  return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
