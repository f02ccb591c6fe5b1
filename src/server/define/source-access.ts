/**
 * The rights to sources that a resource with `authorize` requires of its readers. They follow from the pipeline of its rows: each step shows
 * whether a row contains objects of its own namespace only. Nothing else shows it, so the author of the pipeline cannot declare it.
 *
 * ```
 *   pods ─ map ─ leftJoin(claims, byName) ─ leftJoin(nodes, by key) ─► rows:  pods and claims in the row's namespace, nodes everywhere
 * ```
 * @module
 */
import { type CollectionNode, nodeOf, type SourceResource } from '../../informers/collection/collection-node.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import type { ReadRange } from '../../informers/collection/step-reads.ts';
import type { UpstreamResource } from '../../informers/collection/upstream.ts';
import { ServerDefinitionError } from '../errors.ts';

/**
 * How the rows of a projection are protected, besides the right to the resource itself.
 * - `source`: a caller needs the same verb on each source of a row.
 * - `rows`: the same, and a list or watch of all namespaces shows the rows of the namespaces in which the caller has the verb.
 */
export type RowAuthorization = 'source' | 'rows';

/** The sources on which a caller needs the verb of the request. */
export interface SourceAccess {
  readonly mode: RowAuthorization;
  /** The sources of which a row contains objects of its own namespace only: the caller needs the verb in that namespace. */
  readonly inNamespace: readonly UpstreamResource[];
  /** All other sources: the caller needs the verb in all namespaces. */
  readonly everywhere: readonly UpstreamResource[];
}

/** A source of a collection. */
interface FoundSource {
  readonly resource: SourceResource;
  /** The objects that a row can contain, relative to the row. */
  readonly range: ReadRange;
  /** The step after which `range` is `anywhere`. */
  readonly step: string;
}

/**
 * Returns the sources that the rows of a resource require.
 * @param plural the name of the resource, for messages
 * @throws ServerDefinitionError that names the step or the source, if the rows do not show what they require
 */
export function sourceAccessOf(
  { plural, namespaced, authorize }: { plural: string; namespaced: boolean; authorize: RowAuthorization },
  rows: Collection<unknown>,
): SourceAccess {
  const reject = (message: string): never => {
    throw new ServerDefinitionError(`resource ${plural}: authorize: ${message}`);
  };
  const everywhere = new Map<string, UpstreamResource>();
  const inNamespace = new Map<string, UpstreamResource>();
  if (authorize === 'rows' && !namespaced) reject(`'rows' is for namespaced resources; use 'source'`);
  for (const { resource, range, step } of sourcesOf(nodeOf(rows), reject)) {
    const { group, version, resource: name, scope } = resource;
    const isOwn = range === 'namespace' || (range === 'owner' && scope === 'namespaced');
    const id = JSON.stringify([group, version, name]);
    if (namespaced && isOwn && scope !== 'cluster') inNamespace.set(id, { group, version, resource: name });
    else {
      everywhere.set(id, { group, version, resource: name });
      if (authorize === 'rows' && range === 'anywhere' && scope !== 'cluster') reject(notShown(step, name, scope));
    }
  }
  for (const id of everywhere.keys()) inNamespace.delete(id);
  if (authorize === 'rows' && inNamespace.size === 0) reject(`'rows' needs a namespaced source; use 'source'`);
  return { mode: authorize, inNamespace: [...inNamespace.values()], everywhere: [...everywhere.values()] };
}

function notShown(step: string, source: string, scope: SourceResource['scope']): string {
  const hint = scope === 'unknown' ? `, or, if ${source} is cluster-scoped, read it with namespaced: false` : '';
  return (
    `'rows' needs steps that keep the namespace of each row, but after "${step}" a row can contain ${source} of other namespaces; ` +
    `use map, filter, or joins with byName() and label selectors${hint}`
  );
}

/** Returns the sources of a collection. A source that several steps read is returned several times. */
function sourcesOf(node: CollectionNode<unknown>, reject: (message: string) => never): readonly FoundSource[] {
  if (node.step === undefined) {
    if (node.resource === undefined) {
      reject(`"${node.name}" is not read from a cluster, so there is no right to it; use informers as the sources`);
    }
    return [{ resource: node.resource, range: 'namespace', step: node.name }];
  }
  const { input, reads } = node.step;
  if (reads === undefined) {
    return reject(
      `"${node.name}" ends with an operator of your own, so its sources are not known; use the operators of kubefacet`,
    );
  }
  const own = sourcesOf(input, reject).map((source) =>
    within(source, reads.keepsKeys ? 'namespace' : 'anywhere', node),
  );
  const others = reads.reads.flatMap(({ collection, range }) =>
    sourcesOf(nodeOf(collection), reject).map((source) => within(source, range, node)),
  );
  return [...own, ...others];
}

const RANGES: readonly ReadRange[] = ['namespace', 'owner', 'anywhere'];

/** Returns a source as it is seen after a step that reads objects of a range. */
function within(source: FoundSource, range: ReadRange, { name }: CollectionNode<unknown>): FoundSource {
  if (RANGES.indexOf(range) <= RANGES.indexOf(source.range)) return source;
  return { ...source, range, step: name };
}
