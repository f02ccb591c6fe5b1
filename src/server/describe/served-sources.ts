/**
 * The sources of all resources of a server: their status, their counts, and the log of their problems.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { type CollectionNode, nodeOf, sourceNodesOf } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import type { Logger } from '../logger.ts';
import { isStale } from '../read/freshness.ts';
import type { ServedView } from '../read/served-view.ts';
import { SourceLog } from './source-log.ts';

/** The default of `staleAfter`: three bookmarks of kube-apiserver are missing. */
const STALE_AFTER_MS = 180_000;

/** Counts of the sources of a server. */
export interface SourceCounts {
  /** The number of sources whose last request has failed. The server retries. */
  readonly failingSources: number;
  /** The number of sources from which nothing has arrived for `staleAfter`, an option of the server. */
  readonly staleSources: number;
  /** The time since the last event, bookmark or list of the informer that has been silent the longest, in seconds; 0 without informers. */
  readonly sourceAge: number;
}

/** The sources of the views of a server, and of the collections that code of users reads. */
export class ServedSources {
  /** The age in milliseconds at which a source is stale. */
  readonly staleAfter: number;
  readonly #served: readonly ServedView[];
  readonly #needs: readonly Collection<unknown>[];
  readonly #clock: Clock;
  #log: SourceLog | undefined;

  /** @param needs the collections that code of users reads, besides the rows */
  constructor(
    served: readonly ServedView[],
    needs: readonly Collection<unknown>[],
    { clock, staleAfter = STALE_AFTER_MS }: { readonly clock: Clock; readonly staleAfter?: number | undefined },
  ) {
    this.#served = served;
    this.#needs = needs;
    this.#clock = clock;
    this.staleAfter = staleAfter;
  }

  /** Returns the status of each source once. Sources of two informer factories may have the same name. */
  statuses(): SourceStatus[] {
    return this.#nodes().flatMap((node) => node.sources());
  }

  counts(): SourceCounts {
    const now = this.#clock.now();
    const sources = this.statuses();
    const silences = sources
      .filter(({ hasHeartbeat, failingSince }) => hasHeartbeat === true || failingSince !== undefined)
      .flatMap(({ lastActivity }) => (lastActivity === undefined ? [] : [now - lastActivity]));
    return {
      failingSources: sources.filter(({ failingSince }) => failingSince !== undefined).length,
      staleSources: sources.filter((source) => isStale(source, now, this.staleAfter)).length,
      sourceAge: Math.max(0, ...silences) / 1000,
    };
  }

  /**
   * Logs the problems of the sources until {@link stopLog}. Call it when the views have started, because only then all inputs are known.
   * @param others collections that the server reads for itself
   */
  startLog(log: Logger, others: readonly (Collection<unknown> | undefined)[]): void {
    const nodes = others.filter((other) => other !== undefined).map((other) => nodeOf(other));
    const all = new Set([...this.#nodes(), ...sourceNodesOf(nodes)]);
    this.#log = new SourceLog([...all], { log, clock: this.#clock, staleAfter: this.staleAfter });
  }

  stopLog(): void {
    this.#log?.end();
    this.#log = undefined;
  }

  #nodes(): CollectionNode<unknown>[] {
    const rows = this.#served.map(({ view }) => view.collection);
    return sourceNodesOf([...rows, ...this.#needs].map((collection) => nodeOf(collection)));
  }
}
