/**
 * The rule for new objects: their namespace exists and is not being deleted (admission plugin NamespaceLifecycle, conformance 6.2).
 * @module
 */
import { LinkedAbort, onAbort } from '../../abort.ts';
import type { Clock } from '../../clock.ts';
import { type Collection, keepRunning } from '../../informers/collection/collection.ts';
import { forbidden, notFound } from '../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../wire/writes/written-kind.ts';

/** The fields of a namespace that the rule reads. */
export interface NamespaceObject {
  readonly metadata?: { readonly name?: string | undefined; readonly deletionTimestamp?: unknown } | undefined;
}

/** The time that a create waits for a namespace that the informer does not contain yet. */
const APPEARANCE_TIMEOUT_MS = 1000;

/** The namespaces of the cluster. */
export class LiveNamespaces {
  /** The namespaces, for the log of sources: without the right to read them, every namespace is accepted. */
  readonly collection: Collection<NamespaceObject>;
  readonly #clock: Clock;

  constructor(namespaces: Collection<NamespaceObject>, clock: Clock) {
    this.collection = namespaces;
    this.#clock = clock;
  }

  /** Keeps the collection of namespaces running until the signal is aborted. */
  start(signal: AbortSignal): void {
    keepRunning(this.collection, signal);
  }

  /**
   * Checks that objects may be created in a namespace. Until the namespaces have synced, every namespace is accepted. They never sync if
   * the server is not allowed to list them.
   * @throws ApiError 404 for a namespace that does not exist, 403 for one that is being deleted
   */
  async require(kind: WrittenKind, namespace: string, name: string, signal: AbortSignal): Promise<void> {
    if (namespace === '' || !this.collection.hasSynced) return;
    if (this.collection.get(namespace) === undefined) await this.#waitFor(namespace, signal);
    const found = this.collection.get(namespace);
    if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
    if (found.metadata?.deletionTimestamp === undefined) return;
    const reason = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(groupResourceOf(kind), name, reason, [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ]);
  }

  /** Resolves when the namespace exists, or after the timeout. */
  #waitFor(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = new LinkedAbort(signal);
      const subscription = this.collection.deltas$.subscribe(({ changes }) => {
        if (changes.some(({ key, type }) => key === name && type !== 'DELETED')) end.abort();
      });
      const cancel = this.#clock.schedule(APPEARANCE_TIMEOUT_MS, () => end.abort());
      onAbort(end.signal, () => {
        subscription.unsubscribe();
        cancel();
        end.unlink();
        resolve();
      });
    });
  }
}
