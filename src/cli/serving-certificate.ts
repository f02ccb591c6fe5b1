/**
 * The serving certificate of a command's server, from files or generated.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { certificateAuthority } from '../certificates.ts';
import type { ServingCertificateSource } from '../server/index.ts';
import { CliError } from './cli-error.ts';
import { errorMessage } from '../error-message.ts';

/** The names by which an aggregator may reach the server: the Service `kubefacet` in the namespace `kubefacet`. */
const DNS_NAMES = ['kubefacet.kubefacet.svc', 'kubefacet.kubefacet.svc.cluster.local', 'localhost'];

/** The files of a certificate. If they are undefined, a certificate is generated. */
export interface CertificateFiles {
  readonly tlsCertFile: string | undefined;
  readonly tlsPrivateKeyFile: string | undefined;
  /** The DNS names of a generated certificate. @default the names of the Service `kubefacet` and localhost */
  readonly generatedNames?: readonly string[] | undefined;
}

/** A certificate and the CA bundle that verifies it. */
export interface CliCertificate {
  readonly certificate: ServingCertificateSource;
  /** PEM. Undefined for a certificate from files, because the files do not contain its authority. */
  readonly caBundle: string | undefined;
}

/**
 * Returns the certificate of the files, or generates one for this run.
 * @throws CliError if a file cannot be read or the files are not a certificate and its key
 */
export async function servingCertificate({
  tlsCertFile,
  tlsPrivateKeyFile,
  generatedNames = DNS_NAMES,
}: CertificateFiles): Promise<CliCertificate> {
  if (tlsCertFile !== undefined && tlsPrivateKeyFile !== undefined) {
    const [cert, key] = [await readPem(tlsCertFile), await readPem(tlsPrivateKeyFile)];
    try {
      createSecureContext({ cert, key });
    } catch (error) {
      const reason = errorMessage(error);
      const message = `${tlsCertFile} and ${tlsPrivateKeyFile} are not a certificate and its key: ${reason}`;
      throw new CliError(message, 1, error);
    }
    return { certificate: { certFile: tlsCertFile, keyFile: tlsPrivateKeyFile }, caBundle: undefined };
  }
  const authority = await certificateAuthority('kubefacet-generated');
  const { certificate, key } = await authority.issue({
    commonName: generatedNames[0] ?? 'localhost',
    dnsNames: generatedNames,
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  return { certificate: { cert: certificate, key }, caBundle: authority.certificate };
}

async function readPem(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`, 1, error);
  });
  if (!text.includes('-----BEGIN ')) throw new CliError(`${path}: the file contains no PEM`, 1);
  return text;
}
