/**
 * The serving certificate: where it comes from, and how a new one is found while the server runs.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../../clock.ts';
import { ServerDefinitionError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { callInDomain } from '../user-domain.ts';

/** A serving certificate and its key, as PEM. The certificate may be a chain. */
export interface ServingCertificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** The paths of PEM files. The server reads them again every 10 s, so that a renewed certificate needs no restart. */
export interface ServingCertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A fixed certificate, files, or a function that returns the current certificate. The server calls the function every 10 s. */
export type ServingCertificateSource =
  | ServingCertificate
  | ServingCertificateFiles
  | (() => ServingCertificate | Promise<ServingCertificate>);

/** The interval at which files and functions are read. */
const INTERVAL_MS = 10_000;

/**
 * Returns the current certificate of a source.
 * @throws ServerDefinitionError if it cannot be read, is not PEM, or does not fit its key
 */
export async function readServingCertificate(
  source: ServingCertificateSource,
  log: Logger,
): Promise<ServingCertificate> {
  try {
    const certificate = await certificateOf(source, log);
    createSecureContext({ cert: certificate.cert, key: certificate.key });
    return certificate;
  } catch (error) {
    throw new ServerDefinitionError(`tls: the serving certificate is not usable: ${reasonOf(error)}`, { cause: error });
  }
}

/** The parts of a server that a renewed certificate concerns. */
export interface CertificateFollower {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly renew: (certificate: ServingCertificate) => void;
}

/** Calls `renew` whenever the certificate of a source has changed. While it is not usable, the last one stays, and the log says so once. */
export function followServingCertificate(
  source: ServingCertificateSource,
  first: ServingCertificate,
  { clock, log, signal, renew }: CertificateFollower,
): void {
  if (typeof source === 'object' && 'cert' in source) return;
  let current = first;
  let problem: string | undefined;
  const read = async (): Promise<void> => {
    try {
      const next = await readServingCertificate(source, log);
      if (signal.aborted) return;
      problem = undefined;
      if (isSame(next, current)) return;
      current = next;
      renew(next);
      log.info('the serving certificate was renewed');
    } catch (error) {
      const message = reasonOf(error);
      if (message !== problem) log.warn(`${message}; the last certificate stays in use`);
      problem = message;
    }
  };
  const schedule = (): void => {
    const cancel = clock.schedule(INTERVAL_MS, () => {
      signal.removeEventListener('abort', cancel);
      void read().then(() => {
        if (!signal.aborted) schedule();
      });
    });
    signal.addEventListener('abort', cancel, { once: true });
  };
  if (!signal.aborted) schedule();
}

async function certificateOf(source: ServingCertificateSource, log: Logger): Promise<ServingCertificate> {
  if (typeof source === 'function') {
    return callInDomain(source, (error) => log.error('tls: code of the function failed after it had returned', error));
  }
  if ('cert' in source) return source;
  const [cert, key] = await Promise.all([readFile(source.certFile), readFile(source.keyFile)]);
  return { cert, key };
}

function isSame(one: ServingCertificate, other: ServingCertificate): boolean {
  return String(one.cert) === String(other.cert) && String(one.key) === String(other.key);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
