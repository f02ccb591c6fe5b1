/**
 * Server-side apply (conformance 6.4; KEP-555): a configuration is merged into the live object, with owners of fields and conflicts.
 * @module
 */
import { configProblems } from './config-problems.ts';
import { FieldSet } from './field-set.ts';
import { fieldsOfShape, managedOnly } from './fields-of.ts';
import { isJsonObject, sameJson, type JsonObject } from '../json.ts';
import { managersAfterUpdate } from './managed-after-update.ts';
import { managerKey, printManagers, type ManagedFieldsEntry, type Manager, type Managers } from './managers.ts';
import { merged } from './merge.ts';
import { pruned } from './pruned.ts';
import { shapeOf } from './shape.ts';
import {
  reconciledManagers,
  servedManagers,
  versionsOf,
  withoutManagedFields,
  type FieldManagerRequest,
} from './request.ts';
import { takeOver, withManager, type Conflict } from './take-over.ts';

/** The configuration does not match the schema of the resource, so its fields cannot be determined. */
export class ConfigTypeError extends Error {
  /** One text for each problem: `.spec.x: field not declared in schema`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? problems.join('') : ['errors:', ...problems.map((it) => `  ${it}`)].join('\n'));
    this.name = 'ConfigTypeError';
    this.problems = problems;
  }
}

export interface ApplyOptions extends FieldManagerRequest {
  /** The stored object, in the version of the request. Undefined if it does not exist; then the apply creates it. */
  readonly live: JsonObject | undefined;
  /** The applied configuration: `apiVersion`, `kind`, `metadata.name` and the fields that the manager wants. */
  readonly config: JsonObject;
  /** The managedFields entries of the stored object. */
  readonly managed: readonly ManagedFieldsEntry[];
  /** True to take over fields of other managers instead of reporting conflicts. Default false. */
  readonly force?: boolean | undefined;
}

/** The result of an apply: an object without `metadata.managedFields`, and its entries. */
export interface Applied {
  readonly object: JsonObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
  readonly conflicts?: undefined;
}

/** The result of an apply that fails, because it would take fields from other managers. `applyConflict` makes the 409. */
export interface Conflicted {
  /** At least one. */
  readonly conflicts: readonly Conflict[];
}

/** Returns the managers. If the object has none yet, all its existing fields get the owner `before-first-apply`. */
function trackedManagers({ live, managed, ...request }: ApplyOptions): Managers {
  const managers = servedManagers(managed, request);
  if (managed.length > 0 || live === undefined) return managers;
  const after = withoutManagedFields(live);
  return managersAfterUpdate({ ...request, before: undefined, after, managers, manager: 'before-first-apply' });
}

const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

/**
 * Merges the configuration into the live object, and removes the fields that the manager applied before and no longer applies. A field
 * that another manager owns is a conflict if it would get another value; otherwise both managers own it. The input does not change. The
 * result is not defaulted, pruned or validated, and its server-set metadata is that of `live`. The caller must reject a configuration
 * with `metadata.managedFields`.
 * @throws ConfigTypeError if the configuration does not match the schema
 * @see conformance 6.4; KEP-555; structured-merge-diff/merge/update.go
 */
export function apply(options: ApplyOptions): Applied | Conflicted {
  const { config, apiVersion, subresource = '', time, force = false } = options;
  const shape = shapeOf(options.schema);
  const problems = configProblems(config, shape);
  if (problems.length > 0) throw new ConfigTypeError(problems);
  const live = withoutManagedFields(options.live ?? {});
  const resetFields = options.resetFields ?? new FieldSet();
  const name = options.manager === '' ? 'unknown' : options.manager;
  const versions = versionsOf(options);
  const managers = reconciledManagers(trackedManagers(options), versions);
  const key = managerKey({ name, operation: 'Apply', apiVersion, subresource });
  const last = managers.get(key);
  const fields = fieldsOfShape(config, shape).without(resetFields);
  const manager: Manager = { name, operation: 'Apply', apiVersion, subresource, time: last?.time, fields };
  managers.set(key, manager);

  const whole = merged(live, config, shape);
  const pruning = { apiVersion, versions, managers: [...managers.values()], config };
  const object = objectOf(last === undefined ? whole : pruned(whole, { ...pruning, last }));
  const change = takeOver({ before: live, after: object, apiVersion, versions, resetFields, managers, acting: key });
  if (!force && change.conflicts.length > 0) return { conflicts: change.conflicts };
  // A manager that only becomes an additional owner has changed nothing, so its entry has no time.
  const changedAt = sameJson(live, object) ? manager.time : time;
  const managersAfter = withManager(change.managers, { ...manager, fields: managedOnly(fields), time: changedAt });
  return { object, managedFields: printManagers(managersAfter) };
}
