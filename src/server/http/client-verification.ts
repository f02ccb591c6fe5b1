/**
 * The verification of client certificates: its state after a change of the CAs, and the certificates that it needs later.
 * @module
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { keepCertificate, type KnownCas, peerCertificateOf } from '../access/peer-certificate.ts';

/** The state of the client certificate of a connection: its chain ends in a trusted CA, in one that was removed, or was not verified. */
export type Verification = 'by a trusted CA' | 'by a removed CA' | 'none';

/** @param trusted the CAs that are trusted now. The connection may have been verified against others */
export function verificationOf(socket: Socket, trusted: KnownCas): Verification {
  const peer = peerCertificateOf(socket);
  if (peer?.isVerified !== true) return 'none';
  return peer.certificate.vouched(trusted).user === undefined ? 'by a removed CA' : 'by a trusted CA';
}

/**
 * Reads the certificates of a client as soon as its handshake is complete. Some versions of Node drop all but the first one after that
 * (24.21 and 26.8, nodejs/node#65579). Node calls this function for each client that names the server.
 */
export function keepCertificates(this: unknown, _name: string, use: (error: Error | null) => void): void {
  if (this instanceof TLSSocket) this.prependOnceListener('secure', () => keepCertificate(this));
  use(null);
}
