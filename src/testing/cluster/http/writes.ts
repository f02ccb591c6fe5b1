/**
 * Serves writes over HTTP (conformance 6): create, update, patch, delete and deletecollection. Server-side apply is
 * refused with 415, and so are strategic merge patches of custom resources.
 * @module
 */
import { groupResourceOf } from '../../../server/wire/writes/written-kind.ts';
import { parseListParameters } from '../../../server/wire/list-parameters.ts';
import { bodyMediaType } from '../../../server/wire/negotiation.ts';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { jsonPatch, mergePatch, patchMediaTypes } from '../../../server/wire/patch.ts';
import { decodeBody } from '../../../server/wire/body.ts';
import { ApiError, deletedStatus, notFound } from '../../../server/wire/status.ts';
import { unreachable } from '../../../unreachable.ts';
import type { Clock } from '../../../clock.ts';
import { bodyBytes, bodyValue, formatOf, optionalBodyValue, type Exchange } from './exchange.ts';
import { requireResourceVersion, type WritePart } from '../../../server/wire/writes/object-writes.ts';
import { representation } from './representation.ts';
import { requestObject, type ObjectTarget } from './request-object.ts';
import { resourceNameOf, type ResourceKind, type ViewSubresource } from '../kinds/resource-kind.ts';
import type { ResourceTable } from '../storage/resource-table.ts';
import { sendValue } from './responses.ts';
import { selection } from './selection.ts';
import type { Storage } from '../storage/storage.ts';
import { keyOfParts } from '../../../key.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import { strategicMergePatch } from './strategic-merge.ts';
import { parseDeleteOptions } from '../../../server/wire/writes/delete-options.ts';
import { parseWriteOptions } from '../../../server/wire/writes/write-options.ts';

/** The part of an object that a PUT or PATCH writes: everything except the status, the status, or a view such as the scale. */
export type Written = Exclude<WritePart, 'whole'> | ViewSubresource;

/** Serves writes. */
export interface Writes {
  create(exchange: Exchange, table: ResourceTable, namespace: string): Promise<void>;
  update(exchange: Exchange, table: ResourceTable, target: ObjectTarget, written: Written): Promise<void>;
  patch(exchange: Exchange, table: ResourceTable, target: ObjectTarget, written: Written): Promise<void>;
  delete(exchange: Exchange, table: ResourceTable, target: ObjectTarget): Promise<void>;
  deleteCollection(exchange: Exchange, table: ResourceTable, namespace: string): Promise<void>;
}

/** An object, and its replacement or the replacement of its view. */
interface Replacement {
  readonly current: CompleteObject;
  readonly input: KubernetesObject;
  readonly dryRun: boolean;
}

/** Removes an empty resourceVersion, which a new object has in a dry run. */
const withoutEmptyVersion = (object: KubernetesObject): KubernetesObject => {
  if (object.metadata?.resourceVersion !== '') return object;
  const { resourceVersion: _resourceVersion, ...metadata } = object.metadata;
  return { ...object, metadata };
};

const STRATEGIC_MERGE = 'application/strategic-merge-patch+json';
const builtInPatchMediaTypes = [...patchMediaTypes, STRATEGIC_MERGE] as const;

const patched = (object: unknown, mediaType: (typeof builtInPatchMediaTypes)[number], patch: unknown): unknown => {
  switch (mediaType) {
    case 'application/json-patch+json':
      return jsonPatch(object, patch);
    case 'application/merge-patch+json':
      return mergePatch(object, patch);
    case STRATEGIC_MERGE:
      return strategicMergePatch(object, patch);
    default:
      return unreachable(mediaType);
  }
};

const expectedKind = (
  kind: ResourceKind,
  written: Written,
): { readonly group: string; readonly version: string; readonly kind: string } =>
  typeof written === 'string'
    ? kind
    : { group: written.group ?? kind.group, version: written.version ?? kind.version, kind: written.kind };

