/**
 * The row that a dry run would have made.
 * @module
 */
import type { Collection, DeltaOperator } from '../../../informers/collection/collection.ts';
import { operatorOf } from '../../../informers/collection/lineage.ts';
import { SourceCollection, type SourceObject, versionNumber } from '../../../informers/collection/source-collection.ts';
import type { SourceStatus } from '../../../informers/collection/source-status.ts';
import type { MaterializedView } from '../../../projections/materialized-view.ts';
import type { Row } from '../../../projections/row.ts';
import { nodeOf } from '../../../informers/collection/collection-node.ts';
import { keepRunning } from '../../../informers/collection/collection.ts';

/** Whether rows can be made of an object that is not stored: every row comes from one object, by steps that read nothing else. */
export function canTryOut(collection: Collection<unknown>): boolean {
  const { lineage } = nodeOf(collection);
  return lineage !== undefined && lineage.steps.every((step) => operatorOf(step) !== undefined);
}

/**
 * The row that an object would have; undefined when it would have none. Observers in the pipeline (`tap`) are not called.
 * @throws the error of a step, or RowRefusedError
 */
export function triedOut(view: MaterializedView, row: Row, object: SourceObject): Row | undefined {
  const { collection } = view;
  const steps = (nodeOf(collection).lineage?.steps ?? []).filter(({ observes }) => observes !== true);
  let rows: Collection<unknown> = new OneObject(object);
  for (const step of steps) rows = rows.pipe(operatorOf(step) as DeltaOperator<unknown, unknown>);
  const life = new AbortController();
  keepRunning(rows, life.signal);
  try {
    const projected = rows.get(row.key);
    const error = rows.errors.get(row.key);
    if (error !== undefined) throw new Error(error.message, { cause: error });
    if (projected === undefined) return undefined;
    const { uid, resourceVersion } = object.metadata ?? {};
    const stamp = { version: versionNumber(resourceVersion), uid, apiVersion: object.apiVersion, kind: object.kind };
    return view.encoder.encode(row.key, projected, stamp, row.position, row);
  } finally {
    life.abort();
  }
}

/** A source of one object, that never changes. */
class OneObject extends SourceCollection<SourceObject> {
  constructor(object: SourceObject) {
    super('a dry run', 'none');
    this.replaceAll([object], undefined);
  }

  override sources(): SourceStatus[] {
    return [];
  }

  protected override get readable(): boolean {
    return true;
  }

  protected override start(): void {
    // It is there.
  }

  protected override stop(): void {
    // It goes with who holds it.
  }
}
