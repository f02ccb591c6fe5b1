/**
 * The graph of collections, as text and as Mermaid: what is derived from what, and how much each step holds and has done.
 * @module
 */
import { inspect } from 'node:util';
import type { Collection, CollectionStatistics } from '../../informers/collection/index.ts';
import { MaterializedView } from '../materialized-view.ts';
import { schemeReason } from './scheme-reason.ts';
import { type CollectionNode, nodeOf } from '../../informers/collection/collection-node.ts';

/** A collection in the graph. */
export interface GraphNode extends CollectionStatistics {
  /** Counted from 1, in order of height and then of discovery. */
  readonly number: number;
  readonly name: string;
  readonly synced: boolean;
  /** The numbers of what it is derived from. */
  readonly inputs: readonly number[];
}

/** A view at the end of the graph. */
export interface GraphView {
  readonly name: string;
  readonly scheme: 'upstream' | 'local';
  /** Why it has this scheme. */
  readonly reason: string;
  readonly rows: number;
  readonly watchers: number;
  /** The number of the collection it shows. */
  readonly of: number;
}

/** What {@link debug} answers. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly views: readonly GraphView[];
  /** One line for each node and view. */
  toString(): string;
  /** The same text: what is shown by `console`. */
  [inspect.custom](): string;
  /** A flowchart for anything that renders Mermaid. */
  mermaid(): string;
}

/**
 * The graph above some views or collections. A snapshot: it does not follow what happens later. Collections that do not run are there
 * with what they would be derived from first.
 * @example
 * process.stdout.write(`${debug(podPlacements(pods, nodes))}\n`);
 */
export function debug(...targets: readonly (Collection<unknown> | MaterializedView)[]): Graph {
  const collections = inOrder(
    targets.map((target) => nodeOf(target instanceof MaterializedView ? target.collection : target)),
  );
  const numbers = new Map<Collection<unknown>, number>(collections.map((collection, index) => [collection, index + 1]));
  const numberOf = (collection: Collection<unknown>): number => numbers.get(collection) ?? 0;
  const nodes = collections.map((collection): GraphNode => ({
    number: numberOf(collection),
    name: collection.name,
    synced: collection.hasSynced,
    inputs: collection.inputs.map(numberOf),
    ...collection.statistics,
  }));
  const views = targets.flatMap((target): GraphView[] =>
    target instanceof MaterializedView
      ? [
          {
            name: target.name,
            scheme: target.scheme,
            reason: schemeReason(target.collection),
            rows: target.size,
            watchers: target.watchers,
            of: numberOf(target.collection),
          },
        ]
      : [],
  );
  const toString = (): string => textOf(nodes, views);
  return { nodes, views, toString, [inspect.custom]: toString, mermaid: () => mermaidOf(nodes, views) };
}

/** Everything above, each once, in order of height. */
function inOrder(targets: readonly CollectionNode<unknown>[]): CollectionNode<unknown>[] {
  const found = new Set<CollectionNode<unknown>>();
  const visit = (collection: CollectionNode<unknown>): void => {
    if (found.has(collection)) return;
    found.add(collection);
    collection.inputs.forEach(visit);
  };
  targets.forEach(visit);
  return [...found].toSorted((a, b) => a.height - b.height);
}

function textOf(nodes: readonly GraphNode[], views: readonly GraphView[]): string {
  const from = ({ inputs }: GraphNode): string =>
    inputs.length === 0 ? '' : ` <- ${inputs.map((n) => `#${n}`).join(' ')}`;
  return [
    ...nodes.map(
      (node) => `#${node.number} ${node.name}${from(node)}: height ${node.height}, ${countsOf(node).join(', ')}`,
    ),
    ...views.map(
      ({ name, of, scheme, reason, rows, watchers }) =>
        `view ${name} <- #${of}: scheme ${scheme} (${reason}), ${counted(rows, 'row')}, ${counted(watchers, 'watcher')}`,
    ),
  ].join('\n');
}

function countsOf({ objects, errors, subscribers, batches, deltas, synced }: GraphNode): string[] {
  return [
    counted(objects, 'object'),
    ...(errors === 0 ? [] : [counted(errors, 'error')]),
    counted(subscribers, 'subscriber'),
    `${counted(deltas, 'delta')} in ${counted(batches, 'batch')}`,
    ...(synced ? [] : ['not synced']),
  ];
}

function counted(count: number, noun: string): string {
  const plural = noun === 'batch' ? 'batches' : `${noun}s`;
  return `${count} ${count === 1 ? noun : plural}`;
}

function mermaidOf(nodes: readonly GraphNode[], views: readonly GraphView[]): string {
  return [
    'flowchart TD',
    ...nodes.map((node) => `  n${node.number}["${escaped(node.name)}<br/>${countsOf(node).join('<br/>')}"]`),
    ...nodes.flatMap(({ number, inputs }) => inputs.map((input) => `  n${input} --> n${number}`)),
    ...views.flatMap(({ name, of, scheme, rows }, index) => [
      `  v${index + 1}(["${escaped(name)}<br/>scheme ${scheme}<br/>${counted(rows, 'row')}"])`,
      `  n${of} --> v${index + 1}`,
    ]),
  ].join('\n');
}

/** What Mermaid would take for its own. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('|', '&#124;');
}
