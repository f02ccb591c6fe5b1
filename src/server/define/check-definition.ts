/**
 * Checks of a resource's definition when it is defined. Types exclude most of these mistakes for TypeScript, but not for JavaScript.
 * @module
 */
import { dns1123LabelMessage } from '../../object-meta/names.ts';
import { ageColumn, nameColumn, type TableColumn } from '../wire/table.ts';
import type { ScaleDefinition } from './custom-definition.ts';
import { needsProblem } from './needs.ts';
import { checkWrites } from './projection-writes.ts';
import type { AnyDefinition } from './resource-definition.ts';
import { subresourcesProblem } from './subresources.ts';

/** A definition of any resource, with the fields of custom resources. */
type Definition = AnyDefinition & {
  readonly status?: boolean | undefined;
  readonly scale?: ScaleDefinition | undefined;
  readonly mutate?: unknown;
  readonly validate?: unknown;
  readonly conversion?: unknown;
};

/** Throws a TypeError that names the resource and the field. */
type Reject = (field: string, message: string) => never;

const COLUMN_TYPES: Readonly<Record<TableColumn<unknown>['type'], true>> = {
  string: true,
  integer: true,
  number: true,
  boolean: true,
  date: true,
};

/** The names that have another meaning after the version in the path of a request (conformance 8). */
const RESERVED_PLURALS: ReadonlySet<string> = new Set(['watch', 'proxy', 'namespaces', 'status', 'finalize']);

/** Whether a name has another meaning in paths, so that requests would not reach a resource with this name. */
export function isReservedPlural(name: string): boolean {
  return RESERVED_PLURALS.has(name);
}

/**
 * Checks a definition against its content.
 * @throws TypeError that names the resource and the field
 */
export function checkDefinition(definition: Definition, content: unknown): void {
  if (!isObject(definition))
    throw new TypeError(`resource: the definition must be an object, not ${String(definition)}`);
  const { kind, plural, namespaced } = definition;
  const reject: Reject = (field, message) => {
    throw new TypeError(`resource ${plural ?? kind}: ${field}: ${message}`);
  };
  checkNames(definition, reject);
  if (typeof namespaced !== 'boolean') reject('namespaced', 'must be true or false');
  checkColumns(definition, reject);
  const problem = subresourcesProblem(definition.subresources);
  if (problem !== undefined) reject('subresources', problem);
  const wrongNeed = needsProblem(definition.needs ?? []);
  if (wrongNeed !== undefined) reject('needs', wrongNeed);
  for (const field of definition.selectableFields ?? []) {
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_][\w-]*)*$/.test(field)) {
      reject('selectableFields', `"${field}" must be a path like status.phase or type`);
    }
  }
  if (!isObject(content)) {
    throw new TypeError(`resource ${plural}: the content must be rows, a store or handlers, not ${String(content)}`);
  }
  if ('deltas$' in content) checkProjection(definition, reject);
  else checkCustom(definition, reject, 'open' in content);
}

function checkNames({ kind, plural, singular, shortNames = [], categories = [] }: Definition, reject: Reject): void {
  if (isMissing(kind)) reject('kind', 'is missing');
  if (!/^[A-Z][A-Za-z0-9]*$/.test(kind)) reject('kind', `"${kind}" must be CamelCase`);
  if (isMissing(plural)) reject('plural', 'is missing');
  const names: readonly (readonly [field: string, name: string])[] = [
    ['plural', plural],
    ...(singular === undefined ? [] : [['singular', singular] as const]),
    ...shortNames.map((name) => ['shortNames', name] as const),
    ...categories.map((name) => ['categories', name] as const),
  ];
  for (const [field, name] of names) {
    const message = dns1123LabelMessage(name);
    if (message !== undefined) reject(field, `"${name}": ${message}`);
  }
  if (isReservedPlural(plural)) reject('plural', `"${plural}" has another meaning in request paths`);
}

function checkColumns({ columns = [] }: Definition, reject: Reject): void {
  const names = new Set([nameColumn.name, ageColumn.name]);
  for (const column of columns) {
    const { name, type, value } = column;
    if (isMissing(name) || name === '') reject('columns', 'a column has no name');
    if (names.has(name)) {
      reject('columns', `"${name}" is used twice; the framework itself adds the columns Name and Age`);
    }
    names.add(name);
    if (!Object.hasOwn(COLUMN_TYPES, type)) {
      reject('columns', `"${name}" has the type "${type}"; use one of ${Object.keys(COLUMN_TYPES).join(', ')}`);
    }
    if (typeof value !== 'function') reject('columns', `"${name}" must have a function as its value`);
    if ('future' in column && column.future !== undefined && type !== 'date') {
      reject('columns', `"${name}" has the option future, which is for the type date only`);
    }
  }
}

function checkProjection(definition: Definition, reject: Reject): void {
  const { write, status, authorize } = definition;
  if (status === true) {
    reject('status', 'is for stores and handlers only; a projection returns the status as a part of its rows');
  }
  if (authorize !== undefined && authorize !== 'source' && authorize !== 'rows') {
    reject('authorize', `"${String(authorize)}" must be source or rows`);
  }
  for (const field of ['scale', 'mutate', 'validate', 'conversion'] as const) {
    if (definition[field] !== undefined) reject(field, 'is for stores and handlers only, not for projections');
  }
  if (write === undefined) return;
  try {
    checkWrites(write);
  } catch (error) {
    throw new TypeError(`resource ${definition.plural}: write: ${(error as Error).message}`, { cause: error });
  }
}

function checkCustom({ write, scale, conversion, authorize }: Definition, reject: Reject, isStore: boolean): void {
  if (conversion !== undefined && !isStore) {
    reject('conversion', 'is for stores only; handlers convert their objects themselves');
  }
  if (authorize !== undefined) reject('authorize', 'is for projections only; custom resources have no sources');
  if (write !== undefined) reject('write', 'is for projections only; clients write custom resources directly');
  if (scale === undefined) return;
  checkPath('scale.specReplicas', scale.specReplicas, ['spec'], reject);
  checkPath('scale.statusReplicas', scale.statusReplicas, ['status'], reject);
  if (scale.labelSelector !== undefined) {
    checkPath('scale.labelSelector', scale.labelSelector, ['status', 'spec'], reject);
  }
}

/** Checks a path of `scale` by the rules of CustomResourceDefinitions, which also allow a leading dot. */
function checkPath(field: string, path: string, roots: readonly string[], reject: Reject): void {
  const [root, ...rest] = (path ?? '').replace(/^\./, '').split('.');
  if (root !== undefined && roots.includes(root) && rest.length > 0 && !rest.includes('')) return;
  const subject = isMissing(path) ? 'is missing; it' : `"${path}"`;
  reject(field, `${subject} must be a path that begins with ${roots.map((each) => `${each}.`).join(' or ')}`);
}

/** Whether JavaScript code left out a value that the types require. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
