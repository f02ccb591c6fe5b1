/**
 * Rows: the objects of a projection as clients receive them. A row is encoded when it changes, not when it is read.
 *
 * The bytes of a row are `HEAD version MIDDLE content`. To give the same content another version, the encoder copies bytes and encodes
 * nothing. This is used when a row no longer matches a selector: the DELETED event has the last content and the version of the event.
 * The file has more than 250 lines, because the checks of a row and its encoding read the same parts.
 * @module
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { bigintPath } from '../exact-json.ts';
import { splitKey } from '../key.ts';
import { type MetadataProblem, metadataProblems } from '../object-meta/metadata-problems.ts';
import { isPlainObjectMeta, readObjectMeta } from '../object-meta/object-meta.ts';
import type { SourceStamp } from '../informers/collection/lineage.ts';
import { unreachable } from '../unreachable.ts';
import { rowDigest } from './digest.ts';
import { RowRefusedError } from './errors.ts';
import { nameProblem } from './names.ts';
import { rowUid } from './uid.ts';

/** The type of a resource's rows. */
export interface RowIdentity {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /**
   * Whether rows keep the uid of their source object. Custom resources do, because their rows are the objects themselves. Other rows are
   * separate objects with a generated uid. @default false
   */
  readonly keepsUid?: boolean | undefined;
}

/** Metadata of a row. Other fields of the projected metadata are present too. */
export interface RowMeta {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A row as an object of the Kubernetes API. */
export interface RowObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: RowMeta;
  readonly [field: string]: unknown;
}

/** The hashes of a row that were asked for. All states of a row with the same uid share them. */
export interface ShardHashes {
  uid?: bigint;
  namespace?: bigint;
}

/** One state of one row. It is immutable; a change of the row creates a new state. */
export interface Row {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  /** The position of the change that created this state. */
  readonly position: bigint;
  readonly object: RowObject;
  /** The digest of the content: everything but the version. 0 in scheme `local`, which does not use digests. */
  readonly digest: number;
  /** The uid of the source object that the row has its identity from. */
  readonly sourceUid: string | undefined;
  /** The resourceVersion that the source gave to this state; undefined for rows that do not keep the uid of their source. */
  readonly sourceVersion?: string | undefined;
  /** `object` as JSON. */
  readonly bytes: Buffer;
  /** The hashes that decide about shards; undefined before a client asks for a shard. See `shardHash()`. */
  shardHashes?: ShardHashes | undefined;
}

/** The parts of a row that do not come from the projected object. */
export interface RowVersion {
  /** The source object that the row has its identity from; undefined if it is unknown. */
  readonly stamp: SourceStamp | undefined;
  /** The position of the change that leads to this row. A function receives the digest of the row, which is computed only then. */
  readonly position: bigint | ((digest: number) => bigint);
  /** The row before the change. */
  readonly old?: Row | undefined;
}

/** A projected object before it is checked. */
interface LooseObject {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

const MIDDLE = '"';

/** Encodes the rows of one resource. */
export class RowEncoder {
  readonly #identity: RowIdentity;
  readonly #apiVersion: string;
  readonly #head: Buffer;

  constructor(identity: RowIdentity) {
    this.#identity = identity;
    this.#apiVersion = identity.group === '' ? identity.version : `${identity.group}/${identity.version}`;
    const text = `{"apiVersion":${JSON.stringify(this.#apiVersion)},"kind":${JSON.stringify(identity.kind)},"metadata":{"resourceVersion":"`;
    this.#head = Buffer.from(text);
  }

