import { compared, type Comparison } from './comparison.ts';
import type { FieldSet, Path } from './field-set.ts';
import { compareTexts, managerKey, type Manager, type Managers } from './managers.ts';
import type { Shape } from './shape.ts';

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
