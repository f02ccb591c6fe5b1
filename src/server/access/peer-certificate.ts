/**
 * The client certificate of a connection, and the CAs that vouch for it.
 *
 * OpenSSL verifies the chain, its validity and its usage during the handshake, against all known CAs together: those of front proxies and
 * those of users. It does not say in which CA the chain ends. So the signatures of the chain are followed to the known CAs, once for each
 * connection and each set of CAs. Not the names of the CAs decide, and not their certificates, but their keys: two certificates of one CA,
 * from before and after a renewal, are the same CA.
 * @module
 */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';

/** The maximum number of certificates of a client that are read. */
const MAX_CHAIN = 16;

/** The CAs that are known at one time. */
export interface KnownCas {
  readonly frontProxies: readonly X509Certificate[];
  readonly users: readonly X509Certificate[];
}

/** The times until which the CAs vouch for a certificate, in milliseconds since the epoch. Undefined if no CA has signed it. */
export interface Vouched {
  readonly frontProxy: number | undefined;
  readonly user: number | undefined;
}

/**
 * Returns the certificates in PEM bundles.
 * @throws Error if a certificate is not valid
 */
export function certificatesOf(...bundles: readonly string[]): readonly X509Certificate[] {
  return bundles
    .flatMap((bundle) => bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
    .map((pem) => new X509Certificate(pem));
}

/** The client certificate of a connection. */
export class PeerCertificate {
  readonly commonName: string | undefined;
  readonly organizations: readonly string[];
  /** The SHA-256 digest of the certificate, in lower-case hexadecimal digits. */
  readonly fingerprint: string;
  readonly #leaf: DetailedPeerCertificate;
  #chain: readonly X509Certificate[] | undefined;
  readonly #vouched = new WeakMap<KnownCas, Vouched>();

  constructor(leaf: DetailedPeerCertificate) {
    const { CN, O } = leaf.subject as Readonly<Record<'CN' | 'O', string | string[] | undefined>>;
    // Go uses the last of several common names.
    this.commonName = Array.isArray(CN) ? CN.at(-1) : CN;
    this.organizations = O === undefined ? [] : [O].flat();
    this.fingerprint = leaf.fingerprint256.replaceAll(':', '').toLowerCase();
    this.#leaf = leaf;
  }

  /** Returns for which purposes known CAs vouch for a certificate that OpenSSL has verified, and until when. */
  vouched(cas: KnownCas): Vouched {
    let vouched = this.#vouched.get(cas);
    if (vouched === undefined) {
      this.#chain ??= chainOf(this.#leaf);
      vouched = vouchedBy(cas, this.#chain);
      this.#vouched.set(cas, vouched);
    }
    return vouched;
  }
}

/** The certificate of a connection, which is kept on its TLS socket. Null for a client without one. */
const PEER: unique symbol = Symbol('the client certificate');
type PeerSocket = Partial<TLSSocket> & { [PEER]?: PeerCertificate | null };

/**
 * Returns the client certificate of a connection, or undefined if the client has sent none, or one that OpenSSL does not accept.
 * @param socket the socket of a request, or of a connection. For HTTP/2, it may be one of the proxies with which Node protects the socket
 */
export function peerCertificateOf(
  socket: Socket,
): { readonly certificate: PeerCertificate; readonly isVerified: boolean } | undefined {
  const certificate = keepCertificate(socket);
  return certificate === null ? undefined : { certificate, isVerified: (socket as PeerSocket).authorized === true };
}

/** Reads the client certificate of a connection once. */
export function keepCertificate(socket: Socket): PeerCertificate | null {
  const peer = socket as PeerSocket;
  // A server of the user may have no TLS.
  if (peer.getPeerCertificate === undefined) return null;
  if (peer[PEER] === undefined) {
    // Null for a connection that has just been closed.
    const leaf: DetailedPeerCertificate | null | undefined = (socket as TLSSocket).getPeerCertificate(true);
    peer[PEER] = leaf?.subject === undefined ? null : new PeerCertificate(leaf);
  }
  return peer[PEER];
}

/**
 * Returns the certificates that the client has sent, from its own. Node finds each issuer by its name. A client can send a certificate of
 * that name that has signed nothing, so the chain ends before a certificate that does not fit.
 */
function chainOf(leaf: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain = [new X509Certificate(leaf.raw)];
  let detailed = leaf;
  while (chain.length < MAX_CHAIN) {
    const next: DetailedPeerCertificate | undefined = detailed.issuerCertificate;
    // A root is its own issuer.
    if (next === undefined || next === detailed) break;
    const issuer = new X509Certificate(next.raw);
    const subject = chain.at(-1);
    if (subject === undefined || !issuer.ca || !hasSigned(issuer, subject)) break;
    chain.push(issuer);
    detailed = next;
  }
  return chain;
}

/** Follows the signatures from a chain to all known CAs, also through CAs that have signed others. */
function vouchedBy({ frontProxies, users }: KnownCas, chain: readonly X509Certificate[]): Vouched {
  let frontProxy: number | undefined;
  let user: number | undefined;
  let earliest = Infinity;
  const paths = chain.map((certificate) => {
    earliest = Math.min(earliest, Date.parse(certificate.validTo));
    return { certificate, expires: earliest };
  });
  const known = new Set([...frontProxies, ...users]);
  const isForProxies = new Set(frontProxies);
  for (const { certificate, expires } of paths) {
    for (const ca of known) {
      if (ca.fingerprint256 !== certificate.fingerprint256 && !hasSigned(ca, certificate)) continue;
      known.delete(ca);
      const until = Math.min(expires, Date.parse(ca.validTo));
      if (isForProxies.has(ca)) frontProxy = Math.max(frontProxy ?? 0, until);
      else user = Math.max(user ?? 0, until);
      paths.push({ certificate: ca, expires: until });
    }
  }
  return { frontProxy, user };
}

function hasSigned(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