  /**
   * Returns the row of a projected object, or `old` if only the version would differ.
   *
   * The framework sets apiVersion, kind, uid and resourceVersion. It replaces values that the projection copied from the source object.
   * @throws RowRefusedError if the object is not a row of this resource: without metadata, with another key, kind or uid, with metadata of another type,
   * or with a bigint
   */
  encode(key: string, projected: unknown, { stamp, position, old }: RowVersion): Row {
    const source = this.#check(key, projected, stamp);
    const { namespace, name } = splitKey(key);
    const { group, kind, keepsUid = false } = this.#identity;
    const sourceUid = stamp?.uid;
    // Hashing is a large part of the cost of a change, and objects are rarely re-created.
    const isSame = old !== undefined && old.sourceUid === sourceUid;
    const generated = (): string => (isSame ? old.object.metadata.uid : rowUid(group, kind, key, sourceUid));
    const uid = keepsUid ? sourceUid : generated();
    const { apiVersion: _apiVersion, kind: _kind, metadata, ...content } = source;
    const { resourceVersion: ofSource, uid: _uid, selfLink: _selfLink, ...projectedMeta } = metadata ?? {};
    const checkedMeta = requireObjectMeta(projectedMeta, stamp?.metadata as Metadata | undefined);
    const meta = uid === undefined ? checkedMeta : { ...checkedMeta, uid };
    if (typeof content['toJSON'] === 'function') throw new RowRefusedError('a row must not have a toJSON function');
    // The JSON is joined by hand, so that the version stands first and all content follows it.
    const rest = rowJson(content, '');
    const tail = Buffer.from(
      `${MIDDLE},${rowJson(meta, 'metadata').slice(1)}${rest === '{}' ? '' : `,${rest.slice(1, -1)}`}}`,
    );
    if (old !== undefined && tail.equals(this.#tailOf(old))) return old;
    const object = (resourceVersion: string): RowObject => ({
      apiVersion: this.#apiVersion,
      kind: this.#identity.kind,
      // `#check` has verified that `name` and `namespace` match the key.
      metadata: { resourceVersion, ...meta } as RowMeta & Record<string, unknown>,
      ...content,
    });
    // The same fields in another order are no change.
    if (old !== undefined && isDeepStrictEqual(old.object, object(old.object.metadata.resourceVersion))) return old;
    const digest = typeof position === 'function' ? rowDigest(tail) : 0;
    const at = typeof position === 'function' ? position(digest) : position;
    const version = at.toString();
    const sourceVersion = keepsUid && typeof ofSource === 'string' ? ofSource : undefined;
    const bytes = this.#join(version, tail);
    const shardHashes = old?.object.metadata.uid === uid ? old?.shardHashes : undefined;
    return {
      key,
      namespace,
      name,
      position: at,
      digest,
      sourceUid,
      sourceVersion,
      object: object(version),
      bytes,
      shardHashes,
    };
  }

  /** Returns the row with the same content and another position. */
  at(row: Row, position: bigint): Row {
    if (row.position === position) return row;
    const version = position.toString();
    const object = { ...row.object, metadata: { ...row.object.metadata, resourceVersion: version } };
    return { ...row, position, object, bytes: this.#join(version, this.#tailOf(row)) };
  }

  #join(version: string, tail: Buffer): Buffer {
    // The buffer is not from Node's pool of small buffers, because one row would keep a whole pool of 64 kB in memory.
    const start = this.#head.length;
    const bytes = Buffer.allocUnsafeSlow(start + version.length + tail.length);
    bytes.set(this.#head);
    bytes.write(version, start, 'latin1');
    bytes.set(tail, start + version.length);
    return bytes;
  }

  #tailOf(row: Row): Buffer {
    return row.bytes.subarray(this.#head.length + row.object.metadata.resourceVersion.length);
  }

  #check(key: string, projected: unknown, stamp: SourceStamp | undefined): LooseObject & Record<string, unknown> {
    if (typeof projected !== 'object' || projected === null || Array.isArray(projected)) {
      throw new RowRefusedError(
        `a row must be an object, not ${Array.isArray(projected) ? 'an array' : typeof projected}`,
      );
    }
    const object = projected as LooseObject & Record<string, unknown>;
    const { metadata } = object;
    const { namespace, name } = splitKey(key);
    if (typeof metadata !== 'object' || metadata === null) {
      throw new RowRefusedError('a row needs metadata; metadata: identity(object) gives it the identity of its source');
    }
    const problem = typeof metadata['name'] === 'string' ? nameProblem(metadata['name']) : undefined;
    if (problem !== undefined) {
      throw new RowRefusedError(
        `metadata.name is ${quoted(metadata['name'])}: ${problem}; safeName() makes a valid name`,
      );
    }
    if (metadata['name'] !== name)
      throw new RowRefusedError(`metadata.name is ${quoted(metadata['name'])}, not "${name}"`);
    if ((metadata['namespace'] ?? '') !== namespace) {
      throw new RowRefusedError(`metadata.namespace is ${quoted(metadata['namespace'])}, not "${namespace}"`);
    }
    if (this.#identity.namespaced && namespace === '') {
      throw new RowRefusedError(`${this.#identity.kind} is namespaced; its rows need metadata.namespace`);
    }
    if (!this.#identity.namespaced && namespace !== '') {
      throw new RowRefusedError(`${this.#identity.kind} is cluster-scoped; its rows must not have metadata.namespace`);
    }
    if (stamp !== undefined) {
      refuseForeign('apiVersion', object.apiVersion, this.#apiVersion, stamp.apiVersion);
      refuseForeign('kind', object.kind, this.#identity.kind, stamp.kind);
      refuseForeignMetadata(metadata, stamp);
    }
    return object;
  }
}

type Metadata = Readonly<Record<string, unknown>>;

/**
 * Returns the metadata of a row without its null fields, which count as absent, and with dates as texts. Members of labels and annotations
 * that are null count as absent, too.
 *
 * The syntax of a field that is copied unchanged from the source object is not checked, because the server of the source has checked it.
 * @throws RowRefusedError for metadata that is not a valid ObjectMeta of apimachinery. A typed client could not read a list with a value of
 * another type, and a label with another syntax cannot be selected
 */
function requireObjectMeta(metadata: Metadata, source: Metadata = {}): Metadata {
  const result = isPlainObjectMeta(metadata) ? metadata : requireTypes(metadata);
  const own = Object.entries(result).filter(([field, value]) => field === 'name' || value !== source[field]);
  for (const problem of metadataProblems(Object.fromEntries(own), 'pathSegment')) throw metadataError(textOf(problem));
  return result;
}

function requireTypes(metadata: Metadata): Metadata {
  let result = metadata;
  for (const [field, value] of Object.entries(metadata)) {
    const final = jsonOf(field, value);
    if (final === value) continue;
    if (result === metadata) result = { ...metadata };
    (result as Record<string, unknown>)[field] = final;
  }
  const read = readObjectMeta(result);
  if (!('problem' in read)) return result;
  // A bigint has its own message.
  rowJson(result, 'metadata');
  throw metadataError(read.problem);
}

function metadataError(problem: string): RowRefusedError {
  return new RowRefusedError(
    `metadata is not valid: ${problem}; clients read metadata with these rules, so correct or omit the field`,
  );
}

function textOf(problem: MetadataProblem): string {
  switch (problem.type) {
    case 'required':
      return `${problem.field} is required: ${problem.detail}`;
    case 'invalid':
      return `${problem.field} is ${quoted(problem.value).slice(0, 200)}: ${problem.detail}`;
    case 'tooLong':
      return `${problem.field} has more than ${problem.maxBytes} bytes`;
    default:
      return unreachable(problem);
  }
}

function jsonOf(field: string, value: unknown): unknown {
  if (value === null) return undefined;
  if (value instanceof Date) return value.toJSON() ?? undefined;
  if (field !== 'labels' && field !== 'annotations') return value;
  if (typeof value !== 'object' || value === undefined || !Object.values(value).includes(null)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** Refuses a uid and a resourceVersion, except those that were copied from the source object. */
function refuseForeignMetadata(metadata: Readonly<Record<string, unknown>>, stamp: SourceStamp): void {
  const { uid, resourceVersion } = metadata;
  if (uid !== undefined && uid !== stamp.uid) {
    throw new RowRefusedError(`metadata.uid is ${quoted(uid)}; the framework sets the uid of a row`);
  }
  if (resourceVersion !== undefined && stamp.version !== undefined && resourceVersion !== stamp.version) {
    throw new RowRefusedError(
      `metadata.resourceVersion is ${quoted(resourceVersion)}; the framework sets the versions of rows`,
    );
  }
}

/** Refuses a value that is neither correct (`own`) nor copied from the source object (`inherited`). */
function refuseForeign(field: string, value: unknown, own: string, inherited: string | undefined): void {
  if (value === undefined || value === own || value === inherited) return;
  throw new RowRefusedError(`${field} is ${quoted(value)}; the framework sets it to "${own}"`);
}

function quoted(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value);
}

/**
 * Returns the JSON of a part of a row.
 * @param path the path of the part in the row; empty for the row itself
 * @throws RowRefusedError for a bigint, with its path: results of `parseQuantity` and sums of them are bigints
 */
export function rowJson(part: object, path: string): string {
  try {
    return JSON.stringify(part);
  } catch (error) {
    const place = bigintPath(part, path);
    if (place === undefined) throw error;
    throw new RowRefusedError(
      `${place} is a bigint, which JSON does not support; formatCpu() or formatBytes() format a quantity, Number() returns a number, and String() keeps all digits`,
      { cause: error },
    );
  }
}
