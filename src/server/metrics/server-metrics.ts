/**
 * All metrics of a server. Each server has its own registry.
 * @module
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../../clock.ts';
import { version } from '../../version.ts';
import type { AuthorizationCounts } from '../access/server-authorization.ts';
import type { VisibleCounts } from '../access/visible-rows.ts';
import type { HealthCheck } from '../describe/health.ts';
import type { BodyMemory } from '../read/body-memory.ts';
import type { ByteBudget } from '../read/byte-budget.ts';
import type { DelayReading } from '../read/event-loop-delay.ts';
import type { MemoryGuard } from '../read/memory-guard.ts';
import type { OpenWatches } from '../read/open-watches.ts';
import type { ServedView } from '../read/served-view.ts';
import type { WatchSelectors } from '../read/watch-selectors.ts';
import { AccessMetrics } from './access-metrics.ts';
import { collectCounter, collectGauge, type Sample } from './collected-metrics.ts';
import { addGraphMetrics } from './graph-metrics.ts';
import type { RequestCounts } from './request-counts.ts';
import { RequestMetrics } from './request-metrics.ts';
import { addViewMetrics } from './view-metrics.ts';
import { VisibleMetrics } from './visible-metrics.ts';

/**
 * Metrics of prom-client whose collection can end the process: Node.js fails an assertion if a handle has just lost its object. The metric
 * `nodejs_active_resources` counts the same.
 */
const UNSAFE = ['nodejs_active_handles', 'nodejs_active_handles_total'] as const;

/** The connections of a server that listens. */
export interface ConnectionCounts {
  readonly connections: number;
  readonly newConnections: number;
  /** New connections that were closed because there were too many, or because of their timeout. */
  readonly closedNewConnections: number;
}

/** The parts of a server whose counters are metrics. */
export interface MeasuredParts {
  readonly served: readonly ServedView[];
  readonly readiness: readonly HealthCheck[];
  readonly clock: Pick<Clock, 'now'>;
  readonly requestCounts: RequestCounts;
  readonly memory: MemoryGuard;
  readonly eventLoop: { readonly read: () => DelayReading };
  readonly bodyMemory: BodyMemory;
  readonly watches: OpenWatches;
  readonly selectors: WatchSelectors;
  readonly budget: ByteBudget;
  /** The caches of reviews, by the kind of the reviews. */
  readonly reviewCaches: ReadonlyMap<string, { readonly size: number }>;
  readonly authorization: { readonly counts: () => AuthorizationCounts };
  readonly visible: { readonly counts: () => VisibleCounts };
  /** Returns undefined while the server does not listen. */
  readonly connections: () => ConnectionCounts | undefined;
}

/** The metrics of one server. */
export class ServerMetrics {
  readonly requests: RequestMetrics;
  readonly access: AccessMetrics;
  readonly visible: VisibleMetrics;
  readonly #registry = new Registry();
  #hasProcess = false;

