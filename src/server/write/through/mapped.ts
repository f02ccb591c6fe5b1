/**
 * What the functions of a definition make of a change, and what is refused before they are asked.
 * @module
 */
import type { RowObject } from '../../../projections/row.ts';
import { HandlerRefusal } from '../../define/refusals.ts';
import { refusalStatus } from '../handlers/refusal-status.ts';
import { forbiddenField, invalidField } from '../../wire/field-error.ts';
import { invalid } from '../../wire/status.ts';
import type { CompleteObject } from '../../wire/writes/complete-object.ts';
import type { WrittenKind } from '../../wire/writes/written-kind.ts';
import type { ProjectionWrites } from '../../define/projection-writes.ts';

/** @throws ApiError 422 where the change cannot be written to the source; what the user's function refuses */
export function mapped<C>(kind: WrittenKind, wanted: CompleteObject, map: () => C | undefined): C {
  const { name } = wanted.metadata;
  let change: C | undefined;
  try {
    change = map();
  } catch (error) {
    const given = { ...wanted, metadata: { ...wanted.metadata } };
    throw error instanceof HandlerRefusal ? refusalStatus(error.reason, kind, name, given) : error;
  }
  if (change !== undefined) return change;
  const cause = invalidField('metadata.name', name, 'this change cannot be written to what it is made from');
  throw invalid({ group: kind.group, kind: kind.kind }, name, [cause]);
}

/** @throws ApiError 422 for fields that do not go to the source */
export function requireWritable(
  kind: WrittenKind,
  { fields }: Pick<ProjectionWrites<RowObject>, 'fields'>,
  changed: readonly (readonly string[])[],
  name: string,
): void {
  if (fields === undefined) return;
  const writable = fields.map((field) => field.split('.'));
  const refused = changed.filter((path) => !writable.some((steps) => steps.every((step, at) => step === path[at])));
  if (refused.length === 0) return;
  const causes = refused.map((path) => forbiddenField(path.join('.'), 'it is made from other objects'));
  throw invalid({ group: kind.group, kind: kind.kind }, name, causes);
}
