import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';

import { parseAllDocuments } from 'yaml';

import type { KubernetesObject } from '../../server/wire/object.ts';
import { coreKinds } from './core-kinds.ts';
import { apiVersionOf } from './resource-kind.ts';
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
 * {@link LoadObjectsError} at the first thing that is not an object of a known kind with a name.
 */
export const loadObjects = async (
  path: string,
  { kinds = coreKinds }: LoadObjectsOptions = {},
): Promise<readonly KubernetesObject[]> => {
  const objects: KubernetesObject[] = [];
  for (const file of await filesIn(path)) {
    for (const document of documentsOf(file, await readFile(file, 'utf8'))) {
      for (const { value, where } of itemsOf(file, document))
        objects.push(asObject(value, { file, where, kinds, root: path }));
    }
  }
  return objects;
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

interface Place {
  readonly file: string;
  readonly where: string;
  /** What was asked for: folders above it say nothing. */
  readonly root: string;
  readonly kinds: readonly ResourceKind[];
}

const asObject = (value: unknown, { file, where, root, kinds }: Place): KubernetesObject => {
  if (!isObject(value)) throw new LoadObjectsError(file, where, 'not an object');
  const object = value as KubernetesObject;
  if (typeof object.metadata?.name !== 'string' || object.metadata.name === '')
    throw new LoadObjectsError(file, where, 'an object without metadata.name');
  const known = object.kind === undefined ? kindOfFolder(file, root, kinds) : kindOfObject(object, kinds);
  if (known !== undefined) return { ...object, apiVersion: apiVersionOf(known), kind: known.kind };
  const what =
    object.kind === undefined
      ? `it has no kind, and no folder it is in is named after a resource`
      : `nothing is known of kind ${object.kind} in ${object.apiVersion ?? 'no apiVersion'}; pass it in \`kinds\``;
  throw new LoadObjectsError(file, where, what);
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
export const kindOfObject = (
  { apiVersion, kind }: KubernetesObject,
  kinds: readonly ResourceKind[],
): ResourceKind | undefined =>
  kinds.find((known) => known.kind === kind && (apiVersion === undefined || apiVersionOf(known) === apiVersion));

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
