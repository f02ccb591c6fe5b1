/**
 * Serves gets and lists, with the rules for resourceVersion and continue of conformance 1.1 to 1.5.
 * @module
 */
import { groupResourceOf } from '../../../server/wire/writes/written-kind.ts';
import type { Clock } from '../../../clock.ts';
import { keyOfParts } from '../../../key.ts';
import { continueAfter, encodeContinueToken } from '../../../server/wire/continue-token.ts';
import { parseGetParameters, parseListParameters, type ListParameters } from '../../../server/wire/list-parameters.ts';
import { contentTypeOf } from '../../../server/wire/negotiation.ts';
import type { ListMeta } from '../../../server/wire/object.ts';
import { expired, notFound, tooLargeResourceVersion } from '../../../server/wire/status.ts';
import type { CompleteObject } from '../../../server/wire/writes/complete-object.ts';
import { unreachable } from '../../../unreachable.ts';
import { formatOf, type Exchange } from './exchange.ts';
import { listJson, objectJson, representation } from './representation.ts';
import type { ResourceTable, Snapshot } from '../storage/resource-table.ts';
import { sendBytes, sendValue } from './responses.ts';
import { selection, type ClusterSelection } from './selection.ts';
import type { Storage } from '../storage/storage.ts';

const TOO_OLD = 'The resourceVersion for the provided list is too old.';
const TOO_OLD_TO_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue ' +
  'parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided ' +
  'token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was ' +
  'returned and now may show up in the list.';

/** The source of a list's items. */
interface Source {
  readonly snapshot: Snapshot;
  readonly revision: bigint;
  /** The first key below the collection, if the list continues an earlier page. */
  readonly start?: string;
}

interface Page {
  readonly objects: readonly CompleteObject[];
  readonly metadata: ListMeta;
}

/** Serves gets and lists by the tables of conformance 1.1 and 1.5. */
export interface ReadHandlers {
  readonly get: (exchange: Exchange, table: ResourceTable, namespace: string, name: string) => Promise<void>;
  readonly list: (exchange: Exchange, table: ResourceTable, namespace: string) => Promise<void>;
}

/** Returns the handlers of get and list. */
export function reads(storage: Storage, clock: Clock): ReadHandlers {
  const current = ({ current: snapshot }: ResourceTable): Source => ({ snapshot, revision: BigInt(storage.revision) });

  const snapshotAt = async (table: ResourceTable, revision: bigint): Promise<Snapshot | undefined> => {
    await waitForRevision(storage, clock, revision);
    return table.at(Number(revision));
  };

  const sourceOf = async (table: ResourceTable, { source }: ListParameters): Promise<Source> => {
    switch (source.from) {
      case 'latest':
      case 'consistent':
        // There is one process with one state, so the current state is the latest.
        return current(table);
      case 'notOlderThan':
        await waitForRevision(storage, clock, source.resourceVersion);
        return current(table);
      case 'exact': {
        const snapshot = await snapshotAt(table, source.resourceVersion);
        if (snapshot === undefined) throw expired(TOO_OLD);
        return { snapshot, revision: source.resourceVersion };
      }
      case 'continue': {
        const { resourceVersion, start } = source.token;
        if (resourceVersion < 0n) return { ...current(table), start };
        const snapshot = await snapshotAt(table, resourceVersion);
        if (snapshot === undefined)
          throw expired(TOO_OLD_TO_CONTINUE, encodeContinueToken({ resourceVersion: -1n, start }));
        return { snapshot, revision: resourceVersion, start };
      }
      default:
        return unreachable(source);
    }
  };

  return {
    get: async (exchange, table, namespace, name) => {
      const { kind } = table;
      const format = formatOf(exchange, 'object');
      const { resourceVersion } = parseGetParameters(exchange.query);
      if (resourceVersion !== undefined) await waitForRevision(storage, clock, resourceVersion);
      const object = table.current.get(keyOfParts(namespace, name));
      if (object === undefined) throw notFound(groupResourceOf(kind), name);
      if (usesEncodedObjects(format)) return sendJson(exchange, format, objectJson(object));
      const form = representation(kind, format.transform, exchange.query, clock);
      return sendValue(exchange, 200, form.object(object), format);
    },

    list: async (exchange, table, namespace) => {
      const { kind } = table;
      const format = formatOf(exchange, 'list');
      const options = parseListParameters(exchange.query);
      const selected = selection(kind, options);
      const form = representation(kind, format.transform, exchange.query, clock);
      const { objects, metadata } = pageOf(await sourceOf(table, options), namespace, options.limit, selected);
      const shown = kind.noListVersion === true ? {} : metadata;
      if (usesEncodedObjects(format)) return sendJson(exchange, format, listJson(kind, objects, shown));
      return sendValue(exchange, 200, form.list(objects, shown), format);
    },
  };
}

type Format = ReturnType<typeof formatOf>;

/** Returns whether the response consists of the cached JSON of its objects, as for most requests. */
const usesEncodedObjects = ({ transform, pretty, mediaType }: Format): boolean =>
  transform.as === 'none' && !pretty && mediaType === 'application/json';

const sendJson = (exchange: Exchange, format: Format, json: string): Promise<void> =>
  sendBytes(exchange, 200, { 'Content-Type': contentTypeOf(format) }, Buffer.from(`${json}\n`));

/**
 * Returns one page. It has a continue token if and only if there are further keys, selected or not (conformance 1.4).
 */
const pageOf = (
  { snapshot, revision, start = '' }: Source,
  namespace: string,
  limit: number,
  selected: ClusterSelection,
): Page => {
  const prefix = namespace === '' ? '' : `${namespace}/`;
  const objects: CompleteObject[] = [];
  let last = '';
  for (const [key, object] of snapshot.entries(prefix, `${prefix}${start}`)) {
    if (limit > 0 && objects.length === limit) {
      const metadata = {
        resourceVersion: String(revision),
        continue: continueAfter(revision, last.slice(prefix.length)),
        ...(selected.isEmpty ? { remainingItemCount: snapshot.countAfter(prefix, last) } : {}),
      };
      return { objects, metadata };
    }
    if (!selected.matches(object)) continue;
    objects.push(object);
    last = key;
  }
  return { objects, metadata: { resourceVersion: String(revision) } };
};

/** The timeout in milliseconds of a read that waits for a future version (conformance 1.2). */
const FRESHNESS_TIMEOUT = 3000;

/**
 * Waits until the storage has reached `resourceVersion`.
 * @throws ApiError 504 if the storage does not reach it within {@link FRESHNESS_TIMEOUT}
 */
export function waitForRevision(storage: Storage, clock: Clock, resourceVersion: bigint): Promise<void> {
  if (BigInt(storage.revision) >= resourceVersion) return Promise.resolve();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const waiting = new AbortController();
  const cancel = clock.schedule(FRESHNESS_TIMEOUT, () => {
    waiting.abort();
    reject(tooLargeResourceVersion(resourceVersion, BigInt(storage.revision)));
  });
  const check = (): void => {
    if (BigInt(storage.revision) < resourceVersion) return;
    waiting.abort();
    cancel();
    resolve();
  };
  storage.subscribe(check, waiting.signal);
  return promise;
}
