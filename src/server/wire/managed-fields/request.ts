/**
 * The parts of a write that concern its field manager, and the entries from which a write starts.
 * @module
 */
import { FieldSet } from './field-set.ts';
import { isJsonObject, sameJson, type JsonObject } from '../json.ts';
import { parseManagers, type ManagedFieldsEntry, type Manager, type Managers } from './managers.ts';
import { reconciled, shapeOf } from './shape.ts';
import type { Schema } from '../schema/schema.ts';

/** A conversion refused an object. */
export class FieldConversionError extends Error {
  override readonly name = 'FieldConversionError';
}

/** The versions of a resource. Each manager's fields are compared in the version in which the manager wrote them. */
export interface FieldVersions {
  /** Returns the schema of a version. */
  schemaOf(apiVersion: string): Schema | undefined;
  /**
   * Converts an object from one version to another. The object may be incomplete: it has no defaults and was not validated.
   * @throws FieldConversionError
   */
  convert(object: JsonObject, from: string, to: string): JsonObject;
}

/** The field manager of a write. */
export interface FieldManagerRequest {
  /** `fieldManager`, or its default. */
  readonly manager: string;
  /** `group/version` of the request. */
  readonly apiVersion: string;
  /** The subresource of the write, such as `status`. Undefined for the object itself. */
  readonly subresource?: string | undefined;
  /** The current time, RFC 3339 in seconds: `2026-01-01T00:00:00Z`. */
  readonly time: string;
  /** The schema of the resource. Undefined for an object without a schema. */
  readonly schema?: Schema | undefined;
  /** The fields that the request cannot write; see `resetFieldsOf`. Default none. */
  readonly resetFields?: FieldSet | undefined;
  /** All versions of the resource. Entries of other versions are dropped, like upstream. Default: only the version of the request. */
  readonly apiVersions?: readonly string[] | undefined;
  /** The content of the versions. Default: all versions have the schema and the content of the request's version. */
  readonly versions?: FieldVersions | undefined;
}

/** Returns the versions of a request, or the default. */
export function versionsOf({ versions, schema }: Pick<FieldManagerRequest, 'versions' | 'schema'>): FieldVersions {
  return versions ?? { schemaOf: () => schema, convert: (object) => object };
}

/**
 * Returns the fields that a request cannot write. The main endpoint cannot write `status` if there is a status subresource; the status
 * subresource cannot write anything else.
 * @see apiextensions-apiserver/pkg/registry/customresource, `GetResetFields`
 */
export function resetFieldsOf(subresource: string | undefined, hasStatus: boolean): FieldSet {
  if (subresource === 'status') return FieldSet.of(['f:metadata'], ['f:spec']);
  return hasStatus && subresource === undefined ? FieldSet.of(['f:status']) : new FieldSet();
}

function managedFieldsIn(object: unknown): unknown {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  return isJsonObject(metadata) ? metadata['managedFields'] : undefined;
}

function isReset(sent: readonly unknown[]): boolean {
  return sent.length === 0 || (sent.length === 1 && sameJson(sent[0], {}));
}

/** Returns the entries, or an empty list if they are malformed. */
function trusted(entries: unknown): readonly ManagedFieldsEntry[] {
  const managers = parseManagers(entries);
  return Array.isArray(entries) && managers !== undefined && managers.size > 0 ? entries : [];
}

/**
 * Returns the entries from which an update starts. They are the entries that the client sent, because a client may change them; `[]` or
 * `[{}]` resets them. They are the stored entries if the client sent no entries or malformed ones, or if it writes a subresource.
 * @see apimachinery/pkg/util/managedfields/internal/fieldmanager.go
 */
export function managedFieldsToStartFrom(
  stored: unknown,
  sent: unknown,
  subresource?: string,
): readonly ManagedFieldsEntry[] {
  const entries = managedFieldsIn(sent);
  if (subresource === undefined && Array.isArray(entries)) {
    if (isReset(entries)) return [];
    const own = trusted(entries);
    if (own.length > 0) return own;
  }
  return trusted(managedFieldsIn(stored));
}

/** Returns the object without its entries, which are not fields with an owner. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, 'managedFields')) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** Returns the managers of versions that are served. */
export function servedManagers(
  managed: unknown,
  { apiVersion, apiVersions = [apiVersion] }: Pick<FieldManagerRequest, 'apiVersion' | 'apiVersions'>,
): Managers {
  return new Map([...(parseManagers(managed) ?? [])].filter(([, manager]) => apiVersions.includes(manager.apiVersion)));
}

/** Returns the managers with the fields that they have after changes of the schemas, each in its own version. */
export function reconciledManagers(managers: Managers, versions: FieldVersions): Map<string, Manager> {
  return new Map(
    [...managers].map(([key, manager]) => {
      const shape = shapeOf(versions.schemaOf(manager.apiVersion));
      return [key, { ...manager, fields: reconciled(manager.fields, shape) }];
    }),
  );
}

function withoutTime(entry: ManagedFieldsEntry): JsonObject {
  const { time: _, ...rest } = entry;
  return rest;
}

/**
 * Returns whether two states of an object differ at most in the times of their entries. The write that leads from one to the other then
 * has no effect. Call it after defaults and pruning.
 * @see apiserver/pkg/endpoints/handlers/fieldmanager/equality.go
 */
export function differInTimesAtMost(before: JsonObject, after: JsonObject): boolean {
  const entriesOf = (object: JsonObject): JsonObject[] => trusted(managedFieldsIn(object)).map(withoutTime);
  return (
    sameJson(entriesOf(before), entriesOf(after)) && sameJson(withoutManagedFields(before), withoutManagedFields(after))
  );
}
