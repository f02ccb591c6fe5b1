/**
 * The metrics of pipelines: the steps and the sources of all views. All are read at the scrape.
 * @module
 */
import type { Registry } from 'prom-client';
import type { Clock } from '../../clock.ts';
import { type CollectionNode, nodeOf } from '../../informers/collection/collection-node.ts';
import { LADDER_STEPS, type ReflectorMetrics } from '../../informers/collection/source-metrics.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import { collectCounter, collectGauge, type Sample } from './collected-metrics.ts';
import type { ServedView } from '../read/served-view.ts';

type Counts = Exclude<keyof ReflectorMetrics, 'errors'>;

/** The counters of a source: the field, the name of the metric and its help text. */
const SOURCE_COUNTERS: readonly (readonly [field: Counts, name: string, help: string])[] = [
  ['lists', 'lists', 'Complete states read by list.'],
  ['watchLists', 'watch_lists', 'Complete states read by WatchList.'],
  ['relists', 'relists', 'Complete states read after the first one.'],
  ['watches', 'watches', 'Watches that the cluster has accepted.'],
  ['reconnects', 'reconnects', 'Watches that ended and were resumed without a relist.'],
  ['events', 'events', 'Events that were applied.'],
  ['bookmarks', 'bookmarks', 'Bookmarks that were received.'],
  ['droppedEvents', 'dropped_events', 'Events that were dropped because they had been applied before.'],
  ['omittedObjects', 'omitted_objects', 'Objects that were left out: without a name, or because the transform failed.'],
  ['probes', 'probes', 'Checks of silent watches.'],
  ['failedChecks', 'failed_checks', 'Failed requests that only check something.'],
  ['stepsDown', 'steps_down', 'Moves to simpler requests: from WatchList to lists, or from watches to polling.'],
  ['stepsUp', 'steps_up', 'Moves back.'],
  ['climbs', 'climbs', 'Attempts to move back.'],
  ['restores', 'restores', 'Complete states of another history: the cluster was restored from a backup.'],
];

/** Adds the metrics of the collections behind the views of a server. */
export function addGraphMetrics(registry: Registry, all: readonly ServedView[], clock: Pick<Clock, 'now'>): void {
  const nodes = (): Set<CollectionNode<unknown>> => nodesOf(all);
  const steps = (read: (node: CollectionNode<unknown>) => number) => (): Sample[] =>
    Array.from(nodes(), (node): Sample => [[node.name], read(node)]);
  const labels = ['step'];
  collectGauge(
    registry,
    { name: 'kubefacet_step_objects', help: 'Objects of a step of a pipeline, or of a source.', labels },
    steps(({ statistics }) => statistics.objects),
  );
  collectGauge(
    registry,
    { name: 'kubefacet_step_errors', help: 'Rows that are missing because the step failed for them.', labels },
    steps(({ statistics }) => statistics.errors),
  );
  collectCounter(
    registry,
    { name: 'kubefacet_step_changes_total', help: 'Changes that the step has emitted.', labels },
    steps(({ statistics }) => statistics.deltas),
  );
  collectCounter(
    registry,
    { name: 'kubefacet_step_batches_total', help: 'Batches of changes that the step has emitted.', labels },
    steps(({ statistics }) => statistics.batches),
  );
  collectCounter(
    registry,
    { name: 'kubefacet_step_seconds_total', help: 'Time in which the step has run, with its functions.', labels },
    steps(({ statistics }) => statistics.milliseconds / 1000),
  );
  addSourceMetrics(registry, nodes, clock);
}

function addSourceMetrics(
  registry: Registry,
  nodes: () => Iterable<CollectionNode<unknown>>,
  clock: Pick<Clock, 'now'>,
): void {
  const labels = ['source'];
  const sources = (): CollectionNode<unknown>[] => Array.from(nodes()).filter(({ inputs }) => inputs.length === 0);
  const gauge = (
    name: string,
    help: string,
    read: (status: SourceStatus) => number | undefined,
    combine = Math.max,
  ): void => collectGauge(registry, { name, help, labels }, () => combined(sources(), read, combine));
  gauge(
    'kubefacet_source_synced',
    '1 if the objects of the source can be read, otherwise 0.',
    ({ hasSynced }) => Number(hasSynced),
    Math.min,
  );
  gauge(
    'kubefacet_source_failing',
    '1 if the last request to the source has failed, otherwise 0.',
    ({ failingSince }) => (failingSince === undefined ? 0 : 1),
  );
  gauge(
    'kubefacet_source_age_seconds',
    'Time since the last event, bookmark or list of the source.',
    ({ lastActivity }) => (lastActivity === undefined ? undefined : Math.max(0, clock.now() - lastActivity) / 1000),
  );
  for (const [field, name, help] of SOURCE_COUNTERS) {
    collectCounter(registry, { name: `kubefacet_source_${name}_total`, help, labels }, () =>
      sources().flatMap(({ name: source, metrics }): Sample[] =>
        metrics === undefined ? [] : [[[source], metrics[field]]],
      ),
    );
  }
  collectGauge(
    registry,
    {
      name: 'kubefacet_source_ladder_step',
      help: 'Reflectors of the source that read it in this way: watchList, pages, onePage, or interval (polling).',
      labels: ['source', 'step'],
    },
    () =>
      sources().flatMap(({ name, ladderSteps }): Sample[] =>
        ladderSteps === undefined
          ? []
          : LADDER_STEPS.map((step) => [[name, step], ladderSteps.filter((one) => one === step).length]),
      ),
  );
  collectCounter(
    registry,
    { name: 'kubefacet_source_failures_total', help: 'Failed requests by cause.', labels: ['source', 'cause'] },
    () =>
      sources().flatMap(({ name, metrics }) =>
        Object.entries(metrics?.errors ?? {}).map(([cause, count]): Sample => [[name, cause], count]),
      ),
  );
}

/** Returns one value for each name. Sources of two informer factories may have the same name. */
function combined(
  nodes: readonly CollectionNode<unknown>[],
  read: (status: SourceStatus) => number | undefined,
  combine: (one: number, other: number) => number,
): Sample[] {
  const values = new Map<string, number>();
  for (const status of nodes.flatMap((node) => node.sources())) {
    const [known, value] = [values.get(status.name), read(status)];
    if (value !== undefined) values.set(status.name, known === undefined ? value : combine(known, value));
  }
  return Array.from(values, ([name, value]): Sample => [[name], value]);
}

/** Returns the collections of all views, and those that they are derived from, each once. */
function nodesOf(all: readonly ServedView[]): Set<CollectionNode<unknown>> {
  const found = new Set<CollectionNode<unknown>>();
  const visit = (node: CollectionNode<unknown>): void => {
    if (found.has(node)) return;
    found.add(node);
    node.inputs.forEach(visit);
  };
  for (const { view } of all) visit(nodeOf(view.collection));
  return found;
}
