import { chmod, writeFile } from 'node:fs/promises';

import { stringify } from 'yaml';

import type { CertificateAndKey } from '../../certificates.ts';

/** How a user of a kubeconfig proves who they are. */
export type Credential =
  | { readonly token: string }
  | { readonly clientCertificate: CertificateAndKey }
  | { readonly anonymous: true };

export interface KubeConfigOptions {
  /** Where the API server is, such as `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly caCertificate: string;
  /** Name of cluster and context. Default `fake`. */
  readonly cluster?: string | undefined;
  /** Name of the entry in the list of users. */
  readonly user: string;
  readonly credential: Credential;
  /** The namespace of commands that name none. Default: none, which clients take for `default`. */
  readonly namespace?: string | undefined;
}

/**
 * The text (YAML) of a kubeconfig with one cluster, one user and one context, certificates and keys embedded. It is a
 * secret: keep it in memory, or write it with {@link writeKubeConfig}.
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

/** Writes a kubeconfig for its owner's eyes only (mode 0600), also where a file with another mode is there already. */
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
