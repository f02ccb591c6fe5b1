/**
 * The certificate a server serves with: given, or made.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { certificateAuthority } from '../certificates.ts';
import type { ServingCertificate } from '../server/index.ts';
import { CliError } from './cli-error.ts';

/** Names that the aggregator may call the server by: the Service `kubefacet` in the namespace `kubefacet`. */
const DNS_NAMES = ['kubefacet.kubefacet.svc', 'kubefacet.kubefacet.svc.cluster.local', 'localhost'];

/** Where a certificate may come from. */
export interface CertificateFiles {
  readonly tlsCertFile: string | undefined;
  readonly tlsPrivateKeyFile: string | undefined;
}

/** A certificate with what clients need to verify it. */
export interface CliCertificate {
  readonly certificate: ServingCertificate;
  /** PEM; undefined when the certificate was given: its owner knows who signed it. */
  readonly caBundle: string | undefined;
}

/**
 * The certificate of the files, else one made for this run.
 * @throws CliError when a file cannot be read
 */
export async function servingCertificate({
  tlsCertFile,
  tlsPrivateKeyFile,
}: CertificateFiles): Promise<CliCertificate> {
  if (tlsCertFile !== undefined && tlsPrivateKeyFile !== undefined) {
    const certificate = { cert: await pem(tlsCertFile), key: await pem(tlsPrivateKeyFile) };
    try {
      createSecureContext(certificate);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${tlsCertFile} and ${tlsPrivateKeyFile} are no certificate and its key: ${reason}`;
      throw new CliError(message, 1, error);
    }
    return { certificate, caBundle: undefined };
  }
  const authority = await certificateAuthority('kubefacet-demo');
  const { certificate, key } = await authority.issue({
    commonName: DNS_NAMES[0] ?? '',
    dnsNames: DNS_NAMES,
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  return { certificate: { cert: certificate, key }, caBundle: authority.certificate };
}

async function pem(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${path}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`, 1, error);
  });
  if (!text.includes('-----BEGIN ')) throw new CliError(`${path}: holds no PEM`, 1);
  return text;
}
