/**
 * The metrics of views: rows, log, watches and lag of each resource. All are read at the scrape.
 * @module
 */
import type { Registry } from 'prom-client';
import type { Clock } from '../../clock.ts';
import type { ServedView } from '../read/served-view.ts';
import { collectCounter, collectGauge, type MetricFamily, type Sample } from './collected-metrics.ts';

const UPSTREAM_LABELS = ['group', 'resource'];
const WATCH_LABELS = ['group', 'version', 'resource'];

/** Returns the value of a metric for a view; undefined if the view has none. */
type Reading = (served: ServedView) => number | undefined;

/** Adds the metrics of the views of a server. */
export function addViewMetrics(registry: Registry, all: readonly ServedView[], clock: Pick<Clock, 'now'>): void {
  const samples = (labels: readonly string[], read: Reading) => (): Sample[] =>
    all.flatMap((served): Sample[] => {
      const value = read(served);
      if (value === undefined) return [];
      const { group, version, definition } = served;
      const values: Readonly<Record<string, string>> = { group, version, resource: definition.plural };
      return [[labels.map((label) => values[label] ?? ''), value]];
    });
  const gauge = (name: string, help: string, read: Reading, labels: readonly string[] = WATCH_LABELS): void => {
    const family: MetricFamily = { name, help, labels };
    collectGauge(registry, family, samples(labels, read));
  };
  const counter = (name: string, help: string, read: Reading, labels: readonly string[] = WATCH_LABELS): void => {
    const family: MetricFamily = { name, help, labels };
    collectCounter(registry, family, samples(labels, read));
  };

  // Metrics of a kube-apiserver (conformance 9.3).
  counter(
    'apiserver_watch_events_total',
    'Events that watches have sent after their initial events.',
    (served) => served.watchCounts.events,
  );
  counter(
    'apiserver_init_events_total',
    'Rows that watches have sent as initial events.',
    (served) => served.watchCounts.initialEvents,
    UPSTREAM_LABELS,
  );
  counter(
    'apiserver_terminated_watchers_total',
    'Watches that ended because their client read too slowly.',
    (served) => served.watchCounts.tooSlow,
    UPSTREAM_LABELS,
  );
  counter(
    'apiserver_watch_cache_events_received_total',
    'Changes of objects that the view has received from its collection.',
    ({ view }) => view.statistics.changesIn,
    UPSTREAM_LABELS,
  );
  counter(
    'apiserver_watch_cache_events_dispatched_total',
    'Changes of rows that the view has logged for watches.',
    ({ view }) => view.changes,
    UPSTREAM_LABELS,
  );
  gauge(
    'apiserver_watch_cache_resource_version',
    'The version of the cluster that the rows show. Only for views of scheme upstream.',
    ({ view }) => (view.ready ? upstreamVersion(view.versionOf(view.position)) : undefined),
    UPSTREAM_LABELS,
  );
  gauge('apiserver_storage_objects', 'Rows of the resource.', ({ view }) => view.size, UPSTREAM_LABELS);

  // Metrics of kubefacet.
  gauge('kubefacet_view_ready', '1 if the view has a complete state, 0 if its reads get 429.', ({ view }) =>
    Number(view.ready),
  );
  gauge('kubefacet_view_rows', 'Rows of the view.', ({ view }) => view.size);
  gauge(
    'kubefacet_view_row_errors',
    'Rows that are missing because their projection failed.',
    ({ view }) => view.errorCount,
  );
  gauge('kubefacet_view_row_bytes', 'Bytes of the JSON of all rows.', ({ view }) => view.statistics.rowBytes);
  gauge('kubefacet_view_log_entries', 'Changes in the log.', ({ view }) => view.statistics.logEntries);
  gauge('kubefacet_view_log_bytes', 'Bytes of the log that count against its bound.', ({ view }) => view.logBytes);
  gauge(
    'kubefacet_view_log_span_seconds',
    'Age of the oldest change in the log.',
    ({ view }) => view.statistics.logSpan / 1000,
  );
  gauge('kubefacet_view_watchers', 'Open watches.', ({ view }) => view.watchers);
  gauge(
    'kubefacet_view_watcher_groups',
    'Groups of watches with the same selection.',
    ({ view }) => view.statistics.watcherGroups,
  );
  gauge(
    'kubefacet_view_watcher_group_bytes',
    'Bytes that the groups of watches keep.',
    ({ view }) => view.statistics.groupBytes,
  );
  gauge(
    'kubefacet_view_source_age_seconds',
    'Lag: time since the last event, bookmark or list of the source of the view that has been silent the longest.',
    ({ view }) =>
      ageOf(
        view.sources().flatMap(({ lastActivity }) => lastActivity ?? []),
        clock.now(),
      ),
  );
  counter(
    'kubefacet_view_rejected_positions_total',
    'Positions of clients that had other rows.',
    ({ view }) => view.rejectedPositions,
  );
  counter(
    'kubefacet_view_encode_seconds_total',
    'Time in which changes were encoded and logged.',
    ({ view }) => view.statistics.encodeMilliseconds / 1000,
  );
  counter('kubefacet_watch_sent_bytes_total', 'Bytes that watches have sent.', (served) => served.watchCounts.bytes);
}

function upstreamVersion(version: string | undefined): number | undefined {
  return version === undefined ? undefined : Number(version);
}

function ageOf(times: readonly number[], now: number): number | undefined {
  return times.length === 0 ? undefined : Math.max(0, now - Math.min(...times)) / 1000;
}
