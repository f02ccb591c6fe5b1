/**
 * What is wrong with the definition of a resource, said when it is defined. Most of it types say too; not to JavaScript.
 * @module
 */
import type { ScaleDefinition } from './custom-definition.ts';
import { isReservedPlural } from './reserved-plurals.ts';
import type { AnyDefinition } from './resource-definition.ts';
import { dns1123LabelMessage } from '../wire/names.ts';
import { ageColumn, nameColumn, type TableColumn } from '../wire/table.ts';
import { checkWrites } from './projection-writes.ts';
import { subresourcesProblem } from './subresources.ts';

/** A definition with what only custom resources have. */
type Definition = AnyDefinition & {
  readonly status?: boolean | undefined;
  readonly scale?: ScaleDefinition | undefined;
  readonly mutate?: unknown;
  readonly validate?: unknown;
  readonly conversion?: unknown;
};

type Refuse = (field: string, message: string) => never;

const COLUMN_TYPES: Readonly<Record<TableColumn<unknown>['type'], true>> = {
  string: true,
  integer: true,
  number: true,
  boolean: true,
  date: true,
};

/** @throws TypeError naming the resource and the field, when this cannot be served with this content */
export function checkDefinition(definition: Definition, content: unknown): void {
  if (!isObject(definition)) throw new TypeError(`resource: the definition is ${String(definition)}`);
  const { kind, plural, namespaced } = definition;
  const refuse: Refuse = (field, message) => {
    throw new TypeError(`resource ${plural ?? kind}: ${field}: ${message}`);
  };
  checkNames(definition, refuse);
  if (typeof namespaced !== 'boolean') refuse('namespaced', 'must be true or false');
  checkColumns(definition, refuse);
  const below = subresourcesProblem(definition.subresources);
  if (below !== undefined) refuse('subresources', below);
  for (const field of definition.selectableFields ?? []) {
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_][\w-]*)+$/.test(field))
      refuse('selectableFields', `"${field}" must be a path like status.phase`);
  }
  if (!isObject(content)) {
    throw new TypeError(`resource ${plural}: rows, a store or handlers are needed, not ${String(content)}`);
  }
  if ('deltas$' in content) checkProjection(definition, refuse);
  else checkCustom(definition, refuse, 'open' in content);
}

function checkNames({ kind, plural, singular, shortNames = [], categories = [] }: Definition, refuse: Refuse): void {
  if (isMissing(kind)) refuse('kind', 'is missing');
  if (!/^[A-Z][A-Za-z0-9]*$/.test(kind)) refuse('kind', `"${kind}" must be CamelCase`);
  if (isMissing(plural)) refuse('plural', 'is missing');
  const names: readonly (readonly [field: string, name: string])[] = [
    ['plural', plural],
    ...(singular === undefined ? [] : [['singular', singular] as const]),
    ...shortNames.map((name) => ['shortNames', name] as const),
    ...categories.map((name) => ['categories', name] as const),
  ];
  for (const [field, name] of names) {
    const message = dns1123LabelMessage(name);
    if (message !== undefined) refuse(field, `"${name}": ${message}`);
  }
  if (isReservedPlural(plural)) refuse('plural', `"${plural}" has another meaning in request paths`);
}

function checkColumns({ columns = [] }: Definition, refuse: Refuse): void {
  const names = new Set([nameColumn.name, ageColumn.name]);
  for (const { name, type, value } of columns) {
    if (isMissing(name) || name === '') refuse('columns', 'a column has no name');
    if (names.has(name)) refuse('columns', `there are two columns "${name}" (Name and Age are always there)`);
    names.add(name);
    if (!Object.hasOwn(COLUMN_TYPES, type)) {
      refuse('columns', `"${name}" has the type "${type}"; there are ${Object.keys(COLUMN_TYPES).join(', ')}`);
    }
    if (typeof value !== 'function') refuse('columns', `"${name}" has no function as value`);
  }
}

function checkProjection(definition: Definition, refuse: Refuse): void {
  const { write, status } = definition;
  if (status === true) refuse('status', 'is for stores and handlers; the status of a projection is in its rows');
  for (const field of ['scale', 'mutate', 'validate', 'conversion'] as const) {
    if (definition[field] !== undefined) refuse(field, 'is for stores and handlers, not for the rows of a projection');
  }
  if (write === undefined) return;
  try {
    checkWrites(write);
  } catch (error) {
    throw new TypeError(`resource ${definition.plural}: write: ${(error as Error).message}`, { cause: error });
  }
}

function checkCustom({ write, scale, conversion }: Definition, refuse: Refuse, isStore: boolean): void {
  if (conversion !== undefined && !isStore)
    refuse('conversion', 'is for stores; handlers know which version they keep');
  if (write !== undefined) refuse('write', 'is for projections; other objects are written as they are');
  if (scale === undefined) return;
  checkPath('scale.specReplicas', scale.specReplicas, ['spec'], refuse);
  checkPath('scale.statusReplicas', scale.statusReplicas, ['status'], refuse);
  if (scale.labelSelector !== undefined) {
    checkPath('scale.labelSelector', scale.labelSelector, ['status', 'spec'], refuse);
  }
}

/** Where CustomResourceDefinitions may have their scale, too. A dot may come first, as there. */
function checkPath(field: string, path: string, roots: readonly string[], refuse: Refuse): void {
  const [root, ...rest] = (path ?? '').replace(/^\./, '').split('.');
  if (root !== undefined && roots.includes(root) && rest.length > 0 && !rest.includes('')) return;
  const given = isMissing(path) ? 'is missing; it' : `"${path}"`;
  refuse(field, `${given} must be a path that begins with ${roots.map((each) => `${each}.`).join(' or ')}`);
}

/** What types say cannot be. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
