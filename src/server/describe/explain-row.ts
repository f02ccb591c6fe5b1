/**
 * The subresource `explain` of a projection: `GET …/RESOURCE/NAME/explain` responds with the objects that a row is made of, and with their
 * versions. A source object is shown only to users who may get it.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import type { UpstreamResource } from '../../informers/collection/upstream.ts';
import { keyOfParts, splitKey } from '../../key.ts';
import { type ExplainedObject, explainedObject } from '../../projections/graph/explained-object.ts';
import type { RequestContext, RequestState } from '../define/request-context.ts';
import { listError } from '../read/freshness.ts';
import { respondValue } from '../read/respond.ts';
import type { ServedView } from '../read/served-view.ts';
import { requirePathSegmentName } from '../wire/names.ts';
import { negotiate } from '../wire/negotiation.ts';
import type { ResourceRequestInfo } from '../wire/request-info.ts';
import { notFound } from '../wire/status.ts';
import { isOpen, shownObject, type ShownSource } from './explanation.ts';

/** The maximum number of objects without origins in a tree, and so of source objects that are reviewed. */
const MAX_ENDS = 100;
/** The maximum number of reviews at the same time, for one request. */
const PARALLEL_REVIEWS = 20;

/** An object of a source. An empty name stands for all objects of the namespace. */
export interface SourceObjectAccess extends UpstreamResource {
  readonly namespace: string;
  readonly name: string;
}

/** The rights for source objects. */
export interface ExplanationAccess {
  /** The resource that a source reads, in the cluster whose reviews decide. Objects of other sources are never shown. */
  resourceOf(source: Collection<unknown>): UpstreamResource | undefined;
  /** Whether the user of a request may get the object. @throws ApiError 503 if that is not known */
  mayGet(state: RequestState, object: SourceObjectAccess): Promise<boolean>;
}

/**
 * Responds with the explanation of a row. A row that does not exist is explained if a source object of it exists and all of its source objects
 * may be got: a filter has removed it, or its projection has failed.
 * @throws ApiError 404, 406, 429, 503
 */
export async function explainRow(
  ctx: RequestContext,
  served: ServedView,
  info: ResourceRequestInfo,
  access: ExplanationAccess,
): Promise<void> {
  const { accept, 'user-agent': userAgent } = ctx.req.headers;
  const format = negotiate({ accept, userAgent, query: ctx.state.query }, 'plain');
  requirePathSegmentName(info.name);
  const { namespace, name } = info;
  const tree = treeOf(served, keyOfParts(namespace, name));
  const sourceOf = await shownSources(ctx, tree, access);
  if (!tree.present && !(hasSource(tree) && isOpen(tree, sourceOf))) throw notFound(served.groupResource, name);
  const { group, version } = served;
  const explanation = {
    kind: 'Explanation',
    apiVersion: `${group}/${version}`,
    metadata: { name, ...(namespace !== '' && { namespace }) },
    row: { ...shownObject(tree, sourceOf), present: tree.present },
  };
  respondValue(ctx, 200, explanation, format);
}

function treeOf({ view }: ServedView, key: string): ExplainedObject {
  try {
    view.requireReady();
  } catch (error) {
    throw listError(error);
  }
  return explainedObject(view, key, MAX_ENDS);
}

/** Whether a source object behind a row exists. */
function hasSource({ isSource, present, origins = [] }: ExplainedObject): boolean {
  return isSource ? present : origins.some(hasSource);
}

/** Reviews all source objects of a tree. With several in a namespace, one review for all of its objects is sent first. */
async function shownSources(
  ctx: RequestContext,
  tree: ExplainedObject,
  access: ExplanationAccess,
): Promise<ShownSource> {
  // Not names: sources of two clusters can have the same name.
  const sources = new Map<Collection<unknown>, number>();
  const idOf = ({ collection, key }: ExplainedObject): string => {
    const source = sources.get(collection) ?? sources.size;
    sources.set(collection, source);
    return `${source} ${key}`;
  };
  const objects = new Map<string, SourceObjectAccess>();
  for (const object of sourceObjectsOf(tree)) {
    const resource = access.resourceOf(object.collection);
    if (resource !== undefined) objects.set(idOf(object), { ...resource, ...splitKey(object.key) });
  }
  const allowed = new Set<string>();
  const single: (readonly [id: string, object: SourceObjectAccess])[] = [];
  const scopes = Map.groupBy(objects, ([, { group, resource, namespace }]) => `${resource}.${group}/${namespace}`);
  await forEachOf(Array.from(scopes.values()), async (members) => {
    const [first] = members;
    if (first !== undefined && members.length > 1 && (await access.mayGet(ctx.state, { ...first[1], name: '' }))) {
      for (const [id] of members) allowed.add(id);
    } else {
      single.push(...members);
    }
  });
  await forEachOf(single, async ([id, object]) => {
    if (await access.mayGet(ctx.state, object)) allowed.add(id);
  });
  return (object) => (allowed.has(idOf(object)) ? access.resourceOf(object.collection) : undefined);
}

function* sourceObjectsOf(object: ExplainedObject): Iterable<ExplainedObject> {
  if (object.isSource) yield object;
  for (const origin of object.origins ?? []) yield* sourceObjectsOf(origin);
}

/** Calls an asynchronous function for all items, for a limited number at the same time. */
async function forEachOf<T>(items: readonly T[], visit: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const work = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await visit(item);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL_REVIEWS, waiting.length) }, work));
}