/** Returns the handlers of all writes. */
export function writes(storage: Storage, clock: Clock): Writes {
  const existing = ({ kind, current }: ResourceTable, { namespace, name }: ObjectTarget): CompleteObject => {
    const object = current.get(keyOfParts(namespace, name));
    if (object === undefined) throw notFound(groupResourceOf(kind), name);
    return object;
  };

  const sendObject = async (
    exchange: Exchange,
    kind: ResourceKind,
    code: number,
    object: KubernetesObject,
  ): Promise<void> => {
    const format = formatOf(exchange, 'object');
    const form = representation(kind, format.transform, exchange.query, clock);
    await sendValue(exchange, code, form.object(withoutEmptyVersion(object)), format);
  };

  /** Stores an object or a view of it, and sends the result. */
  const store = async (
    exchange: Exchange,
    { kind }: ResourceTable,
    written: Written,
    { current, input, dryRun }: Replacement,
  ): Promise<void> => {
    const resource = resourceNameOf(kind);
    if (typeof written === 'string')
      return sendObject(
        exchange,
        kind,
        200,
        storage.update(resource, input, { writer: 'client', part: written, dryRun }),
      );
    const next = storage.update(resource, written.write(current, input), { writer: 'client', part: 'main', dryRun });
    const format = formatOf(exchange, 'object', { table: false });
    return sendValue(exchange, 200, written.read(next), format);
  };

  return {
    create: async (exchange, { kind }, namespace) => {
      formatOf(exchange, 'object');
      const body = await bodyValue(exchange);
      const { dryRun } = parseWriteOptions(exchange.query, 'CreateOptions');
      const input = requestObject(body, kind, { namespace, name: '' });
      await sendObject(exchange, kind, 201, storage.create(resourceNameOf(kind), input, { writer: 'client', dryRun }));
    },

    update: async (exchange, table, target, written) => {
      const { kind } = table;
      formatOf(exchange, 'object');
      const body = await bodyValue(exchange);
      const { dryRun } = parseWriteOptions(exchange.query, 'UpdateOptions');
      const input = requestObject(body, expectedKind(kind, written), target);
      if (
        table.current.get(keyOfParts(target.namespace, target.name)) === undefined &&
        kind.createOnUpdate === true &&
        written === 'main'
      ) {
        return sendObject(
          exchange,
          kind,
          201,
          storage.create(resourceNameOf(kind), input, { writer: 'client', dryRun }),
        );
      }
      const current = existing(table, target);
      if (typeof written === 'string') requireResourceVersion(kind, input);
      return store(exchange, table, written, { current, input, dryRun });
    },

    patch: async (exchange, table, target, written) => {
      const { kind } = table;
      formatOf(exchange, 'object');
      const accepted = kind.builtIn === true ? builtInPatchMediaTypes : patchMediaTypes;
      const mediaType = bodyMediaType<(typeof builtInPatchMediaTypes)[number]>(
        exchange.request.headers['content-type'] ?? 'none',
        accepted,
      );
      const patch = decodeBody(await bodyBytes(exchange.request), 'application/json');
      const { dryRun } = parseWriteOptions(exchange.query, 'PatchOptions');
      const current = existing(table, target);
      const before = typeof written === 'string' ? current : written.read(current);
      const input = requestObject(patched(before, mediaType, patch), expectedKind(kind, written), target);
      return store(exchange, table, written, { current, input, dryRun });
    },

    delete: async (exchange, table, target) => {
      const { kind } = table;
      const format = formatOf(exchange, 'object');
      const options = parseDeleteOptions(await optionalBodyValue(exchange), exchange.query);
      const { name } = target;
      const key = keyOfParts(target.namespace, name);
      existing(table, target);
      const last = storage.delete(resourceNameOf(kind), key, options);
      const isGone =
        options.dryRun === true ? (last.metadata.finalizers ?? []).length === 0 : table.current.get(key) === undefined;
      if (!isGone || kind.returnsDeleted === true) return sendObject(exchange, kind, 200, last);
      return sendValue(exchange, 200, deletedStatus(groupResourceOf(kind), name, last.metadata.uid), {
        ...format,
        transform: { as: 'none' },
      });
    },

    deleteCollection: async (exchange, table, namespace) => {
      const { kind } = table;
      const format = formatOf(exchange, 'list');
      const options = parseDeleteOptions(await optionalBodyValue(exchange), exchange.query);
      const list = parseListParameters(exchange.query);
      const selected = selection(kind, list);
      const found = [...table.current.entries(namespace === '' ? '' : `${namespace}/`)].filter(([, object]) =>
        selected.matches(object),
      );
      const page = list.limit > 0 ? found.slice(0, list.limit) : found;
      const deleted = page.flatMap(([key]) => deleteIfPresent(storage, resourceNameOf(kind), key, options));
      const form = representation(kind, format.transform, exchange.query, clock);
      await sendValue(exchange, 200, form.list(deleted, { resourceVersion: String(storage.revision) }), format);
    },
  };
}

/**
 * Deletes an object of a collection. It may already have been deleted with another object, such as the contents of a
 * namespace.
 */
const deleteIfPresent = (
  storage: Storage,
  resource: string,
  key: string,
  options: Parameters<Storage['delete']>[2],
): readonly CompleteObject[] => {
  try {
    return [storage.delete(resource, key, options)];
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return [];
    throw error;
  }
};
