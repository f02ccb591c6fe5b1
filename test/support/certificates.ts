/** Certificates of any form for tests: intermediate CAs, path lengths, validity, usages, and CAs that share a key. */
import type { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** The form of a certificate. */
export interface CertificateForm {
  readonly name: string;
  readonly organizations?: readonly string[];
  /** Default: signed by itself. */
  readonly issuer?: TestCertificate;
  /** Whether it is a CA. A number is its path length: how many CAs may follow it. */
  readonly ca?: boolean | number;
  /** Default `client`. `any` omits the extended usages. */
  readonly usage?: 'client' | 'server' | 'any';
  /** In days from now. Default yesterday and in a year. */
  readonly from?: number;
  readonly to?: number;
  /** Default: a new key. */
  readonly keys?: webcrypto.CryptoKeyPair;
}

/** A certificate, and everything that is needed to use it. */
export interface TestCertificate {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** Makes a certificate. */
export async function testCertificate(form: CertificateForm): Promise<TestCertificate> {
  const { name, organizations = [], issuer, ca = false, usage = 'client', from = -1, to = 365 } = form;
  const keys = form.keys ?? (await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']));
  const now = Date.now();
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [...organizations.map((O) => ({ O: [O] })), ...(name === '' ? [] : [{ CN: [name] }])],
    issuer: issuer === undefined ? [{ CN: [name] }] : [{ CN: [issuer.name] }],
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(8)))
      .toString('hex')
      .replace(/^./, '4'),
    notBefore: new Date(now + from * DAY_MS),
    notAfter: new Date(now + to * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(ca !== false, typeof ca === 'number' ? ca : undefined, true),
      ...(ca === false
        ? [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)]
        : [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)]),
      ...(ca !== false || usage === 'any'
        ? []
        : [new x509.ExtendedKeyUsageExtension([usage === 'server' ? serverAuth : clientAuth])]),
    ],
  });
  return {
    name,
    cert: certificate.toString('pem'),
    key: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    keys,
  };
}

/** Returns a certificate with further certificates, which the client sends with its own. */
export function withChain(
  { cert, key }: TestCertificate,
  ...chain: readonly TestCertificate[]
): { cert: string; key: string } {
  return { cert: [cert, ...chain.map((link) => link.cert)].join('\n'), key };
}
