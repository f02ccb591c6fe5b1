import type { Dialect } from './openapi-resource.ts';
import type { GroupVersionKind, OpenApiSchema } from './openapi-resource.ts';

// The schemas that every document shares, under upstream's names: clients look for them there. An aggregator that has others under these
// names gives ours new ones (`…_v2`) in its v2 document, which is why kinds are not claimed there (`metaSchemas`).

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const AUTOSCALING = 'io.k8s.api.autoscaling.v1.';

/** Names of shared schemas. */
export const metaNames = {
  deleteOptions: `${META}DeleteOptions`,
  fieldsV1: `${META}FieldsV1`,
  listMeta: `${META}ListMeta`,
  managedFieldsEntry: `${META}ManagedFieldsEntry`,
  objectMeta: `${META}ObjectMeta`,
  ownerReference: `${META}OwnerReference`,
  patch: `${META}Patch`,
  preconditions: `${META}Preconditions`,
  scale: `${AUTOSCALING}Scale`,
  scaleSpec: `${AUTOSCALING}ScaleSpec`,
  scaleStatus: `${AUTOSCALING}ScaleStatus`,
  status: `${META}Status`,
  statusCause: `${META}StatusCause`,
  statusDetails: `${META}StatusDetails`,
  time: `${META}Time`,
} as const;

const string = (description: string): OpenApiSchema => ({ description, type: 'string' });
const boolean = (description: string): OpenApiSchema => ({ description, type: 'boolean' });
function integer(format: 'int32' | 'int64', description: string): OpenApiSchema {
  return {
    description,
    type: 'integer',
    format,
  };
}
function strings(listType: 'atomic' | 'set', description: string): OpenApiSchema {
  return {
    description,
    type: 'array',
    items: { type: 'string' },
    'x-kubernetes-list-type': listType,
  };
}
function stringMap(description: string): OpenApiSchema {
  return {
    description,
    type: 'object',
    additionalProperties: { type: 'string' },
  };
}

/** The fields every object has. */
export const typeFields: Readonly<Record<'apiVersion' | 'kind', OpenApiSchema>> = {
  apiVersion: string('Group and version of the schema of this object.'),
  kind: string('The kind of this object, in CamelCase.'),
};

