/**
 * `DELETE …/R`: deletes the objects that a list with the same selectors returns (conformance 6.6).
 * @module
 */
import { keyOf } from '../../key.ts';
import { rowsOf } from '../../projections/leaf.ts';
import type { Row } from '../../projections/row.ts';
import { listError } from '../read/freshness.ts';
import { bodyOf, type Page, type PageBounds, pageOf, startOf } from '../read/list.ts';
import { representationOf } from '../read/representations.ts';
import { respondParts } from '../read/respond.ts';
import { Selection } from '../read/selection.ts';
import { parseListParameters } from '../wire/list-parameters.ts';
import { ApiError } from '../wire/status.ts';
import { type DeleteOptions, parseDeleteOptions } from '../wire/writes/delete-options.ts';
import { finalizersFor } from './object-change.ts';
import type { ObjectWrite } from './object-write.ts';
import type { WriteOutcome } from './object-writer.ts';
import { optionalBody } from './request-body.ts';
import type { CurrentObject } from './served-states.ts';
import { objectWriteOf, type WriteRequest } from './write-routes.ts';

/** The maximum number of objects that are deleted concurrently. */
const CONCURRENT_DELETES = 16;

/**
 * Deletes a collection, and responds with the list of deleted objects. With `limit`, it deletes one page, and the response contains the
 * `continue` token of the next page.
 */
export async function deleteCollection(request: WriteRequest): Promise<void> {
  const { ctx, served, custom, info } = request;
  const { format, representation } = representationOf(ctx, 'list');
  const body = await optionalBody(ctx);
  const { query, signal, limits } = ctx.state;
  const options = parseDeleteOptions(body, query);
  const { limit, source, ...selectors } = parseListParameters(query, limits);
  const selection = new Selection(served, { ...selectors, namespace: info.namespace });
  const write = objectWriteOf(request, { dryRun: options.dryRun ?? false, fieldManager: '' });
  const start = source.from === 'continue' ? startOf(source.token, selection.namespace) : undefined;
  const page = await pageToDelete(request, selection, { limit, start, signal });
  const rows = rowsOf(page.ranges);
  const all = await custom.writer.readAll(write);
  const deleted = await deleteInOneCall(request, { rows, all }, options, write);
  const rest = rows.filter(({ key }) => !deleted.has(key) && all?.has(key) !== false);
  await inChunks(rest, signal, ({ key, namespace, name }) =>
    ignoringNotFound(custom.writer.delete({ ...write, namespace, name }, options, all?.get(key))),
  );
  const parts = await bodyOf(served, page, representation, signal);
  await respondParts(
    ctx,
    parts.map(({ bytes }) => bytes),
    format,
  );
}

async function pageToDelete({ served }: WriteRequest, selection: Selection, bounds: PageBounds): Promise<Page> {
  try {
    return await pageOf(served.view.snapshot(), selection, bounds);
  } catch (error) {
    throw listError(error);
  }
}

/** Ignores a 404: another client has deleted the object first. */
async function ignoringNotFound(deletion: Promise<WriteOutcome>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
  }
}

/** The objects to delete. */
interface Deletion {
  /** The selected rows of the view. */
  readonly rows: readonly Row[];
  /** The current states of all objects by key; undefined if the store reads only one object at a time. */
  readonly all: ReadonlyMap<string, CurrentObject> | undefined;
}

/** Calls the handler `deleteCollection`, if it exists, for the objects without finalizers. @returns the keys of the deleted objects */
async function deleteInOneCall(
  { custom: { store, writer } }: WriteRequest,
  { rows, all }: Deletion,
  options: DeleteOptions,
  write: ObjectWrite,
): Promise<ReadonlySet<string>> {
  if (store.deleteCollection === undefined) return new Set();
  const { user, dryRun, requestId, signal } = write;
  const expected = new Map<string, number>();
  await inChunks(rows, signal, async ({ key, namespace, name }) => {
    const current = all === undefined ? await writer.read({ ...write, namespace, name }) : all.get(key);
    if (current !== undefined && finalizersFor(current.object, options).length === 0)
      expected.set(key, current.revision);
  });
  const deleted = await store.deleteCollection(expected, signal, { user, dryRun, requestId });
  return new Set(deleted.map(({ object }) => keyOf(object)));
}

/** Runs a task for each item, {@link CONCURRENT_DELETES} of them concurrently, until the signal is aborted. */
async function inChunks<V>(
  items: readonly V[],
  signal: AbortSignal,
  task: (item: V) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length && !signal.aborted; start += CONCURRENT_DELETES) {
    await Promise.all(items.slice(start, start + CONCURRENT_DELETES).map(task));
  }
}
