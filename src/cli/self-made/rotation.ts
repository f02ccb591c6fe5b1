/**
 * The rotation of the CA of a server.
 *
 * ```
 *   current ──a third of its life is left──► current + next ──all APIServices show next for 10 minutes──► next is current
 *                                                                                                             │
 *   current ◄──the previous CA has expired── current + previous ◄─────────────────────────────────────────────┘
 * ```
 * The `caBundle` contains every CA of the picture. A certificate expires no later than its CA. So clients trust each certificate that a
 * replica serves, even if the replica has not read the Secret for months.
 * @module
 */
import { DEFAULT_VALIDITY, selfSigned } from '../../certificates.ts';
import type { Clock } from '../../clock.ts';
import { expiryOf, type StoredCas } from './stored-cas.ts';

/** The validity of a CA. */
export const CA_VALIDITY_MS: number = DEFAULT_VALIDITY;
/** The remaining validity at which the next CA is made. */
export const CA_RENEWAL_MS: number = CA_VALIDITY_MS / 3;
/** The time until each kube-apiserver has noticed a changed `caBundle`, many times over. */
export const ANNOUNCEMENT_MS = 600_000;

/** Makes a CA for a Service. Its name contains the time, so that two CAs have different names. */
export function newCas(name: string, clock: Clock): Promise<StoredCas['current']> {
  return selfSigned(`${name}@${Math.floor(clock.now() / 1000)}`, { validity: CA_VALIDITY_MS, clock });
}

/** Whether the CA can issue no more certificates. */
export function hasExpired({ current }: StoredCas, now: number): boolean {
  return expiryOf(current.certificate) <= now;
}

/** A step of the rotation: why it is due, and the CAs after it. */
export interface RotationStep {
  readonly reason: string;
  readonly cas: StoredCas;
}

/** What the next step depends on. */
export interface RotationState {
  readonly cas: StoredCas;
  /** The time since which all APIServices are known to trust the next CA; undefined if one of them does not. */
  readonly trustedSince: number | undefined;
}

/** Returns the next step, undefined if none is due. */
export async function nextStep(
  { cas, trustedSince }: RotationState,
  name: string,
  clock: Clock,
): Promise<RotationStep | undefined> {
  const now = clock.now();
  const { current, next, previous } = cas;
  const kept = previous.filter((certificate) => expiryOf(certificate) > now);
  if (next === undefined && expiryOf(current.certificate) - now <= CA_RENEWAL_MS) {
    return { reason: 'the next CA was made', cas: { ...cas, next: await newCas(name, clock) } };
  }
  if (next !== undefined && trustedSince !== undefined && now - trustedSince >= ANNOUNCEMENT_MS) {
    const cas = { current: next, next: undefined, previous: [current.certificate, ...kept] };
    return { reason: 'the next CA issues certificates from now on', cas };
  }
  if (kept.length < previous.length) return { reason: 'an expired CA was removed', cas: { ...cas, previous: kept } };
  return undefined;
}