/** Shared schemas by name, in a dialect. Kinds are claimed in v3 only: in an aggregated v2 document each may have one schema. */
export function metaSchemas(dialect: Dialect): Readonly<Record<string, OpenApiSchema>> {
  const { reference } = dialect;
  const claims = (...kinds: readonly GroupVersionKind[]): OpenApiSchema =>
    dialect.version === 3 ? { 'x-kubernetes-group-version-kind': kinds } : {};
  const object = (description: string, properties: OpenApiSchema, more: OpenApiSchema = {}): OpenApiSchema => ({
    description,
    type: 'object',
    properties,
    ...more,
  });
  return {
    [metaNames.objectMeta]: object('Metadata of an object.', {
      annotations: stringMap('Values of any form, kept for tools and people; not for selecting objects.'),
      creationTimestamp: reference(metaNames.time, 'When the object came to be. Read-only.'),
      deletionGracePeriodSeconds: integer('int64', 'Seconds that deletion gives the object. Read-only.'),
      deletionTimestamp: reference(metaNames.time, 'When deletion was asked for. Read-only.'),
      finalizers: {
        ...strings('set', 'What must be done, and taken off this list, before the object can go.'),
        'x-kubernetes-patch-strategy': 'merge',
      },
      generateName: string('Beginning of a name that the server completes, where no name is given.'),
      generation: integer('int64', 'Counts the changes of what is wanted. Read-only.'),
      labels: stringMap('Values to select and to group objects by.'),
      managedFields: {
        description: 'Which manager set which fields.',
        type: 'array',
        items: reference(metaNames.managedFieldsEntry),
        'x-kubernetes-list-type': 'atomic',
      },
      name: string('Name, the only one of its kind in its namespace. It cannot be changed.'),
      namespace: string('Namespace of the object; empty for objects outside of namespaces. It cannot be changed.'),
      ownerReferences: {
        description: 'Objects this one depends on. It is collected when all of them have gone.',
        type: 'array',
        items: reference(metaNames.ownerReference),
        'x-kubernetes-list-map-keys': ['uid'],
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-patch-merge-key': 'uid',
        'x-kubernetes-patch-strategy': 'merge',
      },
      resourceVersion: string('Version of the object, to compare for equality and to watch from. Opaque. Read-only.'),
      selfLink: string('Deprecated and empty.'),
      uid: string('Identifies this object among all there ever were. Read-only.'),
    }),
    [metaNames.listMeta]: object('Metadata of a list.', {
      continue: string('Token that gets the next part of the list; empty at its end.'),
      remainingItemCount: integer('int64', 'How many objects are in the parts to come, where that is known.'),
      resourceVersion: string('Version of the list, to watch from. Opaque.'),
      selfLink: string('Deprecated and empty.'),
    }),
    [metaNames.managedFieldsEntry]: object('The fields one manager set, in one version.', {
      apiVersion: string('Version that the fields are named in.'),
      fieldsType: string('Always FieldsV1.'),
      fieldsV1: reference(metaNames.fieldsV1, 'The fields.'),
      manager: string('Name of the manager.'),
      operation: string('Apply or Update.'),
      subresource: string('Subresource that the fields were set through; empty for the object itself.'),
      time: reference(metaNames.time, 'When this entry changed last.'),
    }),
    [metaNames.ownerReference]: object(
      'Names an owner: an object of the same namespace, or outside of namespaces.',
      {
        apiVersion: string('API version of the owner.'),
        blockOwnerDeletion: boolean('Whether foreground deletion of the owner waits for this object.'),
        controller: boolean('Whether the owner is the controller that manages this object.'),
        kind: string('Kind of the owner.'),
        name: string('Name of the owner.'),
        uid: string('UID of the owner.'),
      },
      { required: ['apiVersion', 'kind', 'name', 'uid'], 'x-kubernetes-map-type': 'atomic' },
    ),
    [metaNames.fieldsV1]: { description: 'A set of fields, as a tree of their names.', type: 'object' },
    [metaNames.time]: { description: 'A time, as in RFC 3339.', type: 'string', format: 'date-time' },
    [metaNames.patch]: { description: 'The body of a PATCH request, as its media type has it.', type: 'object' },
    [metaNames.deleteOptions]: object(
      'How to delete.',
      {
        ...typeFields,
        dryRun: strings('atomic', 'All: do everything but delete.'),
        gracePeriodSeconds: integer('int64', 'Seconds until the object is deleted; 0 means at once.'),
        orphanDependents: boolean('Deprecated: use propagationPolicy.'),
        preconditions: reference(metaNames.preconditions, 'What must hold; 409 otherwise.'),
        propagationPolicy: string('What becomes of dependents: Orphan, Background or Foreground.'),
      },
      claims({ group: '', version: 'v1', kind: 'DeleteOptions' }),
    ),
    [metaNames.preconditions]: object('What must hold of an object before it is touched.', {
      resourceVersion: string('Version it must have.'),
      uid: string('UID it must have.'),
    }),
    [metaNames.status]: object(
      'The outcome of a request that returns no other object.',
      {
        ...typeFields,
        code: integer('int32', 'HTTP status code.'),
        details: reference(metaNames.statusDetails, 'What is known beside the reason.'),
        message: string('What happened, for people.'),
        metadata: reference(metaNames.listMeta, 'Metadata of a list.'),
        reason: string('Why it failed, for programs.'),
        status: string('Success or Failure.'),
      },
      claims({ group: '', version: 'v1', kind: 'Status' }),
    ),
    [metaNames.statusDetails]: object('What is known of a failure; which fields are set depends on its reason.', {
      causes: {
        description: 'The single causes.',
        type: 'array',
        items: reference(metaNames.statusCause),
        'x-kubernetes-list-type': 'atomic',
      },
      group: string('Group of the resource.'),
      kind: string('Kind, or plural, of the resource.'),
      name: string('Name of the object.'),
      retryAfterSeconds: integer('int32', 'Seconds to wait before the next attempt.'),
      uid: string('UID of the object.'),
    }),
    [metaNames.statusCause]: object('One cause of a failure.', {
      field: string('Path of the field, as in spec.items[0].name.'),
      message: string('What is wrong, for people.'),
      reason: string('What is wrong, for programs.'),
    }),
    [metaNames.scale]: object(
      'How many there should be, and are.',
      {
        ...typeFields,
        metadata: reference(metaNames.objectMeta, 'Metadata of the object.'),
        spec: reference(metaNames.scaleSpec, 'How many there should be.'),
        status: reference(metaNames.scaleStatus, 'How many there are. Read-only.'),
      },
      claims({ group: 'autoscaling', version: 'v1', kind: 'Scale' }),
    ),
    [metaNames.scaleSpec]: object('How many there should be.', {
      replicas: integer('int32', 'The number wanted.'),
    }),
    [metaNames.scaleStatus]: object(
      'How many there are.',
      {
        replicas: integer('int32', 'The number there is.'),
        selector: string('Label selector of what is counted, as in a query.'),
      },
      { required: ['replicas'] },
    ),
  };
}
