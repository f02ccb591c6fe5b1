/**
 * The graph of collections as text and as Mermaid: the inputs of each collection, its size and its work.
 * @module
 */
import { inspect } from 'node:util';
import { type CollectionNode, nodeOf } from '../../informers/collection/collection-node.ts';
import type { Collection, CollectionStatistics, SourceStatus } from '../../informers/collection/index.ts';
import { MaterializedView } from '../materialized-view.ts';

/** A collection in the graph. */
export interface GraphNode extends CollectionStatistics {
  /** Counted from 1, in order of height and then of discovery. */
  readonly number: number;
  readonly name: string;
  readonly synced: boolean;
  /** The numbers of the collections that it is derived from. */
  readonly inputs: readonly number[];
  /** The error that ended this step of the pipeline. The steps after it get no more changes. */
  readonly failure: string | undefined;
  /** The status of a source; undefined for a derived collection. */
  readonly source: SourceStatus | undefined;
}

/** A view at the end of the graph. */
export interface GraphView {
  readonly name: string;
  /** The meaning of its resourceVersions; see `docs/resource-versions.md`. */
  readonly scheme: 'upstream' | 'local';
  /** The reason for the scheme. */
  readonly reason: string;
  readonly rows: number;
  readonly watchers: number;
  /** The number of positions of clients that were rejected, because the rows here are others than those of the client. */
  readonly rejectedPositions: number;
  /** The number of the collection that it shows. */
  readonly of: number;
}

/** The result of {@link debug}. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly views: readonly GraphView[];
  /** One line for each node and view. */
  toString(): string;
  /** The same text, as the console prints it. */
  [inspect.custom](): string;
  /** A Mermaid flowchart. */
  mermaid(): string;
}

/**
 * Returns the graph of the collections that lead to these views or collections. It is a snapshot and does not follow later changes. A
 * collection that does not run has one input: the collection that `pipe` was called on.
 * @example
 * process.stdout.write(`${debug(placements)}\n`);
 * // #1 pods: height 0, 2 objects, 1 subscriber, 3 deltas in 2 batches
 * // #2 nodes: height 0, 1 object, 1 subscriber, 1 delta in 1 batch
 * // #3 pods | leftJoin(nodes) <- #1 #2: height 1, 2 objects, 1 subscriber, 3 deltas in 2 batches
 */
export function debug(...targets: readonly (Collection<unknown> | MaterializedView)[]): Graph {
  const collections = inOrder(
    targets.map((target) => nodeOf(target instanceof MaterializedView ? target.collection : target)),
  );
  const numbers = new Map<Collection<unknown>, number>(collections.map((node, index) => [node, index + 1]));
  const numberOf = (collection: Collection<unknown>): number => numbers.get(collection) ?? 0;
  const nodes = collections.map((node): GraphNode => ({
    number: numberOf(node),
    name: node.name,
    synced: node.hasSynced,
    inputs: node.inputs.map(numberOf),
    failure: node.inputs.some(({ failure }) => failure === node.failure) ? undefined : node.failure?.message,
    source: node.inputs.length === 0 ? node.sources()[0] : undefined,
    ...node.statistics,
  }));
  const views = targets.flatMap((target): GraphView[] =>
    target instanceof MaterializedView ? [viewOf(target, numberOf(target.collection))] : [],
  );
  return graphOf(nodes, views);
}

/** Returns a graph of these collections and views. */
export function graphOf(nodes: readonly GraphNode[], views: readonly GraphView[]): Graph {
  const toString = (): string => textOf(nodes, views);
  return { nodes, views, toString, [inspect.custom]: toString, mermaid: () => mermaidOf(nodes, views) };
}

/** Returns the targets and all their inputs, each once, in order of height. */
function inOrder(targets: readonly CollectionNode<unknown>[]): CollectionNode<unknown>[] {
  const found = new Set<CollectionNode<unknown>>();
  const visit = (node: CollectionNode<unknown>): void => {
    if (found.has(node)) return;
    found.add(node);
    node.inputs.forEach(visit);
  };
  targets.forEach(visit);
  return [...found].toSorted((a, b) => a.height - b.height);
}

function viewOf(view: MaterializedView, of: number): GraphView {
  const { name, scheme, size: rows, watchers, rejectedPositions } = view;
  const reason = view.unfitVersions ?? schemeReason(nodeOf(view.collection));
  return { name, scheme, reason, rows, watchers, rejectedPositions, of };
}

/** Returns the reason for the scheme of a view: its only source, or the first step whose rows are not made of one object each. */
function schemeReason(node: CollectionNode<unknown>): string {
  if (node.lineage !== undefined) return `each row is made of one object of ${node.lineage.source.name}`;
  let step = node;
  for (let input = step.inputs[0]; input !== undefined && input.lineage === undefined; input = step.inputs[0])
    step = input;
  if (step.inputs.length === 0) return `${step.name} has no versions that compare`;
  return `rows of "${step.name}" are not made of one object each`;
}

function textOf(nodes: readonly GraphNode[], views: readonly GraphView[]): string {
  const from = ({ inputs }: GraphNode): string =>
    inputs.length === 0 ? '' : ` <- ${inputs.map((n) => `#${n}`).join(' ')}`;
  return [
    ...nodes.map(
      (node) => `#${node.number} ${node.name}${from(node)}: height ${node.height}, ${countsOf(node).join(', ')}`,
    ),
    ...views.map(
      ({ name, of, scheme, reason, rows, watchers, rejectedPositions }) =>
        `view ${name} <- #${of}: scheme ${scheme} (${reason}), ${counted(rows, 'row')}, ${counted(watchers, 'watcher')}${
          rejectedPositions === 0 ? '' : `, ${counted(rejectedPositions, 'rejected position')}`
        }`,
    ),
  ].join('\n');
}

function countsOf({ objects, errors, subscribers, batches, deltas, synced, failure, source }: GraphNode): string[] {
  const problem = failure ?? source?.message;
  return [
    counted(objects, 'object'),
    ...(errors === 0 ? [] : [counted(errors, 'error')]),
    counted(subscribers, 'subscriber'),
    `${counted(deltas, 'delta')} in ${counted(batches, 'batch')}`,
    ...(synced ? [] : ['not synced']),
    ...(problem === undefined ? [] : [problem]),
  ];
}

function counted(count: number, noun: string): string {
  const plural = noun === 'batch' ? 'batches' : `${noun}s`;
  return `${count} ${count === 1 ? noun : plural}`;
}

function mermaidOf(nodes: readonly GraphNode[], views: readonly GraphView[]): string {
  return [
    'flowchart TD',
    ...nodes.map(
      (node) => `  n${node.number}["${escaped(node.name)}<br/>${countsOf(node).map(escaped).join('<br/>')}"]`,
    ),
    ...nodes.flatMap(({ number, inputs }) => inputs.map((input) => `  n${input} --> n${number}`)),
    ...views.flatMap(({ name, of, scheme, rows }, index) => [
      `  v${index + 1}(["${escaped(name)}<br/>scheme ${scheme}<br/>${counted(rows, 'row')}"])`,
      `  n${of} --> v${index + 1}`,
    ]),
  ].join('\n');
}

/** Returns the text with the special characters of Mermaid escaped. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('|', '&#124;');
}
