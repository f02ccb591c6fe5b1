/**
 * The self-made certificate of a running server: its connection to the cluster, and its start and end.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { unlessAborted } from '../../abort.ts';
import { delay, systemClock } from '../../clock.ts';
import { KubeTransport } from '../../informers/index.ts';
import type { Logger, ServingCertificate } from '../../server/index.ts';
import { sharedObjects } from './shared-objects.ts';
import { SelfMadeCertificate, type SelfMadeOptions } from './self-made-certificate.ts';

/** The time that the end may take, if the cluster does not respond. */
const RELEASE_MS = 2000;

/** Options of {@link serveSelfMade}. */
export interface ServedOptions extends Pick<SelfMadeOptions, 'service' | 'apiServices'> {
  readonly kubeConfig: ConstructorParameters<typeof KubeTransport>[0];
  readonly log: Logger;
}

/** A self-made certificate that is kept right. */
export interface ServedCertificate {
  /** Returns the current certificate. */
  readonly current: () => ServingCertificate;
  /** Lets another replica lead, and ends all requests. */
  readonly close: () => Promise<void>;
}

/**
 * Returns the certificate as soon as it has been issued, and keeps it, the Secret and the APIServices right until it is closed.
 * @throws the reason of the signal
 */
export async function serveSelfMade(options: ServedOptions, signal: AbortSignal): Promise<ServedCertificate> {
  const { kubeConfig, ...selfMade } = options;
  const transport = new KubeTransport(kubeConfig);
  const [stop, lifetime] = [new AbortController(), new AbortController()];
  const certificate = new SelfMadeCertificate({
    ...selfMade,
    objects: sharedObjects(transport, lifetime.signal),
    identity: `${hostname()}_${randomUUID()}`,
    clock: systemClock,
  });
  const issued = Promise.withResolvers<void>();
  // While the cluster does not respond, the process waits for nothing else.
  const letEnd = systemClock.hold?.();
  const running = certificate
    .run(() => issued.resolve(), stop.signal)
    .catch((error: unknown) => options.log.warn('self-made certificate: the Lease could not be released', error));
  const close = async (): Promise<void> => {
    stop.abort();
    await Promise.race([running, delay(systemClock, RELEASE_MS, lifetime.signal)]);
    lifetime.abort();
    await transport.close();
  };
  try {
    await unlessAborted(issued.promise, signal);
  } catch (error) {
    await close();
    throw error;
  } finally {
    letEnd?.();
  }
  return { current: () => certificate.current(), close };
}
