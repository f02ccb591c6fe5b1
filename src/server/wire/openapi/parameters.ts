/**
 * The parameters of operations, independent of the dialect.
 * @module
 */
/** A parameter of a path or an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}

function query(name: string, type: Parameter['type'], description: string): Parameter {
  return {
    name,
    in: 'query',
    type,
    description,
  };
}
const path = (name: string, description: string): Parameter => ({ name, in: 'path', type: 'string', description });

const dryRun = query('dryRun', 'string', 'All: process the request without storing the change.');
const resourceVersion = query('resourceVersion', 'string', 'Constraint on the version of the response.');
const fieldManager = query('fieldManager', 'string', 'Name of the manager, for managedFields.');
const fieldValidation = query(
  'fieldValidation',
  'string',
  'Handling of unknown and duplicate fields: Ignore, Warn (the default) or Strict.',
);

const selection: readonly Parameter[] = [
  query('continue', 'string', 'Token from the previous page, which requests the next page.'),
  query('fieldSelector', 'string', 'Selects objects by the values of their fields.'),
  query('labelSelector', 'string', 'Selects objects by their labels.'),
  query('limit', 'integer', 'Maximum number of objects. The response contains a token for the next page.'),
  resourceVersion,
  query('resourceVersionMatch', 'string', 'Meaning of resourceVersion for a list: Exact or NotOlderThan.'),
  query(
    'shardSelector',
    'string',
    "Selects objects by ranges of hashes: shardRange(object.metadata.uid, '0x0000000000000000', '0x8000000000000000').",
  ),
  query('timeoutSeconds', 'integer', 'Seconds until a watch ends.'),
];

const deletion: readonly Parameter[] = [
  dryRun,
  query('gracePeriodSeconds', 'integer', 'Seconds until the object is deleted; 0 means immediately.'),
  query('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  query('propagationPolicy', 'string', 'Effect on dependents: Orphan, Background or Foreground.'),
];

/** Parameters by operation. kubectl looks for `dryRun` and `fieldValidation` of a patch (conformance 5.7). */
export const parameters = {
  namespace: path('namespace', 'Namespace of the object.'),
  name: path('name', 'Name of the object.'),
  pretty: query('pretty', 'string', 'True to indent the response.'),
  get: [resourceVersion],
  list: selection,
  watch: [
    query('allowWatchBookmarks', 'boolean', 'Send bookmarks: events that contain only a version.'),
    query('sendInitialEvents', 'boolean', 'Begin the watch with the existing objects and a bookmark after them.'),
    query('watch', 'boolean', 'Stream the changes, instead of a list.'),
  ],
  write: [dryRun, fieldManager, fieldValidation],
  patch: [
    dryRun,
    fieldManager,
    fieldValidation,
    query('force', 'boolean', 'Take over fields of other managers. For server-side apply only.'),
  ],
  delete: deletion,
  deletecollection: [...selection, ...deletion],
} as const satisfies Readonly<Record<string, Parameter | readonly Parameter[]>>;
