/**
 * Test doubles for any test runner: fake informers, a tracker of events, object makers, a list/watch that misbehaves on command, and a
 * Kubernetes cluster with an aggregator inside the process.
 * @module
 */
export {
  certificateAuthority,
  DEFAULT_VALIDITY,
  type CertificateAndKey,
  type CertificateAuthority,
  type CertificateAuthorityOptions,
  type CertificateOptions,
} from '../certificates.ts';
export { type Cancel, type Clock, systemClock } from '../clock.ts';
export * from './cluster/index.ts';
export * from './informers/index.ts';
export * from './projections/index.ts';
