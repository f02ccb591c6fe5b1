/**
 * Certificate authorities, for tests, demonstrations, and generated and self-made serving certificates.
 *
 * The X.509 library is loaded when the first authority is made, because most servers get their certificate from elsewhere.
 * @module
 */
import type { webcrypto } from 'node:crypto';
import type * as X509 from '@peculiar/x509';
import { type Clock, systemClock } from './clock.ts';

const DAY_MS = 86_400_000;

/** The default validity of a certificate in milliseconds: one year. */
export const DEFAULT_VALIDITY: number = 365 * DAY_MS;

/** Certificates are backdated by this many milliseconds, for peers whose clock is behind. */
const CLOCK_SKEW_MS = 300_000;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate and its private key. Both are PEM, for `cert` and `key` of node:tls. */
export interface CertificateAndKey {
  /** One PEM certificate, without the certificate of the authority. */
  readonly certificate: string;
  /** PKCS #8, not encrypted. */
  readonly key: string;
}

/** The contents of a certificate. */
export interface CertificateOptions {
  /** CN of the subject. In a client certificate, Kubernetes reads it as the name of the user. */
  readonly commonName: string;
  /** O of the subject, one attribute for each. In a client certificate, Kubernetes reads them as the groups of the user. */
  readonly organizations?: readonly string[] | undefined;
  readonly dnsNames?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  /** The side of a connection that presents the certificate. TLS peers reject a certificate of the other side. */
  readonly usage: 'server' | 'client';
  /** Milliseconds from now until it expires. Default {@link DEFAULT_VALIDITY}. */
  readonly validity?: number | undefined;
}

export interface CertificateAuthorityOptions {
  /** Milliseconds from now until the authority's own certificate expires. Default ten times {@link DEFAULT_VALIDITY}. */
  readonly validity?: number | undefined;
  /** @default the machine's clock */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** Signs certificates. Its private key stays in memory and cannot be read. */
export interface CertificateAuthority {
  /** CN of the authority. */
  readonly name: string;
  /** The authority's certificate as PEM. Peers verify with it: it is `ca` in node:tls and `caBundle` in an APIService. */
  readonly certificate: string;
  /** Makes a new key and a certificate for it. */
  issue(options: CertificateOptions): Promise<CertificateAndKey>;
}

/** Loads the X.509 library. The library uses the polyfill reflect-metadata, which must be loaded first. */
async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}

/**
 * Makes a new certificate authority with its own key (ECDSA P-256, self-signed). It stores nothing and cannot revoke certificates.
 *
 * @example
 * const authority = await certificateAuthority('demo');
 * const { certificate, key } = await authority.issue({ commonName: 'localhost', dnsNames: ['localhost'], usage: 'server' });
 * await server.listen({ port: 8443, tls: { cert: certificate, key } });
 */
export async function certificateAuthority(
  name: string,
  options: CertificateAuthorityOptions = {},
): Promise<CertificateAuthority> {
  return storedAuthority(await selfSigned(name, options), options);
}

/** Makes the key and the certificate of a new authority, to be stored and used with {@link storedAuthority}. */
export async function selfSigned(
  name: string,
  { validity = 10 * DEFAULT_VALIDITY, clock = systemClock }: CertificateAuthorityOptions = {},
): Promise<CertificateAndKey> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: ALGORITHM,
    serialNumber: randomSerialNumber(),
    ...validityPeriod(clock.now(), validity),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: root.toString('pem'), key: await pemOf(x509, keys.privateKey) };
}

/**
 * Returns the authority with a certificate and key that {@link selfSigned} made.
 * @throws Error if the certificate or the key cannot be parsed
 */
export async function storedAuthority(
  stored: CertificateAndKey,
  { clock = systemClock }: Pick<CertificateAuthorityOptions, 'clock'> = {},
): Promise<CertificateAuthority> {
  const x509 = await loadX509();
  const root = new x509.X509Certificate(stored.certificate);
  const rootKey = await root.publicKey.export(ALGORITHM, ['verify']);
  const pkcs8 = x509.PemConverter.decodeFirst(stored.key);
  const signingKey = await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
  return {
    name: root.subjectName.getField('CN')[0] ?? '',
    certificate: stored.certificate,
    async issue(options) {
      const { publicKey, privateKey } = await generateKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: subjectOf(options),
        issuer: root.subject,
        publicKey,
        signingKey,
        signingAlgorithm: ALGORITHM,
        serialNumber: randomSerialNumber(),
        ...validityPeriod(clock.now(), options.validity ?? DEFAULT_VALIDITY),
        extensions: [
          ...extensionsOf(x509, options),
          await x509.SubjectKeyIdentifierExtension.create(publicKey),
          await x509.AuthorityKeyIdentifierExtension.create(rootKey),
        ],
      });
      return { certificate: certificate.toString('pem'), key: await pemOf(x509, privateKey) };
    },
  };
}

async function pemOf(x509: typeof X509, privateKey: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** A positive random number (RFC 5280 4.1.2.2). Verifiers confuse two certificates with the same issuer and number. */
function randomSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function validityPeriod(now: number, validity: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - CLOCK_SKEW_MS), notAfter: new Date(now + validity) };
}

function subjectOf({ commonName, organizations = [] }: CertificateOptions): X509.JsonName {
  return [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }];
}

function extensionsOf(
  x509: typeof X509,
  { usage, dnsNames = [], ipAddresses = [] }: CertificateOptions,
): X509.Extension[] {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const names: X509.JsonGeneralName[] = [
    ...dnsNames.map((value): X509.JsonGeneralName => ({ type: 'dns', value })),
    ...ipAddresses.map((value): X509.JsonGeneralName => ({ type: 'ip', value })),
  ];
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage === 'server' ? serverAuth : clientAuth]),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
}
