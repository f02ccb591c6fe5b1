/**
 * `DELETE …/R`: deletes what a list would show (api-semantics 6.6).
 * @module
 */
import type { Row } from '../../projections/row.ts';
import { keyOf } from '../../key.ts';
import { finalizersFor } from './deletion.ts';
import type { Writing } from './writing.ts';
import { ApiError } from '../wire/status.ts';
import { optionalBody } from './read-body.ts';
import type { WriteOutcome } from './object-writer.ts';
import { representationOf } from '../read/representation-of.ts';
import { respondParts } from '../read/respond.ts';
import { Selection } from '../read/selection.ts';
import { listRefusal } from '../read/view-errors.ts';
import { parseListParameters } from '../wire/list-parameters.ts';
import { type DeleteOptions, parseDeleteOptions } from '../wire/writes/delete-options.ts';
import { bodyOf, type Page, pageOf, startOf } from '../read/list.ts';
import { writing, type WriteRequest } from './write.ts';

/** Objects that are deleted at once. */
const AT_ONCE = 16;

/** Answers with a list of what was deleted, as it was before. With a limit, one page is deleted, and the answer says where the next begins. */
export async function deleteCollection(request: WriteRequest): Promise<void> {
  const { ctx, served, custom, info } = request;
  const { format, representation } = representationOf(ctx, 'list');
  const body = await optionalBody(ctx);
  const { query, signal } = ctx.state;
  const options = parseDeleteOptions(body, query);
  const { labelSelector, fieldSelector, limit, source } = parseListParameters(query);
  const selection = new Selection(served, info.namespace, labelSelector, fieldSelector);
  const wanted = writing(request, { dryRun: options.dryRun ?? false, fieldManager: '' });
  const start = source.from === 'continue' ? startOf(source.token, selection.namespace) : undefined;
  const page = selected(request, selection, { limit, start });
  const together = await deletedTogether(request, page.rows, options, wanted);
  const rest = page.rows.filter(({ key }) => !together.has(key));
  for (let done = 0; done < rest.length && !signal.aborted; done += AT_ONCE) {
    const some = rest.slice(done, done + AT_ONCE);
    await Promise.all(
      some.map(({ namespace, name }) => unlessGone(custom.writer.delete({ ...wanted, namespace, name }, options))),
    );
  }
  await respondParts(ctx, bodyOf(served, page, representation), format);
}

function selected(
  { served }: WriteRequest,
  selection: Selection,
  { limit, start }: { readonly limit: number; readonly start: string | undefined },
): Page {
  try {
    return pageOf(served.view.snapshot(), selection, limit, start);
  } catch (error) {
    throw listRefusal(error);
  }
}

/** That somebody else has deleted it first is as good. */
async function unlessGone(deletion: Promise<WriteOutcome>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
  }
}

/** The keys of what a handler has deleted all at once: objects that nobody else has to finish first. */
async function deletedTogether(
  { custom: { store, writer } }: WriteRequest,
  rows: readonly Row[],
  options: DeleteOptions,
  { user, dryRun, signal }: Writing,
): Promise<ReadonlySet<string>> {
  if (store.deleteCollection === undefined) return new Set();
  const expected = new Map<string, number>();
  for (const { key, namespace, name } of rows) {
    const current = await writer.read({ namespace, name, signal, user, dryRun });
    if (finalizersFor(current.object, options).length === 0) expected.set(key, current.revision);
  }
  const gone = await store.deleteCollection(expected, signal, { user, dryRun });
  return new Set(gone.map(({ object }) => keyOf(object)));
}
