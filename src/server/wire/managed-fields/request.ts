import { FieldSet } from './field-set.ts';
import { isJsonObject, sameJson, type JsonObject } from '../json.ts';
import { parseManagers, type ManagedFieldsEntry, type Managers } from './managers.ts';
import type { Schema } from '../schema/schema.ts';

/** What a write says about its manager. */
export interface FieldManagerRequest {
  /** `fieldManager`, or what stands for it. */
  readonly manager: string;
  /** `group/version` of the request. */
  readonly apiVersion: string;
  /** The subresource that is written, such as `status`; undefined for the object itself. */
  readonly subresource?: string | undefined;
  /** Now, RFC 3339 in seconds: `2026-01-01T00:00:00Z`. */
  readonly time: string;
  /** The resource's schema; undefined for an object of which nothing is known. */
  readonly schema?: Schema | undefined;
  /** What the request cannot write; see `resetFieldsOf`. Default none. */
  readonly resetFields?: FieldSet | undefined;
  /** All versions that the resource has; entries of others are dropped, as upstream does. Default the version of the request alone. */
  readonly apiVersions?: readonly string[] | undefined;
}

/**
 * What a request cannot write: `status` through the object itself when there is a status subresource, and the rest through the status.
 *
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

/** The entries, or none when they are not well-formed. */
function trusted(entries: unknown): readonly ManagedFieldsEntry[] {
  const managers = parseManagers(entries);
  return Array.isArray(entries) && managers !== undefined && managers.size > 0 ? entries : [];
}

/**
 * The entries that an update starts from: those the client sent, so that it can change them; none when it sent `[]` or `[{}]`, which
 * resets them; the stored ones when it sent none, sent something not well-formed, or writes a subresource.
 *
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

/** The object as owners see it. Its entries are not fields that somebody owns. */
export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, 'managedFields')) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** The managers of versions that there are. */
export function servedManagers(
  managed: unknown,
  { apiVersion, apiVersions = [apiVersion] }: Pick<FieldManagerRequest, 'apiVersion' | 'apiVersions'>,
): Managers {
  return new Map([...(parseManagers(managed) ?? [])].filter(([, manager]) => apiVersions.includes(manager.apiVersion)));
}

function withoutTime(entry: ManagedFieldsEntry): JsonObject {
  const { time: _, ...rest } = entry;
  return rest;
}

/**
 * Whether a write has no effect: two states of an object, entries included, differ in the times of entries at most. To be asked last, when
 * defaults are set and everything is pruned.
 *
 * @see apiserver/pkg/endpoints/handlers/fieldmanager/equality.go
 */
export function differInTimesAtMost(before: JsonObject, after: JsonObject): boolean {
  const entriesOf = (object: JsonObject): JsonObject[] => trusted(managedFieldsIn(object)).map(withoutTime);
  return (
    sameJson(entriesOf(before), entriesOf(after)) && sameJson(withoutManagedFields(before), withoutManagedFields(after))
  );
}