  constructor(parts: MeasuredParts) {
    this.requests = new RequestMetrics(this.#registry);
    this.access = new AccessMetrics(this.#registry);
    this.visible = new VisibleMetrics(this.#registry, () => parts.visible.counts());
    addViewMetrics(this.#registry, parts.served, parts.clock);
    addGraphMetrics(this.#registry, parts.served, parts.clock);
    this.#addLimits(parts);
    this.#addServer(parts);
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * Returns all metrics in the text format of Prometheus. The metrics of the process (event loop, heap, garbage collections) begin with the
   * first call, because they need observers that stay for the life of the process.
   */
  text(): Promise<string> {
    if (!this.#hasProcess) {
      collectDefaultMetrics({ register: this.#registry });
      for (const name of UNSAFE) this.#registry.removeSingleMetric(name);
    }
    this.#hasProcess = true;
    return this.#registry.metrics();
  }

  #addLimits({ requestCounts, memory, bodyMemory, selectors, connections, authorization }: MeasuredParts): void {
    collectGauge(
      this.#registry,
      {
        name: 'apiserver_current_inflight_requests',
        help: 'Requests in progress that count against limits.reads and limits.writes.',
        labels: ['request_kind'],
      },
      (): Sample[] => [
        [['readOnly'], requestCounts.reads],
        [['mutating'], requestCounts.writes],
      ],
    );
    collectCounter(
      this.#registry,
      {
        name: 'kubefacet_refused_total',
        help: 'Requests and connections that a limit has refused, by its cause.',
        labels: ['cause'],
      },
      (): Sample[] => [
        ...requestCounts.refused().map(([cause, count]): Sample => [[cause], count]),
        [['memory'], memory.refused],
        [['list bodies'], bodyMemory.refused],
        [['watch selectors'], selectors.refused],
        [['new connections'], connections()?.closedNewConnections ?? 0],
      ],
    );
    collectCounter(
      this.#registry,
      {
        name: 'kubefacet_authorization_refused_total',
        help: 'Requests that authorization has refused: denied (403), or undecided because the review failed (503).',
        labels: ['cause'],
      },
      (): Sample[] => {
        const { deniedRequests, undecidedRequests } = authorization.counts();
        return [
          [['denied'], deniedRequests],
          [['undecided'], undecidedRequests],
        ];
      },
    );
    collectGauge(
      this.#registry,
      {
        name: 'kubefacet_memory_used_ratio',
        help: 'Memory in use after the last major garbage collection, as a share of its maximum; 0 before the first.',
      },
      () => [[[], memory.used]],
    );
    collectGauge(
      this.#registry,
      { name: 'kubefacet_list_bodies_bytes', help: 'Bytes of the lists that are being built or sent.' },
      () => [[[], bodyMemory.bytes]],
    );
    collectGauge(
      this.#registry,
      { name: 'kubefacet_watch_selector_requirements', help: 'Requirements of the selectors of all open watches.' },
      () => [[[], selectors.requirements]],
    );
  }

  #addServer({ readiness, watches, budget, connections, reviewCaches, eventLoop }: MeasuredParts): void {
    collectGauge(
      this.#registry,
      {
        name: 'kubefacet_event_loop_delay_seconds',
        help: 'Time for which work has delayed the event loop, in the last one to two minutes; longer between two scrapes.',
        labels: ['quantile'],
      },
      (): Sample[] => {
        const { median, p99, maximum } = eventLoop.read();
        return [
          [['0.5'], median],
          [['0.99'], p99],
          [['1'], maximum],
        ];
      },
    );
    collectGauge(
      this.#registry,
      {
        name: 'kubernetes_healthcheck',
        help: '1 if the check of /readyz passes, otherwise 0.',
        labels: ['name', 'type'],
      },
      () => readiness.map(({ name, problem }): Sample => [[name, 'readyz'], problem() === undefined ? 1 : 0]),
    );
    collectGauge(this.#registry, { name: 'kubefacet_open_watches', help: 'Open watches of all resources.' }, () => [
      [[], watches.size],
    ]);
    collectGauge(
      this.#registry,
      { name: 'kubefacet_list_cache_bytes', help: 'Bytes that are kept to send lists again.' },
      () => [[[], budget.bytes]],
    );
    collectGauge(
      this.#registry,
      {
        name: 'kubefacet_kept_reviews',
        help: 'Results in the caches of reviews, by the kind of review.',
        labels: ['kind'],
      },
      () => Array.from(reviewCaches, ([kind, { size }]): Sample => [[kind], size]),
    );
    collectGauge(
      this.#registry,
      { name: 'kubefacet_connections', help: 'Open connections.', labels: ['state'] },
      (): Sample[] => [
        [['open'], connections()?.connections ?? 0],
        [['new'], connections()?.newConnections ?? 0],
      ],
    );
    collectGauge(
      this.#registry,
      { name: 'kubefacet_build_info', help: 'The version of the framework.', labels: ['version'] },
      () => [[[version], 1]],
    );
  }
}
