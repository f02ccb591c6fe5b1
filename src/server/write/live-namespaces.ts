/**
 * Whether objects may be created in a namespace: what the admission plugin NamespaceLifecycle does in kube-apiserver (api-semantics 6.2).
 * @module
 */
import { LinkedAbort, onAbort } from '../../abort.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import type { Clock } from '../../clock.ts';
import { forbidden, notFound } from '../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../wire/writes/written-kind.ts';
import { keepRunning } from '../../informers/collection/collection.ts';

/** What is needed of a namespace. */
export interface NamespaceObject {
  readonly metadata?: { readonly name?: string | undefined; readonly deletionTimestamp?: unknown } | undefined;
}

/** For so long a namespace that was made just now may not be known here yet. */
const GRACE_MS = 1000;

/** The namespaces of the cluster. */
export class LiveNamespaces {
  readonly #namespaces: Collection<NamespaceObject>;
  readonly #clock: Clock;

  constructor(namespaces: Collection<NamespaceObject>, clock: Clock) {
    this.#namespaces = namespaces;
    this.#clock = clock;
  }

  /** Keeps them known until the signal is aborted. */
  start(signal: AbortSignal): void {
    keepRunning(this.#namespaces, signal);
  }

  /**
   * Passes what may be created. While the namespaces are not known (a server that may not list them never knows) everything may.
   * @throws ApiError 404 for a namespace that does not exist, 403 for one that is being deleted
   */
  async require(kind: WrittenKind, namespace: string, name: string, signal: AbortSignal): Promise<void> {
    if (namespace === '' || !this.#namespaces.hasSynced) return;
    if (this.#namespaces.get(namespace) === undefined) await this.#appearance(namespace, signal);
    const found = this.#namespaces.get(namespace);
    if (found === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace);
    if (found.metadata?.deletionTimestamp === undefined) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(groupResourceOf(kind), name, why, [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ]);
  }

  /** Resolves when there is one of the name, or it was waited for long enough. */
  #appearance(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = new LinkedAbort(signal);
      const subscription = this.#namespaces.deltas$.subscribe(({ changes }) => {
        if (changes.some(({ key, type }) => key === name && type !== 'DELETED')) over.abort();
      });
      const cancel = this.#clock.schedule(GRACE_MS, () => over.abort());
      onAbort(over.signal, () => {
        subscription.unsubscribe();
        cancel();
        over.unlink();
        resolve();
      });
    });
  }
}
