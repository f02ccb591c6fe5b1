/**
 * Reads the initial objects of a cluster from JSON and YAML files. Every error names the file and the document in it.
 * @module
 */
import { isJsonObject } from '../../../server/wire/json.ts';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { coreKinds } from '../kinds/core-kinds.ts';
import { apiVersionOf, resourceNameOf, type ResourceKind } from '../kinds/resource-kind.ts';
import { errorMessage } from '../../../error-message.ts';
import { bigintPath, parseExact, withoutBigints } from '../../../exact-json.ts';

/** A file cannot be loaded. The message names the file and the document in it. */
export class LoadObjectsError extends Error {
  readonly file: string;
  constructor(file: string, where: string, message: string, cause?: unknown) {
    super(`${file}${where}: ${message}`, { cause });
    this.name = 'LoadObjectsError';
    this.file = file;
  }
}

/** An object is of an unknown kind. Custom resources are unknown unless `kinds` lists them. */
export class UnknownKindError extends LoadObjectsError {
  constructor({ file, where }: ObjectPlace, object: KubernetesObject) {
    const { apiVersion = 'no apiVersion', kind } = object;
    super(file, where, `${titleOf(object)}: the kind ${kind} in ${apiVersion} is unknown`);
    this.name = 'UnknownKindError';
  }
}

/** Two files contain the same object. */
export class DuplicateObjectError extends LoadObjectsError {
  constructor({ file, where }: ObjectPlace, object: KubernetesObject, first: ObjectPlace) {
    super(file, where, `${titleOf(object)} is also in ${first.file}${first.where}. Remove one of them`);
    this.name = 'DuplicateObjectError';
  }
}

/** The place where an object was read. */
export interface ObjectPlace {
  readonly file: string;
  /** The position in the file, as the end of a message: `, document 2`. */
  readonly where: string;
}

export interface LoadObjectsOptions {
  /** The kinds that objects may have. Default: the built-in ones. */
  readonly kinds?: readonly ResourceKind[] | undefined;
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.json', '.yaml', '.yml']);

/**
 * Reads the objects of a file, or of all `.json`, `.yaml` and `.yml` files in a directory and its subdirectories, in
 * the order of their paths. A YAML file may hold several documents. A document is an object or a list (`List`,
 * `PodList`, …). An object without `kind` gets the kind whose plural is the name of a folder that contains it, the
 * nearest folder first: `pods/web.json`.
 *
 * The returned objects have all fields of the files, including uid, status and managedFields. If a namespace occurs
 * twice, the first one counts.
 * @throws LoadObjectsError if a document is not an object of a known kind with a name
 * @throws DuplicateObjectError if an object other than a namespace occurs twice
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
        const { object, kind } = parsedObject(value, { ...place, kinds, root: path });
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

/** Returns the place where {@link loadObjects} read an object, or undefined for any other object. */
export function placeOf(object: KubernetesObject | undefined): ObjectPlace | undefined {
  return object === undefined ? undefined : places.get(object);
}

/**
 * Returns the identity of an object in the cluster: its kind, namespace and name. The default namespace is `default`.
 */
const identityOf = ({ metadata }: KubernetesObject, kind: ResourceKind): string =>
  JSON.stringify([
    resourceNameOf(kind),
    kind.namespaced === false ? '' : (namespaceOf(metadata) ?? 'default'),
    metadata?.name,
  ]);

const namespaceOf = (metadata: KubernetesObject['metadata']): string | undefined =>
  metadata?.namespace === '' ? undefined : metadata?.namespace;

/** Returns the kind and key of an object for messages: `Pod shop/web`. */
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

/** A value with its position in the file, for messages. */
interface Located {
  readonly value: unknown;
  readonly where: string;
}

/** Returns a value with numbers in place of bigints. @throws LoadObjectsError for an integer that a number would round */
const requireExact = (file: string, where: string, value: unknown): unknown => {
  const result = withoutBigints(value);
  const path = bigintPath(result);
  if (path === undefined) return result;
  throw new LoadObjectsError(
    file,
    where,
    `${path} is an integer above 2^53, which the fake cluster cannot keep exactly`,
  );
};

const documentsOf = (file: string, text: string): readonly Located[] => {
  if (extname(file) === '.json') {
    try {
      return [{ value: requireExact(file, '', parseExact(text)), where: '' }];
    } catch (error) {
      if (error instanceof LoadObjectsError) throw error;
      throw new LoadObjectsError(file, '', `the file is not valid JSON: ${errorMessage(error)}`, error);
    }
  }
  const documents = [...parseAllDocuments(text, { intAsBigInt: true })];
  return documents.flatMap((document, index) => {
    const where = documents.length > 1 ? `, document ${index + 1}` : '';
    const [error] = document.errors;
    if (error !== undefined)
      throw new LoadObjectsError(
        file,
        where,
        `the document is not valid YAML: ${(error.message.split('\n')[0] ?? '').replace(/:$/, '')}`,
        error,
      );
    const value = requireExact(file, where, document.toJS());
    return value === null ? [] : [{ value, where }];
  });
};

/** Returns the items of a list. The items of a typed list may omit kind and apiVersion. */
const itemsOf = (file: string, document: Located): readonly Located[] => {
  const { kind, apiVersion, items } = (document.value ?? {}) as {
    readonly kind?: unknown;
    readonly apiVersion?: unknown;
    readonly items?: unknown;
  };
  if (typeof kind !== 'string' || !kind.endsWith('List')) return [document];
  if (!Array.isArray(items)) throw new LoadObjectsError(file, document.where, `the ${kind} has no items`);
  const common = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.map((item: unknown, index) => ({
    value: isJsonObject(item) ? { ...common, ...item } : item,
    where: `${document.where}, item ${index + 1}`,
  }));
};

interface Place extends ObjectPlace {
  /** The path that the caller passed. Folders above it do not name kinds. */
  readonly root: string;
  readonly kinds: readonly ResourceKind[];
}

const parsedObject = (
  value: unknown,
  place: Place,
): { readonly object: KubernetesObject; readonly kind: ResourceKind } => {
  const { file, where, root, kinds } = place;
  if (!isJsonObject(value)) throw new LoadObjectsError(file, where, 'the document is not an object');
  const object = value as KubernetesObject;
  if (typeof object.metadata?.name !== 'string' || object.metadata.name === '')
    throw new LoadObjectsError(file, where, 'the object has no metadata.name');
  const known = object.kind === undefined ? kindOfFolder(file, root, kinds) : kindOfObject(object, kinds);
  if (known !== undefined)
    return { object: { ...object, apiVersion: apiVersionOf(known), kind: known.kind }, kind: known };
  if (object.kind !== undefined) throw new UnknownKindError(place, object);
  throw new LoadObjectsError(
    file,
    where,
    `${titleOf(object)} has no kind. Add \`kind\`, or put the file into a folder that is named after a resource, such as pods/`,
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

/** Returns the kind of an object. If the object has no apiVersion, the first kind of that name. */
export function kindOfObject(
  { apiVersion, kind }: KubernetesObject,
  kinds: readonly ResourceKind[],
): ResourceKind | undefined {
  return kinds.find((known) => known.kind === kind && (apiVersion === undefined || apiVersionOf(known) === apiVersion));
}
