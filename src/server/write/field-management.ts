/**
 * Field management: which client manages which field of an object, in `metadata.managedFields` (KEP-555, server-side apply).
 * @module
 */
import { keyOfParts } from '../../key.ts';
import type { JsonObject } from '../wire/json.ts';
import { apply, ConfigTypeError } from '../wire/managed-fields/apply.ts';
import { managedAfterUpdate } from '../wire/managed-fields/managed-after-update.ts';
import type { ManagedFieldsEntry } from '../wire/managed-fields/managers.ts';
import { managedFieldsToStartFrom, resetFieldsOf } from '../wire/managed-fields/request.ts';
import { applyConflict } from '../wire/managed-fields/take-over.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { badRequest } from '../wire/status.ts';
import { apiVersionOf } from '../wire/writes/written-kind.ts';
import { fieldVersions, type VersionContent } from './field-versions.ts';

/** A write of an object by a manager. */
export interface ManagedWrite {
  /** Undefined for a new object. */
  readonly before: KubernetesObject | undefined;
  readonly after: KubernetesObject;
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** In the format of RFC 3339. */
  readonly time: string;
}

/** A server-side apply. */
export interface AppliedConfiguration {
  /** Undefined for a new object. */
  readonly live: KubernetesObject | undefined;
  readonly configuration: KubernetesObject;
  readonly manager: string;
  readonly force: boolean;
  readonly subresource: string;
  readonly time: string;
}

/** Tracks the managers of fields. */
export interface FieldManagement {
  /**
   * Returns the written object with its managers. The managedFields that a client sends replace the earlier ones; an empty list resets
   * them.
   */
  written(write: ManagedWrite): KubernetesObject;
  /** Returns the live object with the configuration applied. @throws ApiError 409 with a cause for each conflict, 400 */
  applied(apply: AppliedConfiguration): KubernetesObject;
}

/** The properties of a resource that field management depends on. */
export interface TrackedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** All versions in which the resource is served, by `group/version`. In a version without a schema, all lists are atomic. */
  readonly versions: ReadonlyMap<string, VersionContent>;
  readonly hasStatus: boolean;
}

/** Returns the field management of one resource, whose schema defines the fields. */
export function fieldManagement({
  group,
  version,
  kind,
  versions: contents,
  hasStatus,
}: TrackedResource): FieldManagement {
  const apiVersion = apiVersionOf({ group, version });
  const versions = fieldVersions(contents);
  const known = { apiVersions: [...contents.keys()], versions };
  const schema = versions.schemaOf(apiVersion);
  const scopeOf = (
    subresource: string,
  ): { subresource: string | undefined; resetFields: ReturnType<typeof resetFieldsOf> } => {
    const named = subresource === '' ? undefined : subresource;
    return { subresource: named, resetFields: resetFieldsOf(named, hasStatus) };
  };
  return {
    written({ before, after, manager, subresource, time }) {
      const scope = { ...scopeOf(subresource), ...known };
      const managed = managedFieldsToStartFrom(before, after, scope.subresource);
      const change = { before: before as JsonObject | undefined, after: after as JsonObject };
      return withManagers(
        after,
        managedAfterUpdate({ ...change, managed, manager, apiVersion, time, schema, ...scope }),
      );
    },
    applied({ live, configuration, manager, force, subresource, time }) {
      const scope = { ...scopeOf(subresource), ...known };
      const managed = managedFieldsToStartFrom(live, undefined, scope.subresource);
      const objects = { live: live as JsonObject | undefined, config: configuration as JsonObject };
      try {
        const result = apply({ ...objects, managed, manager, force, apiVersion, time, schema, ...scope });
        if (result.conflicts !== undefined) throw applyConflict(result.conflicts);
        return withManagers(result.object, result.managedFields);
      } catch (error) {
        if (!(error instanceof ConfigTypeError)) throw error;
        const { namespace, name = '' } = configuration.metadata ?? {};
        const object = `${keyOfParts(namespace, name)}; ${apiVersion}, Kind=${kind}`;
        throw badRequest(`failed to create typed patch object (${object}): ${error.message}`, { cause: error });
      }
    },
  };
}

function withManagers(object: KubernetesObject, managedFields: readonly ManagedFieldsEntry[]): KubernetesObject {
  const { managedFields: _before, ...metadata } = object.metadata ?? {};
  return { ...object, metadata: managedFields.length === 0 ? metadata : { ...metadata, managedFields } };
}
