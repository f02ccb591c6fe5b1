/**
 * The versions of a custom resource, for field management: the schema of each, and conversions between any two of them.
 * @module
 */
import type { StoredObject } from '../../stores/object-store.ts';
import type { JsonObject } from '../wire/json.ts';
import { FieldConversionError, type FieldVersions } from '../wire/managed-fields/request.ts';
import type { KubernetesObject } from '../wire/object.ts';
import type { Schema } from '../wire/schema/schema.ts';
import { convertedObject, type StoredConversion } from './converted-store.ts';

/** The content of one version. */
export interface VersionContent {
  readonly schema: Schema | undefined;
  /** Undefined for the stored version. */
  readonly conversion: (StoredConversion & { readonly storedVersion: string }) | undefined;
}

/**
 * Returns the versions of a resource. An object is converted through the stored version.
 * @param versions all versions by `group/version`; without any conversion, all have the same content
 */
export function fieldVersions(versions: ReadonlyMap<string, VersionContent>): FieldVersions {
  return {
    schemaOf: (apiVersion) => versions.get(apiVersion)?.schema,
    convert(object, from, to) {
      try {
        return converted(object, from, to);
      } catch (error) {
        const { name } = (object as KubernetesObject).metadata ?? {};
        throw new FieldConversionError(`${name}: the conversion from ${from} to ${to} failed`, { cause: error });
      }
    },
  };

  function converted(object: JsonObject, from: string, to: string): JsonObject {
    // A copy, because a conversion may keep or change parts of its argument.
    const copy = structuredClone(object) as unknown as StoredObject;
    const [toStored, fromStored] = [versions.get(from)?.conversion, versions.get(to)?.conversion];
    const [group = ''] = from.split('/');
    const stored =
      toStored === undefined
        ? copy
        : convertedObject(copy, toStored.toStored(copy), `${group}/${toStored.storedVersion}`, 'to the');
    const result =
      fromStored === undefined ? stored : convertedObject(stored, fromStored.fromStored(stored), to, 'from the');
    // Without members that are undefined.
    return JSON.parse(JSON.stringify({ ...result, apiVersion: to })) as JsonObject;
  }
}
