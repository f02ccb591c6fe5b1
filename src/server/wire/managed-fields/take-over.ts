import { ApiError } from '../api-error.ts';
import { compared, type Comparison } from './comparison.ts';
import type { FieldSet, Path } from './field-set.ts';
import { compareTexts, type Manager, managerKey, type Managers } from './managers.ts';
import { printedPath } from './path-element.ts';
import type { Shape } from './shape.ts';
import { quoted } from '../quote.ts';

/** More conflicts than this are not told. */
export const maxConflicts = 1000;

/** A field that somebody else owns and that would get another value. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: Path;
}

export interface Change {
  readonly before: unknown;
  readonly after: unknown;
  readonly shape: Shape;
  /** What this request does not write, whatever it says; see `resetFieldsOf`. */
  readonly resetFields: FieldSet;
  readonly managers: Managers;
  /** The key of the manager that changes the object. */
  readonly acting: string | undefined;
}

export interface TakenOver {
  readonly comparison: Comparison;
  /** The managers, without what the change took from them; those that own nothing any more are gone. */
  readonly managers: Managers;
  /** What was taken from others, in their order. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Takes from all other managers the fields that a change added, modified or removed.
 *
 * @see structured-merge-diff/merge/update.go, `update`
 */
export function takeOver({ before, after, shape, resetFields, managers, acting }: Change): TakenOver {
  const comparison = compared(before, after, shape).without(resetFields);
  const written = comparison.modified.union(comparison.added);
  const kept = new Map<string, Manager>();
  const conflicts: Conflict[] = [];
  for (const [key, manager] of [...managers].toSorted(([left], [right]) => compareTexts(left, right))) {
    const isActing = key === acting;
    if (!isActing) {
      for (const path of manager.fields.intersection(written).paths()) {
        if (conflicts.length === maxConflicts) break;
        conflicts.push({ manager, path });
      }
    }
    const fields = isActing ? manager.fields : manager.fields.difference(written).difference(comparison.removed);
    if (!fields.isEmpty) kept.set(key, { ...manager, fields });
  }
  return { comparison, managers: kept, conflicts };
}

/** The managers with one more; without it when it owns nothing. */
export function withManager(managers: Managers, manager: Manager): Managers {
  const all = new Map(managers);
  if (manager.fields.isEmpty) {
    all.delete(managerKey(manager));
  } else {
    all.set(managerKey(manager), manager);
  }
  return all;
}

/** `"name"`, of which subresource, and which version when it did not apply. */
function printedManager({ name, operation, apiVersion, subresource }: Manager): string {
  return `${quoted(name)}${subresource === '' ? '' : ` with subresource ${quoted(subresource)}`}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${printedManager(first.manager)}: ${printedPath(first.path)}`;
  }
  const groups = Map.groupBy(conflicts, ({ manager }) => printedManager(manager));
  const lines = [...groups].flatMap(([manager, theirs]) => [
    `conflicts with ${manager}:`,
    ...theirs.map(({ path }) => `- ${printedPath(path)}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/**
 * 409. An apply would change fields that others own. The causes are in the order of the message, which upstream shuffles.
 *
 * @see api-semantics 6.4
 */
export function applyConflict(conflicts: readonly Conflict[]): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(conflicts),
    reason: 'Conflict',
    details: {
      causes: conflicts.map(({ manager, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${printedManager(manager)}`,
        field: printedPath(path),
      })),
    },
    code: 409,
  });
}
