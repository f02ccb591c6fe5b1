/**
 * The URLs and operations of a group version, independent of the dialect.
 * @module
 */
import { metaNames } from './meta-schemas.ts';
import {
  type DescribedVersion,
  type GroupVersionKind,
  listKindOf,
  type OpenApiGroupVersion,
  type OpenApiResource,
  type OpenApiSchema,
  type OpenApiSubresource,
  schemaName,
} from './openapi-resource.ts';
import { type Parameter, parameters } from './parameters.ts';

/** The operations of one URL. */
export interface OpenApiPath {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly operations: readonly OpenApiOperation[];
}

/** An action in the terms of `x-kubernetes-action`. */
export type Action = 'list' | 'post' | 'deletecollection' | 'get' | 'put' | 'patch' | 'delete';

/** An operation of a URL, independent of the dialect. */
export interface OpenApiOperation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly action: Action;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly kind: GroupVersionKind;
  readonly parameters: readonly Parameter[];
  /** The request body. Its schema is a name, or undefined for any object. */
  readonly body?:
    | { readonly schema: string | undefined; readonly required: boolean; readonly patch: boolean }
    | undefined;
  /** The name of the schema of a successful response; undefined for any object. */
  readonly response: string | undefined;
  readonly codes: readonly (200 | 201 | 202)[];
}

/** The method and the texts of each action. */
const ACTIONS = {
  list: ['get', 'list'],
  post: ['post', 'create'],
  deletecollection: ['delete', 'delete'],
  get: ['get', 'read'],
  put: ['put', 'replace'],
  patch: ['patch', 'patch'],
  delete: ['delete', 'delete'],
} as const satisfies Readonly<Record<Action, readonly [OpenApiOperation['method'], string]>>;

const CODES: Readonly<Partial<Record<Action, OpenApiOperation['codes']>>> = {
  post: [200, 201, 202],
  put: [200, 201],
  delete: [200, 202],
};

/** The actions on a collection, each with the verb of discovery that enables it. */
const COLLECTION: readonly [verb: string, action: Action][] = [
  ['list', 'list'],
  ['create', 'post'],
  ['deletecollection', 'deletecollection'],
];
/** The actions on one object. */
const ITEM: readonly [verb: string, action: Action][] = [
  ['get', 'get'],
  ['update', 'put'],
  ['patch', 'patch'],
  ['delete', 'delete'],
];
const SUBRESOURCE: readonly [verb: string, action: Action][] = [...ITEM, ['create', 'post']];

const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;

/** Returns `exampleComV1`, the part of operation ids that makes them unique. */
const camel = ({ group, version }: DescribedVersion): string => [...group.split(/[.-]/), version].map(capital).join('');

/** Returns the URLs of a group version with their operations. The verbs of discovery decide which operations exist. */
export function pathsOf(groupVersion: OpenApiGroupVersion): readonly OpenApiPath[] {
  return groupVersion.resources.flatMap((resource) => resourcePaths(groupVersion, resource));
}

function resourcePaths(groupVersion: DescribedVersion, resource: OpenApiResource): readonly OpenApiPath[] {
  const { group, version } = groupVersion;
  const { plural, namespaced, verbs, subresources = [] } = resource;
  const all = `/apis/${group}/${version}/${plural}`;
  const collection = namespaced ? `/apis/${group}/${version}/namespaces/{namespace}/${plural}` : all;
  const scope = namespaced ? [parameters.namespace] : [];
  const pathItem = (
    path: string,
    own: readonly Parameter[],
    actions: readonly Action[],
    subject: Subject = {},
  ): readonly OpenApiPath[] => {
    const operations = actions.map((action) => operation(groupVersion, resource, action, subject));
    return operations.length === 0 ? [] : [{ path, parameters: [...own, parameters.pretty], operations }];
  };
  return [
    ...pathItem(collection, scope, enabled(COLLECTION, verbs)),
    ...pathItem(`${collection}/{name}`, [parameters.name, ...scope], enabled(ITEM, verbs)),
    ...subresources.flatMap((subresource) =>
      pathItem(
        `${collection}/{name}/${subresource.name}`,
        [parameters.name, ...scope],
        enabled(SUBRESOURCE, subresource.verbs),
        { subresource },
      ),
    ),
    ...(namespaced ? pathItem(all, [], enabled([['list', 'list']], verbs), { everywhere: true }) : []),
  ];
}

