import type { OpenApiGroupVersion, OpenApiResource } from '../../../../src/server/wire/openapi/openapi-resource.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';

export const READ: readonly string[] = ['get', 'list', 'watch'];
export const ALL: readonly string[] = [...READ, 'create', 'update', 'patch', 'delete', 'deletecollection'];

/** A schema with all features that OpenAPI v2 and v3 express differently. */
export const widgetSchema: Schema = {
  type: 'object',
  description: 'A widget.',
  required: ['spec'],
  properties: {
    metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 20 } } },
    spec: {
      type: 'object',
      required: ['replicas', 'color'],
      properties: {
        replicas: { type: 'integer', format: 'int32', default: 1, minimum: 0 },
        port: { 'x-kubernetes-int-or-string': true, description: 'number or name', pattern: '^p' },
        color: { type: 'string', nullable: true, enum: ['red', null], description: 'c' },
        extra: {
          type: 'object',
          nullable: true,
          description: 'e',
          required: ['a'],
          properties: { a: { type: 'string' } },
        },
        free: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          description: 'f',
          properties: { a: { type: 'string' } },
        },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          required: ['spec'],
          properties: { spec: { type: 'object' } },
        },
        labels: { type: 'object', additionalProperties: { type: 'string', nullable: true, maxLength: 5 } },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string', not: { pattern: '^x' } } },
          },
        },
        either: {
          type: 'object',
          oneOf: [{ required: ['a'] }, { required: ['b'] }],
          properties: { a: { type: 'string', anyOf: [{ minLength: 1 }] }, b: { type: 'number' } },
        },
      },
    },
    status: { type: 'object', properties: { phase: { type: 'string' } } },
  },
};

/** A writable resource with all subresources. */
export const widgets: OpenApiResource = {
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ALL,
  schema: widgetSchema,
  selectableFields: ['status.phase'],
  subresources: [
    { name: 'status', verbs: ['get', 'update', 'patch'] },
    { name: 'scale', verbs: ['get', 'update', 'patch'], group: 'autoscaling', version: 'v1', kind: 'Scale' },
    { name: 'run', verbs: ['create'] },
  ],
};

/** A cluster-scoped projection without a schema. */
export const racks: OpenApiResource = { kind: 'Rack', plural: 'racks', namespaced: false, verbs: READ };

export const example: OpenApiGroupVersion = { group: 'shop.example.com', version: 'v1', resources: [widgets, racks] };
