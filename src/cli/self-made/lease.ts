/**
 * Leadership of one replica by a Lease, as client-go implements it. The clocks of replicas may differ: each replica measures the time since
 * it saw the Lease change.
 *
 * ```
 *   follower ──Lease is missing, released, or unchanged for its duration──► leader
 *   follower ◄──conflict, or another holder── leader ──release()──► released
 * ```
 * Leadership saves work. It is not a lock: the writes of a leader must be safe even if another replica leads, too.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { V1Lease } from '../../informers/index.ts';
import type { SharedObjects, Write } from './shared-objects.ts';

/** The time for which a Lease is valid after its last change. */
export const LEASE_MS = 90_000;

export interface LeaseOptions {
  readonly objects: SharedObjects;
  readonly namespace: string;
  readonly name: string;
  /** The labels that the Lease gets, beside those that others have set. */
  readonly labels: Readonly<Record<string, string>>;
  /** The name of this replica. */
  readonly identity: string;
  readonly clock: Clock;
}

/** The leadership of this replica. */
export class Lease {
  readonly #options: LeaseOptions;
  /** The last seen version of the Lease of another replica, and the time at which it was seen first. */
  #seen: { readonly version: string | undefined; readonly at: number } | undefined;
  /** The Lease of this replica, as it wrote it last. */
  #held: V1Lease | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /**
   * Acquires or renews the Lease.
   * @returns whether this replica leads
   * @throws like the cluster. The next call finds out who leads
   */
  async hold(): Promise<boolean> {
    const { objects, name, namespace, labels, identity, clock } = this.#options;
    this.#held = undefined;
    const lease = await objects.get<V1Lease>(this.#path(name));
    if (lease === undefined) {
      const created: V1Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, labels },
        spec: { ...this.#times(), acquireTime: microTime(clock.now()), leaseTransitions: 0 },
      };
      return this.#written(await objects.create<V1Lease>(this.#path(), created));
    }
    const { holderIdentity: holder = '', leaseTransitions = 0 } = lease.spec ?? {};
    const isOwn = holder === identity;
    if (!isOwn && holder !== '' && !this.#isOver(lease)) return false;
    const change = isOwn ? lease.spec : { acquireTime: microTime(clock.now()), leaseTransitions: leaseTransitions + 1 };
    const metadata = { ...lease.metadata, labels: { ...lease.metadata?.labels, ...labels } };
    const spec = { ...change, ...this.#times() };
    return this.#written(await objects.update<V1Lease>(this.#path(name), { ...lease, metadata, spec }));
  }

  /** Lets another replica lead at once. Does nothing if this replica does not lead. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const { objects, name } = this.#options;
    // After a conflict, another replica leads already.
    await objects.update<V1Lease>(this.#path(name), {
      ...held,
      spec: { ...held.spec, ...this.#times(), holderIdentity: '' },
    });
  }

  #written(write: Write<V1Lease>): boolean {
    if (write.type === 'conflict') return false;
    this.#held = write.object;
    this.#seen = undefined;
    return true;
  }

  /** Whether the Lease of another replica has not changed for its duration. */
  #isOver({ metadata, spec }: V1Lease): boolean {
    const now = this.#options.clock.now();
    const version = metadata?.resourceVersion;
    if (this.#seen === undefined || this.#seen.version !== version) this.#seen = { version, at: now };
    return now - this.#seen.at >= (spec?.leaseDurationSeconds ?? LEASE_MS / 1000) * 1000;
  }

  #times(): NonNullable<V1Lease['spec']> {
    const { identity, clock } = this.#options;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_MS / 1000,
      renewTime: microTime(clock.now()),
    };
  }

  #path(name?: string): string {
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#options.namespace)}/leases`;
    return name === undefined ? leases : `${leases}/${encodeURIComponent(name)}`;
  }
}

/** Returns a time in the form of `MicroTime`. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, '000Z');
}