/** Returns the actions that the verbs enable. */
function enabled(actions: readonly (readonly [verb: string, action: Action])[], verbs: readonly string[]): Action[] {
  return actions.filter(([verb]) => verbs.includes(verb)).map(([, action]) => action);
}

/** The part of a resource that an operation concerns. */
interface Subject {
  readonly subresource?: OpenApiSubresource;
  /** True for all namespaces. */
  readonly everywhere?: boolean;
}

function operation(
  groupVersion: DescribedVersion,
  resource: OpenApiResource,
  action: Action,
  { subresource, everywhere = false }: Subject,
): OpenApiOperation {
  const { kind, plural, namespaced } = resource;
  const [method, word] = ACTIONS[action];
  const schema =
    subresource === undefined ? schemaName(groupVersion, kind) : subresourceSchema(groupVersion, resource, subresource);
  const isDeletion = action === 'delete' || action === 'deletecollection';
  const response = isDeletion
    ? metaNames.status
    : action === 'list'
      ? schemaName(groupVersion, listKindOf(resource))
      : schema;
  const part = subresource === undefined ? '' : `${subresource.name} of `;
  const object =
    action === 'list' || action === 'deletecollection'
      ? `${plural}${everywhere ? ' of all namespaces' : ''}`
      : `a ${kind}`;
  return {
    method,
    action,
    id: [
      word,
      camel(groupVersion),
      action === 'deletecollection' ? 'Collection' : '',
      namespaced && !everywhere ? 'Namespaced' : '',
      kind,
      capital(subresource?.name ?? ''),
      everywhere ? 'ForAllNamespaces' : '',
    ].join(''),
    tag: camel(groupVersion),
    description: `${capital(word)} ${part}${object}.`,
    kind: {
      group: subresource?.group ?? groupVersion.group,
      version: subresource?.version ?? groupVersion.version,
      kind: subresource?.kind ?? kind,
    },
    parameters: parametersOf(action, resource),
    body: bodyOf(action, schema),
    response,
    codes: CODES[action] ?? [200],
  };
}

function parametersOf(action: Action, { verbs }: OpenApiResource): readonly Parameter[] {
  if (action === 'list') return verbs.includes('watch') ? [...parameters.list, ...parameters.watch] : parameters.list;
  return parameters[action === 'post' || action === 'put' ? 'write' : action];
}

function bodyOf(action: Action, schema: string | undefined): OpenApiOperation['body'] {
  if (action === 'get' || action === 'list') return undefined;
  if (action === 'patch') return { schema: metaNames.patch, required: true, patch: true };
  if (action === 'post' || action === 'put') return { schema, required: schema !== undefined, patch: false };
  return { schema: metaNames.deleteOptions, required: false, patch: false };
}

function subresourceSchema(
  groupVersion: DescribedVersion,
  { kind }: OpenApiResource,
  subresource: OpenApiSubresource,
): string | undefined {
  if (subresource.name === 'status') return schemaName(groupVersion, kind);
  return subresource.name === 'scale' ? metaNames.scale : undefined;
}

/** The media types of objects. */
export const DOCUMENT_TYPES: readonly string[] = ['application/json', 'application/yaml'];

/** The media types of patches. Strategic merge patch is missing on purpose: `kubectl apply` would use it (conformance 5.7). */
export const PATCH_TYPES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];

const WORDS = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const;

/** Returns the responses by code. `content` returns the content of the successful responses. */
export function responses(codes: OpenApiOperation['codes'], content: () => OpenApiSchema): OpenApiSchema {
  return {
    ...Object.fromEntries(codes.map((code) => [String(code), { description: WORDS[code], ...content() }])),
    401: { description: 'Unauthorized' },
  };
}
