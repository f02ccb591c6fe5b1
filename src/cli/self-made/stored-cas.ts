/**
 * The CAs of a server as its Secret contains them.
 *
 * `tls.crt` and `tls.key` are the CA that issues certificates. `next.crt` and `next.key` are its successor, and `previous.crt` contains the
 * certificates of its predecessors, whose keys are gone. `ca.crt` is the bundle of all of them, for other clients, such as Prometheus.
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { CertificateAndKey } from '../../certificates.ts';
import { errorMessage } from '../../error-message.ts';
import type { V1Secret } from '../../informers/index.ts';

/** The CAs of a server. */
export interface StoredCas {
  /** The CA that issues certificates. */
  readonly current: CertificateAndKey;
  /** The CA that follows. Clients must trust it before it issues certificates. */
  readonly next: CertificateAndKey | undefined;
  /** The certificates of former CAs, PEM, the latest first. */
  readonly previous: readonly string[];
}

/** A Secret that does not contain CAs of this form. */
export class StoredCasError extends Error {
  override readonly name = 'StoredCasError';
}

/**
 * Returns the CAs in a Secret, undefined if it contains none.
 * @throws StoredCasError if a certificate cannot be parsed or has no key
 */
export function casIn({ data = {} }: V1Secret): StoredCas | undefined {
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString();
  const pair = (name: string): CertificateAndKey | undefined => {
    const [certificate, key] = [text(`${name}.crt`), text(`${name}.key`)];
    if (certificate === '' && key === '') return undefined;
    if (key === '') throw new StoredCasError(`${name}.key is missing`);
    parsed(`${name}.crt`, certificate);
    return { certificate, key };
  };
  const [current, next, previous] = [pair('tls'), pair('next'), certificatesIn(text('previous.crt'))];
  for (const certificate of previous) parsed('previous.crt', certificate);
  return current === undefined ? undefined : { current, next, previous };
}

/** Returns the data of a Secret with the CAs. */
export function dataOf(cas: StoredCas): Readonly<Record<string, string>> {
  const { current, next, previous } = cas;
  const texts = {
    'ca.crt': bundleOf(cas),
    'tls.crt': current.certificate,
    'tls.key': current.key,
    ...(next !== undefined && { 'next.crt': next.certificate, 'next.key': next.key }),
    ...(previous.length > 0 && { 'previous.crt': previous.map(line).join('') }),
  };
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

/** Returns the certificates that clients must trust, PEM. */
export function bundleOf({ current, next, previous }: StoredCas): string {
  const trusted = [current.certificate, ...(next === undefined ? [] : [next.certificate]), ...previous];
  return trusted.map(line).join('');
}

/** Returns the time at which a certificate expires, in milliseconds since the epoch. */
export function expiryOf(certificate: string): number {
  return new X509Certificate(certificate).validToDate.getTime();
}

function certificatesIn(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function parsed(key: string, certificate: string): void {
  try {
    void new X509Certificate(certificate);
  } catch (error) {
    throw new StoredCasError(`${key} is not a certificate: ${errorMessage(error)}`, { cause: error });
  }
}

function line(pem: string): string {
  return pem.endsWith('\n') ? pem : `${pem}\n`;
}
