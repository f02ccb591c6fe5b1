/** The resources of both servers: a namespaced kind with all features, and a plain cluster-scoped kind. */
import type { CustomResourceDefinition } from '../../../../src/server/define/custom-definition.ts';
import type { Schema } from '../../../../src/server/wire/schema/schema.ts';

export const GROUP = 'writes.test.example.org';
export const VERSION = 'v1';
export const API_VERSION: string = `${GROUP}/${VERSION}`;
export const BASE: string = `/apis/${API_VERSION}`;
/** Exists in every cluster. */
export const NAMESPACE = 'default';
/** Also exists in every cluster. For writes to a complete namespace. */
export const OTHER_NAMESPACE = 'kube-public';
export const COLLECTION: string = `${BASE}/namespaces/${NAMESPACE}/flunders`;
export const RACKS: string = `${BASE}/racks`;

const FLUNDER_SCHEMA: Schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        reference: { type: 'string', maxLength: 100 },
        replicas: { type: 'integer', minimum: 0, default: 1 },
        mode: { type: 'string', enum: ['fast', 'slow'] },
        tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        parts: {
          type: 'array',
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, size: { type: 'integer' } },
          },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
        },
        notes: { type: 'object', additionalProperties: { type: 'string' } },
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: {
      type: 'object',
      properties: {
        phase: { type: 'string' },
        replicas: { type: 'integer' },
        selector: { type: 'string' },
      },
    },
  },
};

const RACK_SCHEMA: Schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { color: { type: 'string' } } },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

/** The definitions of the kubefacet server. */
export const FLUNDERS: CustomResourceDefinition<{ readonly spec?: { readonly reference?: string } }> = {
  kind: 'Flunder',
  plural: 'flunders',
  namespaced: true,
  status: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', labelSelector: 'status.selector' },
  schema: FLUNDER_SCHEMA,
  columns: [
    {
      name: 'Ref',
      type: 'string',
      description: 'Custom resource definition column (in JSONPath format): .spec.reference',
      value: (row) => row.spec?.reference,
    },
  ],
};

export const RACKS_OF_OURS: CustomResourceDefinition<unknown> = {
  kind: 'Rack',
  plural: 'racks',
  namespaced: false,
  schema: RACK_SCHEMA,
  selectableFields: ['spec.color'],
};

const definition = (plural: string, kind: string, scope: string, version: object): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${GROUP}` },
  spec: {
    group: GROUP,
    scope,
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [{ name: VERSION, served: true, storage: true, ...version }],
  },
});

/** The definitions of the reference server, by plural. */
export const DEFINITIONS: Readonly<Record<string, object>> = {
  flunders: definition('flunders', 'Flunder', 'Namespaced', {
    schema: { openAPIV3Schema: FLUNDER_SCHEMA },
    additionalPrinterColumns: [
      { name: 'Ref', type: 'string', jsonPath: '.spec.reference' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
  }),
  racks: definition('racks', 'Rack', 'Cluster', {
    schema: { openAPIV3Schema: RACK_SCHEMA },
    selectableFields: [{ jsonPath: '.spec.color' }],
  }),
};
