/**
 * Strategic merge patch: a merge patch in which some lists are merged by a key of their elements, and keys that begin
 * with `$` are directives. kubectl sends it for built-in kinds (`apply`, `edit`, `patch`, `cordon`, `set`, `rollout
 * restart`), regardless of OpenAPI. The real server reads the merge keys from its Go types. Here the name of the field
 * determines the key, which is correct for almost all fields. See apimachinery, pkg/util/strategicpatch.
 * @module
 */
import { type JsonObject, isJsonObject } from '../../../server/wire/json.ts';
import { badRequest } from '../../../server/wire/status.ts';

/**
 * The merge keys of lists by the name of their field. A field name with several keys stands for several types; the first key that an
 * element has counts.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  addresses: ['type'],
  conditions: ['type'],
  containers: ['name'],
  env: ['name'],
  ephemeralContainers: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  ownerReferences: ['uid'],
  podIPs: ['ip'],
  ports: ['containerPort', 'port'],
  resourceClaims: ['name'],
  schedulingGates: ['name'],
  secrets: ['name'],
  topologySpreadConstraints: ['topologyKey'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

/** Lists of scalars that are merged as sets. */
const MERGED_SETS: readonly string[] = ['finalizers', 'podCIDRs'];

const ORDER = '$setElementOrder/';
const REMOVED = '$deleteFromPrimitiveList/';
const RETAINED = '$retainKeys';
const DIRECTIVE = '$patch';

/**
 * Returns the patched object. `object` itself does not change.
 * @throws ApiError 400 if the patch is invalid
 */
export function strategicMergePatch(object: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch))
    throw badRequest('the body of the request is not a strategic merge patch: it must be an object');
  return mergedObject(isJsonObject(object) ? object : {}, patch);
}

const mergedObject = (object: JsonObject, patch: JsonObject): JsonObject => {
  const { [DIRECTIVE]: directive, [RETAINED]: retained, ...fields } = patch;
  if (directive === 'replace') return mergedObject({}, fields);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`unrecognized type of patch: ${JSON.stringify(directive)}`);
  const kept = Array.isArray(retained)
    ? Object.entries(object).filter(([key]) => retained.includes(key))
    : Object.entries(object);
  const merged = new Map<string, unknown>(kept);
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith('$')) continue;
    if (value === null) merged.delete(key);
    else if (isJsonObject(value)) merged.set(key, mergedObject(asObject(merged.get(key)), value));
    else if (Array.isArray(value)) merged.set(key, mergedList(key, asList(merged.get(key)), value));
    else merged.set(key, value);
  }
  for (const [key, value] of Object.entries(fields)) {
    if (!Array.isArray(value)) continue;
    const field = key.slice(key.indexOf('/') + 1);
    const list = merged.get(field);
    if (!Array.isArray(list)) continue;
    if (key.startsWith(REMOVED))
      merged.set(
        field,
        list.filter((item) => !value.includes(item)),
      );
    else if (key.startsWith(ORDER)) merged.set(field, ordered(field, list, value));
  }
  return Object.fromEntries(merged);
};

const asObject = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const mergeKeyOf = (field: string, elements: readonly unknown[]): string | undefined => {
  if (!Object.hasOwn(MERGE_KEYS, field) || !elements.every(isJsonObject)) return undefined;
  const keys = MERGE_KEYS[field] ?? [];
  return keys.find((key) => elements.some((element) => element[key] !== undefined)) ?? keys[0];
};

const mergedList = (field: string, list: readonly unknown[], patch: readonly unknown[]): readonly unknown[] => {
  if (MERGED_SETS.includes(field)) return [...new Set([...list, ...patch])];
  const mergeKey = mergeKeyOf(field, [...patch, ...list]);
  const elements = patch.filter(isJsonObject);
  const isReplaced = elements.some((element) => element[DIRECTIVE] === 'replace');
  if (mergeKey === undefined || isReplaced)
    return patch.filter(
      (element) => !isJsonObject(element) || element[DIRECTIVE] !== 'replace' || mergeKey === undefined,
    );
  const merged = list.filter(isJsonObject);
  for (const element of elements) {
    const value = element[mergeKey];
    if (value === undefined)
      throw badRequest(`map: ${JSON.stringify(element)} does not contain declared merge key: ${mergeKey}`);
    const index = merged.findIndex((candidate) => candidate[mergeKey] === value);
    if (element[DIRECTIVE] === 'delete') {
      if (index >= 0) merged.splice(index, 1);
    } else if (index >= 0) merged[index] = mergedObject(merged[index] ?? {}, element);
    else merged.push(mergedObject({}, element));
  }
  return merged;
};

/** Sorts the elements that are in `order`. The other elements keep their positions. */
const ordered = (field: string, list: readonly unknown[], order: readonly unknown[]): readonly unknown[] => {
  const mergeKey = mergeKeyOf(field, order);
  const identity = (element: unknown): unknown =>
    mergeKey !== undefined && isJsonObject(element) ? element[mergeKey] : element;
  const positions = new Map(order.map((element, place) => [identity(element), place]));
  const positionOf = (element: unknown): number => positions.get(identity(element)) ?? -1;
  const sorted = list.filter((element) => positionOf(element) >= 0).toSorted((a, b) => positionOf(a) - positionOf(b));
  return list.map((element) => (positionOf(element) >= 0 ? sorted.shift() : element));
};
