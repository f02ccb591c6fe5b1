/**
 * The schemas that all documents share. They have upstream's names, because clients look for these names. An aggregator that has other
 * schemas with the same names renames ours (`…_v2`) in its v2 document.
 * @module
 */
import type { Dialect, GroupVersionKind, OpenApiSchema } from './openapi-resource.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const AUTOSCALING = 'io.k8s.api.autoscaling.v1.';

/** The names of shared schemas. */
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
  shardInfo: `${META}ShardInfo`,
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

/** The fields that every object has. */
export const typeFields: Readonly<Record<'apiVersion' | 'kind', OpenApiSchema>> = {
  apiVersion: string('Group and version of the schema of this object.'),
  kind: string('The kind of this object, in CamelCase.'),
};

/**
 * Returns the shared schemas by name. They have `x-kubernetes-group-version-kind` in v3 only, because an aggregated v2 document may have only
 * one schema for each kind.
 */
export function metaSchemas(dialect: Dialect): Readonly<Record<string, OpenApiSchema>> {
  const { reference } = dialect;
  const ofKinds = (...kinds: readonly GroupVersionKind[]): OpenApiSchema =>
    dialect.version === 3 ? { 'x-kubernetes-group-version-kind': kinds } : {};
  const object = (description: string, properties: OpenApiSchema, more: OpenApiSchema = {}): OpenApiSchema => ({
    description,
    type: 'object',
    properties,
    ...more,
  });
  return {
    [metaNames.objectMeta]: object('Metadata of an object.', {
      annotations: stringMap('Values of any form for tools and users. Selectors do not use them.'),
      creationTimestamp: reference(metaNames.time, 'The creation time of the object. Read-only.'),
      deletionGracePeriodSeconds: integer('int64', 'Seconds between the delete request and the deletion. Read-only.'),
      deletionTimestamp: reference(metaNames.time, 'The time of the delete request. Read-only.'),
      finalizers: {
        ...strings('set', 'Tasks that must be completed, and removed from this list, before the object is deleted.'),
        'x-kubernetes-patch-strategy': 'merge',
      },
      generateName: string('Prefix of a name that the server completes if there is no name.'),
      generation: integer('int64', 'The number of changes of the desired state. Read-only.'),
      labels: stringMap('Values to select and to group objects by.'),
      managedFields: {
        description: 'Managers and the fields that they set.',
        type: 'array',
        items: reference(metaNames.managedFieldsEntry),
        'x-kubernetes-list-type': 'atomic',
      },
      name: string('Name, unique for the kind in its namespace. Immutable.'),
      namespace: string('Namespace of the object; empty for cluster-scoped objects. Immutable.'),
      ownerReferences: {
        description: 'Owners of this object. It is deleted after all of them are deleted.',
        type: 'array',
        items: reference(metaNames.ownerReference),
        'x-kubernetes-list-map-keys': ['uid'],
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-patch-merge-key': 'uid',
        'x-kubernetes-patch-strategy': 'merge',
      },
      resourceVersion: string(
        'Version of the object, for equality checks and as the start of a watch. Opaque. Read-only.',
      ),
      selfLink: string('Deprecated and empty.'),
      uid: string('Unique ID of this object in time and space. Read-only.'),
    }),
    [metaNames.listMeta]: object('Metadata of a list.', {
      continue: string('Token for the next page of the list; empty on the last page.'),
      remainingItemCount: integer('int64', 'Number of objects on the pages that follow, if the server knows it.'),
      resourceVersion: string('Version of the list, as the start of a watch. Opaque.'),
      selfLink: string('Deprecated and empty.'),
      shardInfo: reference(metaNames.shardInfo, 'The shards of the list, if it does not contain all of them.'),
    }),
    [metaNames.managedFieldsEntry]: object('The fields one manager set, in one version.', {
      apiVersion: string('API version of the field names.'),
      fieldsType: string('Always FieldsV1.'),
      fieldsV1: reference(metaNames.fieldsV1, 'The fields.'),
      manager: string('Name of the manager.'),
      operation: string('Apply or Update.'),
      subresource: string('Subresource of the write; empty for the object itself.'),
      time: reference(metaNames.time, 'The time of the last change of this entry.'),
    }),
    [metaNames.ownerReference]: object(
      'A reference to an owner: an object in the same namespace, or a cluster-scoped object.',
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
    [metaNames.patch]: { description: 'The body of a PATCH request, in the format of its media type.', type: 'object' },
    [metaNames.deleteOptions]: object(
      'Options of a delete.',
      {
        ...typeFields,
        dryRun: strings('atomic', 'All: process the request without deleting.'),
        gracePeriodSeconds: integer('int64', 'Seconds until the object is deleted; 0 means immediately.'),
        orphanDependents: boolean('Deprecated: use propagationPolicy.'),
        preconditions: reference(metaNames.preconditions, 'Conditions for the delete; 409 if they do not hold.'),
        propagationPolicy: string('Effect on dependents: Orphan, Background or Foreground.'),
      },
      ofKinds({ group: '', version: 'v1', kind: 'DeleteOptions' }),
    ),
    [metaNames.preconditions]: object('Conditions that an object must fulfil before a write.', {
      resourceVersion: string('Required version.'),
      uid: string('Required UID.'),
    }),
    [metaNames.shardInfo]: object(
      'The shards of a list.',
      { selector: string('The shard selector of the request.') },
      { required: ['selector'] },
    ),
    [metaNames.status]: object(
      'The outcome of a request that returns no other object.',
      {
        ...typeFields,
        code: integer('int32', 'HTTP status code.'),
        details: reference(metaNames.statusDetails, 'Details of the reason.'),
        message: string('Message for humans.'),
        metadata: reference(metaNames.listMeta, 'Metadata of a list.'),
        reason: string('Reason of the failure, for programs.'),
        status: string('Success or Failure.'),
      },
      ofKinds({ group: '', version: 'v1', kind: 'Status' }),
    ),
    [metaNames.statusDetails]: object('Details of a failure. The reason decides which fields are set.', {
      causes: {
        description: 'The separate causes.',
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
      message: string('Message for humans.'),
      reason: string('Type of the cause, for programs.'),
    }),
    [metaNames.scale]: object(
      'The desired and the actual number of replicas.',
      {
        ...typeFields,
        metadata: reference(metaNames.objectMeta, 'Metadata of the object.'),
        spec: reference(metaNames.scaleSpec, 'The desired number of replicas.'),
        status: reference(metaNames.scaleStatus, 'The actual number of replicas. Read-only.'),
      },
      ofKinds({ group: 'autoscaling', version: 'v1', kind: 'Scale' }),
    ),
    [metaNames.scaleSpec]: object('The desired number of replicas.', {
      replicas: integer('int32', 'The desired number.'),
    }),
    [metaNames.scaleStatus]: object(
      'The actual number of replicas.',
      {
        replicas: integer('int32', 'The actual number.'),
        selector: string('Label selector of the counted objects, in the form of a query.'),
      },
      { required: ['replicas'] },
    ),
  };
}
