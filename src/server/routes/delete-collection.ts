/**
 * `DELETE …/R`: deletes what a list would show (api-semantics 6.6).
 * @module
 */
import { ApiError } from '../wire/status.ts';
import { optionalBody } from '../custom/read-body.ts';
import type { WriteOutcome } from '../custom/object-writer.ts';
import { representationOf } from '../representation-of.ts';
import { respondParts } from '../respond.ts';
import { Selection } from '../selection.ts';
import { listRefusal } from '../view-errors.ts';
import { parseListOptions } from '../wire/list-options.ts';
import { parseDeleteOptions } from '../wire/writes/write-options.ts';
import type { Row } from '../../projections/row.ts';
import { bodyOf } from './list.ts';
import { writing, type WriteRequest } from './write.ts';

/** Objects that are deleted at once. */
const AT_ONCE = 16;

/** Answers with a list of what was deleted. What has gone meanwhile is left out; with a limit, one page is deleted. */
export async function deleteCollection(request: WriteRequest): Promise<void> {
  const { ctx, served, custom, info } = request;
  const { format, representation } = representationOf(ctx, 'list');
  const body = await optionalBody(ctx);
  const { query, signal } = ctx.state;
  const options = parseDeleteOptions(body, query);
  const { labelSelector, fieldSelector, limit } = parseListOptions(query);
  const selection = new Selection(served, info.namespace, labelSelector, fieldSelector);
  const wanted = writing(request, { dryRun: options.dryRun ?? false, fieldManager: '' });
  const rows = selected(request, selection, limit);
  const deleted: Row[] = [];
  for (let start = 0; start < rows.length && !signal.aborted; start += AT_ONCE) {
    const some = rows.slice(start, start + AT_ONCE);
    const outcomes = await Promise.all(
      some.map(({ namespace, name }) => unlessGone(custom.writer.delete({ ...wanted, namespace, name }, options))),
    );
    for (const outcome of outcomes) if (outcome !== undefined) deleted.push(custom.rowOf(outcome));
  }
  const resourceVersion = served.view.position.toString();
  await respondParts(ctx, bodyOf(served, { rows: deleted, metadata: { resourceVersion } }, representation), format);
}

function selected({ served }: WriteRequest, selection: Selection, limit: number): Row[] {
  try {
    const rows: Row[] = [];
    for (const row of selection.rows(served.view.snapshot().rows)) {
      rows.push(row);
      if (rows.length === limit) break;
    }
    return rows;
  } catch (error) {
    throw listRefusal(error);
  }
}

/** Undefined when somebody else has deleted it first. */
async function unlessGone(deletion: Promise<WriteOutcome>): Promise<WriteOutcome | undefined> {
  try {
    return await deletion;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}
