/**
 * `metadata.managedFields` after a create, an update, or a patch other than apply (conformance 6.7).
 * @module
 */
import { FieldSet } from './field-set.ts';
import { managedOnly } from './fields-of.ts';
import type { JsonObject } from '../json.ts';
import {
  compareTexts,
  managerKey,
  printManagers,
  secondsOf,
  type ManagedFieldsEntry,
  type Manager,
  type Managers,
} from './managers.ts';
import {
  reconciledManagers,
  servedManagers,
  versionsOf,
  withoutManagedFields,
  type FieldManagerRequest,
} from './request.ts';
import { takeOver, withManager } from './take-over.ts';

/** The maximum number of managers with the operation Update. The oldest of them are merged into one. */
const maxUpdateManagers = 10;

const oldChanges = 'ancient-changes';

/** Merges the oldest managers with the operation Update, version by version, until the maximum is reached. */
function capped(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  const all = new Map(managers);
  let excess = updaters.length - maxUpdateManagers;
  const first = new Map<string, string>();
  const oldest = updaters.toSorted(([a, left], [b, right]) => secondsOf(left) - secondsOf(right) || compareTexts(a, b));
  for (const [key, manager] of oldest) {
    const firstKey = first.get(manager.apiVersion);
    if (excess <= 0) break;
    if (firstKey === undefined) {
      first.set(manager.apiVersion, key);
    } else {
      const bucket = { ...manager, name: oldChanges, subresource: '' };
      const bucketKey = managerKey(bucket);
      const hasBucket = bucketKey !== key && all.has(bucketKey);
      const before = all.get(hasBucket ? bucketKey : firstKey);
      all.delete(key);
      if (!hasBucket) all.delete(firstKey);
      all.set(bucketKey, { ...bucket, fields: manager.fields.union(before?.fields ?? new FieldSet()) });
      excess -= 1;
    }
  }
  return all;
}

/** A create, an update, or a patch other than apply. */
export interface Update extends FieldManagerRequest {
  /** The stored object; undefined for a create. */
  readonly before: JsonObject | undefined;
  /** The object to store, after patch, defaults and pruning. Its own managedFields are ignored; see `managed`. */
  readonly after: JsonObject;
  readonly managers: Managers;
}

/** Returns the managers after an update, without the maximum. */
export function managersAfterUpdate({ before, after, managers, ...request }: Update): Managers {
  const { apiVersion, resetFields = new FieldSet() } = request;
  const versions = versionsOf(request);
  const change = takeOver({
    before: withoutManagedFields(before ?? {}),
    after: withoutManagedFields(after),
    apiVersion,
    versions,
    resetFields,
    managers: reconciledManagers(managers, versions),
    acting: undefined,
  });
  const { added, modified } = change.comparison;
  const fields = managedOnly(modified.union(added));
  if (fields.isEmpty) return change.managers;
  const manager: Manager = {
    name: request.manager === '' ? 'unknown' : request.manager,
    operation: 'Update',
    apiVersion: request.apiVersion,
    subresource: request.subresource ?? '',
    time: request.time,
    fields,
  };
  const previous = change.managers.get(managerKey(manager));
  return withManager(change.managers, { ...manager, fields: fields.union(previous?.fields ?? new FieldSet()) });
}

export interface ManagedAfterUpdateOptions extends Omit<Update, 'managers'> {
  /** The entries before the update: `managedFieldsToStartFrom(stored, sent, subresource)`. */
  readonly managed: readonly ManagedFieldsEntry[];
}

/**
 * Returns the entries after the write. The manager of the request gets the fields that the request changed, with the operation Update.
 * All other managers lose these fields and the removed ones, and keep the unchanged ones with their time. An object whose entries were
 * reset has no entries until the next apply. An empty result means that the object has no `metadata.managedFields`.
 * @see conformance 6.7; apimachinery/pkg/util/managedfields
 */
export function managedAfterUpdate({ managed, ...options }: ManagedAfterUpdateOptions): readonly ManagedFieldsEntry[] {
  const managers = servedManagers(managed, options);
  if (managed.length === 0 && options.before !== undefined) return [];
  return printManagers(capped(managersAfterUpdate({ ...options, managers })));
}
