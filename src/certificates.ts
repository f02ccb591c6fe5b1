// The X.509 library registers its parts by metadata, so the polyfill has to be loaded before it.
import { type Clock, systemClock } from './clock.ts';
import 'reflect-metadata';

import type { webcrypto } from 'node:crypto';

import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Extension, JsonGeneralName, JsonName } from '@peculiar/x509';

const DAY = 86_400_000;

/** How long a certificate holds when nothing else is said: one year, in milliseconds. */
export const DEFAULT_VALIDITY: number = 365 * DAY;

/** Certificates begin to hold this much before their making, for clients whose clock is behind. */
const CLOCK_SKEW = 300_000;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate and its private key, both PEM, as node:tls takes them. */
export interface CertificateAndKey {
  /** One PEM certificate; the authority's own is not appended. */
  readonly certificate: string;
  /** PKCS #8, not encrypted. */
  readonly key: string;
}

/** What a certificate should say. */
export interface CertificateOptions {
  /** CN of the subject; for a client of Kubernetes, the user's name. */
  readonly commonName: string;
  /** O of the subject, one attribute for each; for a client of Kubernetes, the user's groups. */
  readonly organizations?: readonly string[] | undefined;
  readonly dnsNames?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  /** A server certificate is refused where a client's is wanted, and the other way round. */
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

/** Signs certificates. Its key lives in memory and is never handed out. */
export interface CertificateAuthority {
  /** CN of the authority. */
  readonly name: string;
  /** The authority's certificate, PEM: what verifiers trust (`ca` in node:tls, `caBundle` in Kubernetes). */
  readonly certificate: string;
  /** Makes a new key and a certificate for it. */
  issue(options: CertificateOptions): Promise<CertificateAndKey>;
}

/**
 * A new certificate authority with a key of its own (ECDSA P-256, self-signed). For tests, demonstrations and
 * self-made serving certificates: nothing is stored, nothing can be revoked.
 *
 * @example
 * const authority = await certificateAuthority('demo');
 * const { certificate, key } = await authority.issue({ commonName: 'localhost', dnsNames: ['localhost'], usage: 'server' });
 * https.createServer({ cert: certificate, key });
 */
export const certificateAuthority = async (
  name: string,
  { validity = 10 * DEFAULT_VALIDITY, clock = systemClock }: CertificateAuthorityOptions = {},
): Promise<CertificateAuthority> => {
  const keys = await generateKeys();
  const subject: JsonName = [{ CN: [name] }];
  const own = await X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    signingAlgorithm: ALGORITHM,
    serialNumber: serialNumber(),
    ...period(clock.now(), validity),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    name,
    certificate: own.toString('pem'),
    issue: async (options) => {
      const { publicKey, privateKey } = await generateKeys();
      const certificate = await X509CertificateGenerator.create({
        subject: subjectOf(options),
        issuer: subject,
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        serialNumber: serialNumber(),
        ...period(clock.now(), options.validity ?? DEFAULT_VALIDITY),
        extensions: [
          ...extensionsOf(options),
          await SubjectKeyIdentifierExtension.create(publicKey),
          await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      return {
        certificate: certificate.toString('pem'),
        key: PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY'),
      };
    },
  };
};

const generateKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

/** Positive and never twice the same (RFC 5280 4.1.2.2): verifiers confuse certificates of one issuer and number. */
const serialNumber = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
};

const period = (now: number, validity: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(now - CLOCK_SKEW),
  notAfter: new Date(now + validity),
});

const subjectOf = ({ commonName, organizations = [] }: CertificateOptions): JsonName => [
  ...organizations.map((organization) => ({ O: [organization] })),
  { CN: [commonName] },
];

const extensionsOf = ({ usage, dnsNames = [], ipAddresses = [] }: CertificateOptions): Extension[] => {
  const names: JsonGeneralName[] = [
    ...dnsNames.map((value): JsonGeneralName => ({ type: 'dns', value })),
    ...ipAddresses.map((value): JsonGeneralName => ({ type: 'ip', value })),
  ];
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
  ];
};
