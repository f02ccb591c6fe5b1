/**
 * The fields that a write takes from other managers, and the 409 of an apply that must not take them.
 * @module
 */
import { ApiError } from '../api-error.ts';
import { compared, type Comparison } from './comparison.ts';
import type { FieldSet, Path } from './field-set.ts';
import { compareTexts, type Manager, managerKey, type Managers } from './managers.ts';
import { printedPath } from './path-element.ts';
import type { FieldVersions } from './request.ts';
import { shapeOf } from './shape.ts';
import type { JsonObject } from '../json.ts';
import { quoted } from '../quote.ts';

/** The maximum number of reported conflicts. */
const maxConflicts = 1000;

/** A field that an apply would change, and the other manager that owns it. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: Path;
}

/** A write: the object before and after it, and the managers before it. */
export interface ManagedChange {
  /** Empty for a new object. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** The version of both objects. */
  readonly apiVersion: string;
  readonly versions: FieldVersions;
  /** The fields that this request cannot write, even if its body contains them; see `resetFieldsOf`. */
  readonly resetFields: FieldSet;
  readonly managers: Managers;
  /** The key of the manager that keeps its fields, because it makes the change. Undefined: all managers lose the changed fields. */
  readonly acting: string | undefined;
}

/** The effects of a write on the managers of fields. */
export interface TakenOver {
  /** The comparison in the version of the request. */
  readonly comparison: Comparison;
  /** The managers without the fields that the change took from them. Managers without fields are removed. */
  readonly managers: Managers;
  /** The fields that were taken from other managers, in the order of the managers. */
  readonly conflicts: readonly Conflict[];
}

/**
 * Removes the fields that a change added, modified or removed from all managers except the acting one. The objects are compared in the
 * version of each manager, so two managers cannot own one field through two versions without a conflict.
 * @see structured-merge-diff/merge/update.go, `update`
 */
export function takeOver(change: ManagedChange): TakenOver {
  const { managers, acting } = change;
  const comparisons = new Map<string, Comparison>();
  const comparisonIn = (version: string): Comparison => {
    const comparison = comparisons.get(version) ?? comparedIn(version, change);
    comparisons.set(version, comparison);
    return comparison;
  };
  const kept = new Map<string, Manager>();
  const conflicts: Conflict[] = [];
  for (const [key, manager] of [...managers].toSorted(([left], [right]) => compareTexts(left, right))) {
    if (key === acting) {
      if (!manager.fields.isEmpty) kept.set(key, manager);
      continue;
    }
    const { modified, added, removed } = comparisonIn(manager.apiVersion);
    const written = modified.union(added);
    for (const path of manager.fields.intersection(written).paths()) {
      if (conflicts.length === maxConflicts) break;
      conflicts.push({ manager, path });
    }
    const fields = manager.fields.difference(written).difference(removed);
    if (!fields.isEmpty) kept.set(key, { ...manager, fields });
  }
  return { comparison: comparisonIn(change.apiVersion), managers: kept, conflicts };
}

function comparedIn(version: string, { before, after, apiVersion, versions, resetFields }: ManagedChange): Comparison {
  const inVersion = (object: JsonObject): JsonObject =>
    version === apiVersion || Object.keys(object).length === 0 ? object : versions.convert(object, apiVersion, version);
  return compared(inVersion(before), inVersion(after), shapeOf(versions.schemaOf(version))).without(resetFields);
}

/** Returns the managers with an additional one, or without it if it owns no fields. */
export function withManager(managers: Managers, manager: Manager): Managers {
  const all = new Map(managers);
  if (manager.fields.isEmpty) {
    all.delete(managerKey(manager));
  } else {
    all.set(managerKey(manager), manager);
  }
  return all;
}

/** Returns `"name"` with the subresource, and with the version if the operation is not Apply. */
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
 * 409. The apply would change fields of other managers. The causes are in the order of the message, which is random upstream.
 * @see conformance 6.4
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
