/**
 * Managers of fields, parsed from and printed to `metadata.managedFields`.
 * @module
 */
import { FieldSet, FieldsError, type FieldsV1 } from './field-set.ts';
import { isJsonObject } from '../json.ts';
import { PathElementError } from './path-element.ts';

/** An entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  readonly apiVersion: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldsV1;
  readonly manager: string;
  readonly operation: ManagerOperation;
  readonly subresource?: string;
  /** RFC 3339, in seconds. Missing if an apply became an additional owner and changed nothing. */
  readonly time?: string;
}

/** The operation of a manager. Update stands for all writes other than apply. */
export type ManagerOperation = 'Apply' | 'Update';

/** A manager and its fields. */
export interface Manager {
  readonly name: string;
  readonly operation: ManagerOperation;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Managers by their `managerKey`. */
export type Managers = ReadonlyMap<string, Manager>;

/** Returns the key that identifies a manager. The version is part of it only if the operation is Update. */
export function managerKey({ name, operation, apiVersion, subresource }: Omit<Manager, 'fields' | 'time'>): string {
  return JSON.stringify([name, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function managerOf(entry: unknown): Manager | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { operation, fieldsType, fieldsV1 = {}, time } = entry;
  const apiVersion = textOf(entry['apiVersion']);
  if ((operation !== 'Apply' && operation !== 'Update') || apiVersion === '' || fieldsType !== 'FieldsV1') {
    return undefined;
  }
  try {
    return {
      name: textOf(entry['manager']),
      operation,
      apiVersion,
      subresource: textOf(entry['subresource']),
      time: typeof time === 'string' ? time : undefined,
      fields: FieldSet.parse(fieldsV1),
    };
  } catch (error) {
    if (error instanceof FieldsError || error instanceof PathElementError) return undefined;
    throw error;
  }
}

/** Parses `metadata.managedFields`. Returns undefined if any entry is malformed, because then no entry is trusted. */
export function parseManagers(entries: unknown): Managers | undefined {
  const managers = new Map<string, Manager>();
  for (const entry of Array.isArray(entries) ? entries : []) {
    const manager = managerOf(entry);
    if (manager === undefined) return undefined;
    managers.set(managerKey(manager), manager);
  }
  return managers;
}

/** Returns the time in seconds since 1970; 0 for an entry without a time. */
export function secondsOf({ time }: Pick<Manager, 'time'>): number {
  const seconds = Math.floor(Date.parse(time ?? '') / 1000);
  return Number.isNaN(seconds) ? 0 : seconds;
}

export function compareTexts(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** Compares managers for sorting: first those that apply, then the oldest, then by name, version and subresource. */
function compareManagers(left: Manager, right: Manager): number {
  return (
    compareTexts(left.operation, right.operation) ||
    secondsOf(left) - secondsOf(right) ||
    compareTexts(left.name, right.name) ||
    compareTexts(left.apiVersion, right.apiVersion) ||
    compareTexts(left.subresource, right.subresource)
  );
}

/** Returns `metadata.managedFields` in upstream's order. An object without entries does not have the field. */
export function printManagers(managers: Managers): readonly ManagedFieldsEntry[] {
  return [...managers.values()]
    .toSorted(compareManagers)
    .map(({ name, operation, apiVersion, subresource, time, fields }) => ({
      apiVersion,
      fieldsType: 'FieldsV1',
      fieldsV1: fields.toJSON(),
      manager: name,
      operation,
      ...(subresource === '' ? {} : { subresource }),
      ...(time === undefined ? {} : { time }),
    }));
}
