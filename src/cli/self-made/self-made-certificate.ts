/**
 * The serving certificate of a server that makes its own CA. Each replica runs these steps every 30 s, and 5 s after a failure:
 *
 * ```
 *   read the Secret ──missing, empty or expired──► write a new CA; after a conflict, read again
 *        │
 *   own certificate is of another CA, or near its end ──► issue one
 *        │
 *   hold the Lease ──another replica leads──► done
 *        │
 *   read the APIServices, then the Secret ──► correct each caBundle ──all were right──► next step of the rotation
 * ```
 * All writes are conditional. The order of the reads makes them safe even with two leaders; see `trusting-api-services.ts`.
 * @module
 */
import { createHash } from 'node:crypto';
import { DEFAULT_VALIDITY, storedAuthority } from '../../certificates.ts';
import { type Clock, delay } from '../../clock.ts';
import { errorMessage } from '../../error-message.ts';
import type { V1Secret } from '../../informers/index.ts';
import type { Logger, ServingCertificate } from '../../server/index.ts';
import { labelsOf } from '../manifests/manifest-options.ts';
import type { SharedObjects } from './shared-objects.ts';
import { Lease } from './lease.ts';
import { hasExpired, newCas, nextStep } from './rotation.ts';
import { bundleOf, casIn, dataOf, expiryOf, type StoredCas, StoredCasError } from './stored-cas.ts';
import { readApiServices, type OwnService, trust } from './trusting-api-services.ts';

/** The validity of a serving certificate: a twelfth of that of its CA. */
export const CERTIFICATE_VALIDITY_MS: number = DEFAULT_VALIDITY / 12;
/** The time between two rounds. */
export const ROUND_MS = 30_000;
/** The same time after a failure or a conflict. */
export const RETRY_MS = 5000;

/** Options of a {@link SelfMadeCertificate}. */
export interface SelfMadeOptions {
  readonly objects: SharedObjects;
  /** The Service of the server. Its Secret and its Lease have the name of the Service with `-ca`, and are in its namespace. */
  readonly service: OwnService;
  /** The APIServices of the server: `v1.example.com`. */
  readonly apiServices: readonly string[];
  /** The name of this replica, different from those of all others. */
  readonly identity: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A serving certificate with the CA that issued it, and the time from which it is renewed. */
interface Issued {
  readonly certificate: ServingCertificate;
  readonly ca: string;
  readonly renewAt: number;
}

/** A Secret with its CAs. */
interface ReadSecret {
  readonly object: V1Secret;
  readonly cas: StoredCas;
}

/** The serving certificate of one replica. */
export class SelfMadeCertificate {
  readonly #options: SelfMadeOptions;
  readonly #lease: Lease;
  #issued: Issued | undefined;
  /** The next CA that all APIServices trust, and the time since which they are known to do so. */
  #trusted: { readonly ca: string; readonly since: number } | undefined;
  #problems = '';

  constructor(options: SelfMadeOptions) {
    this.#options = options;
    const { objects, service, identity, clock } = options;
    const { namespace } = service;
    this.#lease = new Lease({ objects, namespace, name: this.#name, labels: labelsOf(service), identity, clock });
  }

