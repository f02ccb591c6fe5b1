/**
 * X.509 certificates as a kube-apiserver verifies them: names, dates, use, and the chain to an authority.
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { errorMessage } from '../../error-message.ts';
import type { Problem } from './check.ts';
import type { ServerAddress } from './context.ts';

/** A certificate that ends sooner than this is reported, in milliseconds: 14 days. */
const EXPIRES_SOON_MS = 14 * 86_400_000;
/** The certificate of a server, and the intermediate ones. */
export type Chain = readonly [leaf: X509Certificate, ...intermediates: X509Certificate[]];

/** The extended key usages that allow a server: TLS servers, and any. */
const SERVER_USES: ReadonlySet<string> = new Set(['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']);

/**
 * Returns the certificates of a PEM text.
 * @throws Error if the text has no certificate, or if one cannot be read
 */
export function pemCertificates(pem: string): Chain {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new Error(`its certificate ${index + 1} cannot be read`, { cause: error });
    }
  });
  const [first, ...more] = certificates;
  if (first === undefined) throw new Error('it contains no PEM certificate');
  return [first, ...more];
}

/** Returns the subject of a certificate on one line, for messages. */
export function subjectOf({ subject }: X509Certificate): string {
  return `"${(subject ?? '').replaceAll('\n', ', ')}"`;
}

/** Returns the problem with the dates of a certificate. `fix` renews it. */
export function dateProblem(
  { validFromDate, validToDate }: X509Certificate,
  { what, fix, now }: { readonly what: string; readonly fix: string; readonly now: number },
): Problem | undefined {
  if (validToDate.getTime() < now) return { cause: `${what} expired on ${dayOf(validToDate)}`, fix };
  if (validFromDate.getTime() > now) {
    return {
      cause: `${what} is not valid before ${validFromDate.toISOString()}`,
      fix: `Correct the clock, or ${lowered(fix)}`,
    };
  }
  if (validToDate.getTime() > now + EXPIRES_SOON_MS) return undefined;
  return { severity: 'warning', cause: `${what} expires on ${dayOf(validToDate)}`, fix };
}

function lowered(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** Returns the problems with the name and the use of a serving certificate. The subject is no name, as in Go. */
export function nameProblems(leaf: X509Certificate, name: string): Problem[] {
  const problems: Problem[] = [];
  if (leaf.checkHost(name, { subject: 'never' }) === undefined) {
    const names = leaf.subjectAltName ?? 'no names';
    problems.push({
      cause: `the serving certificate is for ${names}, not for ${name}`,
      fix: `Issue a certificate with the DNS name ${name} as a subject alternative name.`,
    });
  }
  const uses: readonly string[] | undefined = leaf.keyUsage;
  if (uses !== undefined && !uses.some((use) => SERVER_USES.has(use))) {
    problems.push({
      cause: 'the serving certificate is not for servers',
      fix: 'Issue a certificate with the extended key usage "TLS Web Server Authentication".',
    });
  }
  return problems;
}

/**
 * Returns the authority that a chain ends in, or undefined. The intermediate certificates may be in any order.
 */
export function authorityOf(
  [leaf, ...intermediates]: Chain,
  authorities: readonly X509Certificate[],
): X509Certificate | undefined {
  let current: X509Certificate | undefined = leaf;
  const remaining = new Set(intermediates);
  while (current !== undefined) {
    const child: X509Certificate = current;
    const found = authorities.find((one) => one.fingerprint256 === child.fingerprint256 || isIssuedBy(child, one));
    if (found !== undefined) return found;
    current = Array.from(remaining).find((one) => isIssuedBy(child, one));
    if (current !== undefined) remaining.delete(current);
  }
  return undefined;
}

function isIssuedBy(child: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && child.checkIssued(issuer) && child.verify(issuer.publicKey);
}

/** A server cannot be reached, or it does not speak TLS. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/**
 * Returns the chain that a server presents for a name.
 * @throws HandshakeError; the reason of the signal
 */
export async function presentedChain(
  { host, port }: ServerAddress,
  servername: string,
  signal: AbortSignal,
): Promise<Chain> {
  const { promise, resolve, reject } = Promise.withResolvers<Chain>();
  // The check itself verifies the certificate, and says what is wrong with it.
  const socket = connect({ host, port, servername, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] });
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  socket.once('error', (error) => reject(new HandshakeError(errorMessage(error), { cause: error })));
  socket.once('secureConnect', () => {
    const chain: X509Certificate[] = [];
    const seen = new Set<string>();
    let next = socket.getPeerCertificate(true);
    while (next?.raw !== undefined && !seen.has(next.fingerprint256)) {
      seen.add(next.fingerprint256);
      chain.push(new X509Certificate(next.raw));
      next = next.issuerCertificate;
    }
    const [leaf, ...intermediates] = chain;
    if (leaf === undefined) reject(new HandshakeError('the server presents no certificate'));
    else resolve([leaf, ...intermediates]);
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
