import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';

import { parseAllDocuments } from 'yaml';

import type { KubernetesObject } from '../../server/wire/object.ts';
import { coreKinds } from './kinds/core-kinds.ts';
import { apiVersionOf, resourceNameOf } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';

/** A file that cannot be loaded; the message names the file and the document in it. */
export class LoadObjectsError extends Error {
  readonly file: string;
  constructor(file: string, where: string, message: string, cause?: unknown) {
    super(`${file}${where}: ${message}`, { cause });
    this.name = 'LoadObjectsError';
    this.file = file;
  }
}

/** An object of a kind that nothing is known of. Of custom resources nothing is, unless they are among the `kinds`. */
export class UnknownKindError extends LoadObjectsError {
  constructor({ file, where }: ObjectPlace, object: KubernetesObject) {
    const { apiVersion = 'no apiVersion', kind } = object;
    super(file, where, `${titleOf(object)}: nothing is known of kind ${kind} in ${apiVersion}`);
    this.name = 'UnknownKindError';
  }
}

/** An object that is there twice. */
export class DuplicateObjectError extends LoadObjectsError {
  constructor({ file, where }: ObjectPlace, object: KubernetesObject, first: ObjectPlace) {
    super(file, where, `${titleOf(object)} is in ${first.file}${first.where}, too; remove one of them`);
    this.name = 'DuplicateObjectError';
  }
}

/** Where an object was read. */
export interface ObjectPlace {
  readonly file: string;
  /** Where in the file, as the end of a message: `, document 2`. */
  readonly where: string;
}

export interface LoadObjectsOptions {
  /** Kinds that objects may be of. Default: the built-in ones. */
  readonly kinds?: readonly ResourceKind[] | undefined;
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.json', '.yaml', '.yml']);

/**
 * Reads the objects of a file, or of all `.json`, `.yaml` and `.yml` files in a directory and below, in the order of their
 * paths. A YAML file may hold several documents; a document is an object or a list (`List`, `PodList`, …). An object
 * without `kind` gets the one whose plural is the name of a folder it is in, the nearest first: `pods/web.json`.
 *
 * Objects are returned as they are written, whoever wrote them: uid, status, managedFields and all. Rejects with
 * {@link LoadObjectsError} at the first thing that is not an object of a known kind with a name, or is there twice. Of a
 * namespace that is there twice the first counts.
 */
export async function loadObjects(
  path: string,
  { kinds = coreKinds }: LoadObjectsOptions = {},
): Promise<readonly KubernetesObject[]> {
  const objects = new Map<string, KubernetesObject>();
  for (const file of await filesIn(path)) {
    for (const document of documentsOf(file, await readFile(file, 'utf8'))) {
      for (const { value, where } of itemsOf(file, document)) {
        const place = { file, where };
        const { object, kind } = asObject(value, { ...place, kinds, root: path });
        const identity = identityOf(object, kind);
        const first = placeOf(objects.get(identity));
        if (first !== undefined && kind.plural === 'namespaces') continue;
        if (first !== undefined) throw new DuplicateObjectError(place, object, first);
        objects.set(identity, object);
        places.set(object, place);
      }
    }
  }
  return [...objects.values()];
}

const places = new WeakMap<KubernetesObject, ObjectPlace>();

/** Where an object of {@link loadObjects} was read; undefined for any other. */
export function placeOf(object: KubernetesObject | undefined): ObjectPlace | undefined {
  return object === undefined ? undefined : places.get(object);
}

/** What no two objects of a cluster share. Without a namespace, one is in `default`. */
const identityOf = ({ metadata }: KubernetesObject, kind: ResourceKind): string =>
  JSON.stringify([
    resourceNameOf(kind),
    kind.namespaced === false ? '' : (namespaceOf(metadata) ?? 'default'),
    metadata?.name,
  ]);

const namespaceOf = (metadata: KubernetesObject['metadata']): string | undefined =>
  metadata?.namespace === '' ? undefined : metadata?.namespace;

/** `Pod shop/web` */
const titleOf = ({ kind = 'object', metadata }: KubernetesObject): string => {
  const [namespace, name = ''] = [namespaceOf(metadata), metadata?.name];
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
};

const filesIn = async (path: string): Promise<readonly string[]> => {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && EXTENSIONS.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

/** A value in a file, and where it is, for messages. */
interface Located {
  readonly value: unknown;
  readonly where: string;
}

const documentsOf = (file: string, text: string): readonly Located[] => {
  if (extname(file) === '.json') {
    try {
      return [{ value: JSON.parse(text) as unknown, where: '' }];
    } catch (error) {
      throw new LoadObjectsError(file, '', `not JSON: ${messageOf(error)}`, error);
    }
  }
  const documents = [...parseAllDocuments(text)];
  return documents.flatMap((document, index) => {
    const where = documents.length > 1 ? `, document ${index + 1}` : '';
    const [error] = document.errors;
    if (error !== undefined)
      throw new LoadObjectsError(
        file,
        where,
        `not YAML: ${(error.message.split('\n')[0] ?? '').replace(/:$/, '')}`,
        error,
      );
    const value: unknown = document.toJS();
    return value === null ? [] : [{ value, where }];
  });
};

/** Items of a typed list need not say what they are. */
const itemsOf = (file: string, document: Located): readonly Located[] => {
  const { kind, apiVersion, items } = (document.value ?? {}) as {
    readonly kind?: unknown;
    readonly apiVersion?: unknown;
    readonly items?: unknown;
  };
  if (typeof kind !== 'string' || !kind.endsWith('List')) return [document];
  if (!Array.isArray(items)) throw new LoadObjectsError(file, document.where, `a ${kind} without items`);
  const common = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.map((item: unknown, index) => ({
    value: isObject(item) ? { ...common, ...item } : item,
    where: `${document.where}, item ${index + 1}`,
  }));
};

interface Place extends ObjectPlace {
  /** What was asked for: folders above it say nothing. */
  readonly root: string;
  readonly kinds: readonly ResourceKind[];
}

const asObject = (value: unknown, place: Place): { readonly object: KubernetesObject; readonly kind: ResourceKind } => {
  const { file, where, root, kinds } = place;
  if (!isObject(value)) throw new LoadObjectsError(file, where, 'not an object');
  const object = value as KubernetesObject;
  if (typeof object.metadata?.name !== 'string' || object.metadata.name === '')
    throw new LoadObjectsError(file, where, 'an object without metadata.name');
  const known = object.kind === undefined ? kindOfFolder(file, root, kinds) : kindOfObject(object, kinds);
  if (known !== undefined)
    return { object: { ...object, apiVersion: apiVersionOf(known), kind: known.kind }, kind: known };
  if (object.kind !== undefined) throw new UnknownKindError(place, object);
  throw new LoadObjectsError(
    file,
    where,
    `${titleOf(object)} has no kind, and no folder it is in is named after a resource`,
  );
};

const kindOfFolder = (file: string, root: string, kinds: readonly ResourceKind[]): ResourceKind | undefined => {
  const top = dirname(file === root ? dirname(resolve(file)) : resolve(root));
  return relative(top, dirname(resolve(file)))
    .split(sep)
    .toReversed()
    .map((folder) => kinds.find(({ plural }) => plural === folder))
    .find((kind) => kind !== undefined);
};

/** The kind an object says it is of. Without an apiVersion, the first of that name. */
export function kindOfObject(
  { apiVersion, kind }: KubernetesObject,
  kinds: readonly ResourceKind[],
): ResourceKind | undefined {
  return kinds.find((known) => known.kind === kind && (apiVersion === undefined || apiVersionOf(known) === apiVersion));
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