  /** The current certificate. @throws Error before the first one was issued */
  current(): ServingCertificate {
    if (this.#issued === undefined) throw new Error('no certificate has been issued yet');
    return this.#issued.certificate;
  }

  /**
   * Runs rounds until the signal is aborted, and then lets another replica lead. Errors of the cluster are logged, and the next round
   * follows.
   * @param onIssued called when this replica has a certificate
   */
  async run(onIssued: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isComplete = await this.#loggedRound(onIssued, signal);
      await delay(this.#options.clock, isComplete ? ROUND_MS : RETRY_MS, signal);
    }
    await this.#lease.release();
  }

  /**
   * Runs one round.
   * @param onIssued called when this replica has a certificate
   * @returns the problems that the next round may solve
   * @throws StoredCasError if the Secret has another content; and like the cluster
   */
  async round(onIssued: () => void = () => undefined): Promise<readonly string[]> {
    const secret = await this.#secret();
    if (secret === undefined) return ['another replica wrote the CA at the same time'];
    await this.#issue(secret.cas);
    onIssued();
    return (await this.#lease.hold()) ? this.#lead() : [];
  }

  async #loggedRound(onIssued: () => void, signal: AbortSignal): Promise<boolean> {
    let problems: string;
    try {
      problems = (await this.round(onIssued)).join('; ');
    } catch (error) {
      problems = this.#messageOf(error);
    }
    if (signal.aborted) return true;
    if (problems !== '' && problems !== this.#problems) this.#options.log.warn(`self-made certificate: ${problems}`);
    this.#problems = problems;
    return problems === '';
  }

  #messageOf(error: unknown): string {
    const where = `${this.#options.service.namespace}/${this.#name}`;
    if (error instanceof StoredCasError) {
      return `the Secret ${where} is not usable: ${error.message}; delete it, and a new CA is made`;
    }
    return errorMessage(error);
  }

  /** Reads the CAs, and writes new ones if there are none. Returns undefined after a conflict. */
  async #secret(): Promise<ReadSecret | undefined> {
    const { objects, service, clock, log } = this.#options;
    const object = await objects.get<V1Secret>(this.#path(this.#name));
    const stored = object === undefined ? undefined : casIn(object);
    if (object !== undefined && stored !== undefined && !hasExpired(stored, clock.now()))
      return { object, cas: stored };
    const cas = await replacement(stored, `${service.name}-ca`, clock);
    const metadata = { name: this.#name, namespace: service.namespace };
    const content = this.#withCas(object ?? { apiVersion: 'v1', kind: 'Secret', metadata }, cas);
    const write =
      object === undefined
        ? await objects.create<V1Secret>(this.#path(), content)
        : await objects.update<V1Secret>(this.#path(this.#name), content);
    if (write.type === 'done') {
      log.info(`self-made certificate: a new CA is in the Secret ${service.namespace}/${this.#name}`);
      return { object: write.object, cas };
    }
    // Another replica was first.
    const winner = await objects.get<V1Secret>(this.#path(this.#name));
    const winning = winner === undefined ? undefined : casIn(winner);
    return winner === undefined || winning === undefined || hasExpired(winning, clock.now())
      ? undefined
      : { object: winner, cas: winning };
  }

  /** Issues a certificate if there is none, if the CA has changed, or if a third of the validity is left. */
  async #issue({ current }: StoredCas): Promise<void> {
    const { service, clock } = this.#options;
    const now = clock.now();
    const ca = fingerprintOf(current.certificate);
    if (this.#issued !== undefined && this.#issued.ca === ca && now < this.#issued.renewAt) return;
    const validity = Math.min(CERTIFICATE_VALIDITY_MS, expiryOf(current.certificate) - now);
    const authority = await storedAuthority(current, { clock });
    const { certificate: cert, key } = await authority.issue({
      commonName: `${service.name}.${service.namespace}.svc`,
      dnsNames: dnsNamesOf(service),
      ipAddresses: ['127.0.0.1'],
      usage: 'server',
      validity,
    });
    this.#issued = { certificate: { cert, key }, ca, renewAt: now + (validity * 2) / 3 };
  }

  /** Corrects the APIServices, and runs the next step of the rotation. */
  async #lead(): Promise<readonly string[]> {
    const { objects, service, apiServices, clock, log } = this.#options;
    const read = await readApiServices(objects, apiServices);
    // After the APIServices: see `trust`.
    const secret = await objects.get<V1Secret>(this.#path(this.#name));
    const cas = secret === undefined ? undefined : casIn(secret);
    if (secret === undefined || cas === undefined) return ['the Secret was deleted'];
    const problems: string[] = [];
    let areAllRight = true;
    for (const one of read) {
      const state = await trust(objects, one, service, bundleOf(cas));
      if (state === 'corrected' || state === 'conflict') areAllRight = false;
      if (state === 'corrected') log.info(`self-made certificate: the caBundle of the APIService ${one.name} was set`);
      if (state === 'missing') problems.push(`the APIService ${one.name} does not exist`);
      if (state === 'conflict') problems.push(`the APIService ${one.name} was changed at the same time`);
      if (state === 'of another Service') {
        problems.push(`the APIService ${one.name} does not name the Service ${service.namespace}/${service.name}`);
      }
    }
    const next = cas.next === undefined ? undefined : fingerprintOf(cas.next.certificate);
    if (next === undefined || !areAllRight) this.#trusted = undefined;
    else if (this.#trusted?.ca !== next) this.#trusted = { ca: next, since: clock.now() };
    const step = await nextStep({ cas, trustedSince: this.#trusted?.since }, `${service.name}-ca`, clock);
    if (step === undefined) return problems;
    const write = await objects.update<V1Secret>(this.#path(this.#name), this.#withCas(secret, step.cas));
    if (write.type === 'conflict') return [...problems, 'the Secret was changed at the same time'];
    log.info(`self-made certificate: ${step.reason}`);
    return problems;
  }

  /** Returns the Secret with the CAs, and with the labels by which `kubefacet uninstall` finds it. */
  #withCas(secret: V1Secret, cas: StoredCas): V1Secret {
    const labels = { ...secret.metadata?.labels, ...labelsOf(this.#options.service) };
    return { ...secret, metadata: { ...secret.metadata, labels }, data: dataOf(cas) };
  }

  get #name(): string {
    return caNameOf(this.#options.service);
  }

  #path(name?: string): string {
    const secrets = `/api/v1/namespaces/${encodeURIComponent(this.#options.service.namespace)}/secrets`;
    return name === undefined ? secrets : `${secrets}/${encodeURIComponent(name)}`;
  }
}

/** Returns the name of the Secret and of the Lease of a Service. */
export function caNameOf({ name }: Pick<OwnService, 'name'>): string {
  return `${name}-ca`;
}

/** Returns the names of a Service for certificates. */
export function dnsNamesOf({ name, namespace }: OwnService): string[] {
  return [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`, 'localhost'];
}

/** Returns CAs for a Secret without a valid one. A next CA that is known already has precedence over a new one. */
async function replacement(stored: StoredCas | undefined, name: string, clock: Clock): Promise<StoredCas> {
  const next = stored?.next;
  const isUsable = next !== undefined && expiryOf(next.certificate) > clock.now();
  return { current: isUsable ? next : await newCas(name, clock), next: undefined, previous: [] };
}

function fingerprintOf(certificate: string): string {
  return createHash('sha256').update(certificate).digest('base64');
}
