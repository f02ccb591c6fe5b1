/**
 * Field managers of one object in two versions. The resource is a model of `autoscaling` HorizontalPodAutoscalers, and the expected values are
 * those of a kube-apiserver with its own HorizontalPodAutoscalers (v1 and v2beta2).
 */
import { expect } from 'chai';
import { resource } from '../../../src/server/define/resource.ts';
import type { CustomResourceDefinition } from '../../../src/server/define/custom-definition.ts';
import type { Schema } from '../../../src/server/wire/schema/schema.ts';
import { memoryStore } from '../../../src/stores/memory/memory-store.ts';
import { testServer } from '../../../src/testing/projections/index.ts';

interface Wanted {
  readonly max?: number;
  readonly min?: number;
  readonly cpu?: number;
}
type Step = readonly [
  method: 'apply' | 'force' | 'merge' | 'create',
  version: 'v1' | 'v2',
  manager: string,
  wanted: Wanted,
  code: number,
  /** The conflicts of a 409, otherwise the managers afterwards with their fields below `spec`. */
  expected: readonly string[],
];

const SCENARIOS: readonly { readonly title: string; readonly steps: readonly Step[]; readonly spec: object }[] = [
  {
    title: 'a conflict between versions',
    steps: [
      ['apply', 'v1', 'one', { max: 5, cpu: 50 }, 201, ['one Apply v1: .maxReplicas .targetCPUUtilizationPercentage']],
      [
        'apply',
        'v2',
        'two',
        { max: 6, cpu: 60 },
        409,
        ['conflict with "one": .spec.maxReplicas', 'conflict with "one": .spec.targetCPUUtilizationPercentage'],
      ],
      ['force', 'v2', 'two', { max: 6, cpu: 60 }, 200, ['two Apply v2: .maxReplicas .metrics']],
    ],
    spec: { maxReplicas: 6, minReplicas: 1, targetCPUUtilizationPercentage: 60 },
  },
  {
    title: 'a conflict of the other direction',
    steps: [
      ['apply', 'v2', 'one', { max: 5, cpu: 50 }, 201, ['one Apply v2: .maxReplicas .metrics']],
      ['apply', 'v1', 'two', { max: 5, cpu: 60 }, 409, ['conflict with "one": .spec.metrics']],
      [
        'force',
        'v1',
        'two',
        { max: 5, cpu: 60 },
        200,
        ['one Apply v2: .maxReplicas', 'two Apply v1: .maxReplicas .targetCPUUtilizationPercentage'],
      ],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 60 },
  },
  {
    title: 'equal values',
    steps: [
      ['apply', 'v1', 'one', { max: 5, cpu: 50 }, 201, ['one Apply v1: .maxReplicas .targetCPUUtilizationPercentage']],
      [
        'apply',
        'v2',
        'two',
        { max: 5, cpu: 50 },
        200,
        ['one Apply v1: .maxReplicas .targetCPUUtilizationPercentage', 'two Apply v2: .maxReplicas .metrics'],
      ],
      ['apply', 'v1', 'one', { max: 5 }, 200, ['one Apply v1: .maxReplicas', 'two Apply v2: .maxReplicas .metrics']],
      ['apply', 'v2', 'three', { max: 5, cpu: 70 }, 409, ['conflict with "two": .spec.metrics']],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 50 },
  },
  {
    title: 'one manager in both versions',
    steps: [
      ['apply', 'v1', 'one', { max: 5, cpu: 50 }, 201, ['one Apply v1: .maxReplicas .targetCPUUtilizationPercentage']],
      ['apply', 'v2', 'one', { max: 5, cpu: 50, min: 2 }, 200, ['one Apply v2: .maxReplicas .metrics .minReplicas']],
      ['apply', 'v1', 'one', { max: 5, cpu: 50 }, 200, ['one Apply v1: .maxReplicas .targetCPUUtilizationPercentage']],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 50 },
  },
  {
    title: 'one manager that changes and moves',
    steps: [
      [
        'apply',
        'v1',
        'one',
        { max: 5, cpu: 50, min: 2 },
        201,
        ['one Apply v1: .maxReplicas .minReplicas .targetCPUUtilizationPercentage'],
      ],
      ['apply', 'v2', 'one', { max: 5, cpu: 70 }, 200, ['one Apply v2: .maxReplicas .metrics']],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 70 },
  },
  {
    title: 'an update, then an apply',
    steps: [
      [
        'create',
        'v1',
        'upd',
        { max: 5, cpu: 50 },
        201,
        ['upd Update v1: .maxReplicas .minReplicas .targetCPUUtilizationPercentage'],
      ],
      [
        'apply',
        'v2',
        'two',
        { max: 5, cpu: 60 },
        409,
        ['conflict with "upd" using example.com/v1: .spec.targetCPUUtilizationPercentage'],
      ],
      [
        'force',
        'v2',
        'two',
        { max: 5, cpu: 60 },
        200,
        ['two Apply v2: .maxReplicas .metrics', 'upd Update v1: .maxReplicas .minReplicas'],
      ],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 60 },
  },
  {
    title: 'an apply, then a patch',
    steps: [
      ['apply', 'v2', 'one', { max: 5, cpu: 50 }, 201, ['one Apply v2: .maxReplicas .metrics']],
      [
        'merge',
        'v1',
        'upd',
        { cpu: 70 },
        200,
        ['one Apply v2: .maxReplicas', 'upd Update v1: .targetCPUUtilizationPercentage'],
      ],
      [
        'apply',
        'v2',
        'one',
        { max: 5, cpu: 50 },
        409,
        ['conflict with "upd" using example.com/v1: .spec.targetCPUUtilizationPercentage'],
      ],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 70 },
  },
  {
    title: 'a patch of another field',
    steps: [
      ['apply', 'v2', 'one', { max: 5, cpu: 50 }, 201, ['one Apply v2: .maxReplicas .metrics']],
      ['merge', 'v1', 'upd', { max: 7 }, 200, ['one Apply v2: .metrics', 'upd Update v1: .maxReplicas']],
    ],
    spec: { maxReplicas: 7, minReplicas: 1, targetCPUUtilizationPercentage: 50 },
  },
  {
    title: 'updates in both versions',
    steps: [
      [
        'create',
        'v1',
        'upd',
        { max: 5, cpu: 50 },
        201,
        ['upd Update v1: .maxReplicas .minReplicas .targetCPUUtilizationPercentage'],
      ],
      ['merge', 'v2', 'upd', { cpu: 60 }, 200, ['upd Update v1: .maxReplicas .minReplicas', 'upd Update v2: .metrics']],
      [
        'merge',
        'v1',
        'upd',
        { cpu: 70 },
        200,
        ['upd Update v1: .maxReplicas .minReplicas .targetCPUUtilizationPercentage'],
      ],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 70 },
  },
  {
    title: 'a field kept for the other version',
    steps: [
      [
        'apply',
        'v1',
        'one',
        { max: 5, cpu: 50, min: 2 },
        201,
        ['one Apply v1: .maxReplicas .minReplicas .targetCPUUtilizationPercentage'],
      ],
      [
        'apply',
        'v2',
        'two',
        { max: 5, min: 2, cpu: 50 },
        200,
        [
          'one Apply v1: .maxReplicas .minReplicas .targetCPUUtilizationPercentage',
          'two Apply v2: .maxReplicas .metrics .minReplicas',
        ],
      ],
      [
        'apply',
        'v1',
        'one',
        { max: 5 },
        200,
        ['one Apply v1: .maxReplicas', 'two Apply v2: .maxReplicas .metrics .minReplicas'],
      ],
      [
        'apply',
        'v2',
        'two',
        { max: 5, cpu: 50 },
        200,
        ['one Apply v1: .maxReplicas', 'two Apply v2: .maxReplicas .metrics'],
      ],
    ],
    spec: { maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 50 },
  },
];

const common = { maxReplicas: { type: 'integer' }, minReplicas: { type: 'integer', default: 1 } } as const;
const schemaOf = (properties: NonNullable<Schema['properties']>): Schema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties: { ...common, ...properties } } },
});
const V1_SCHEMA = schemaOf({ targetCPUUtilizationPercentage: { type: 'integer' } });
const V2_SCHEMA = schemaOf({
  metrics: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
});

const metricsOf = (cpu: number): object[] => [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } },
];

const NAMES = { kind: 'Scaler', plural: 'scalers', namespaced: true } as const;
// The functions accept objects in which fields are missing, as conversions must.
const V2: CustomResourceDefinition<any> = {
  ...NAMES,
  schema: V2_SCHEMA,
  conversion: {
    storedVersion: 'v1',
    fromStored: ({ spec = {}, ...rest }: any) => {
      const { targetCPUUtilizationPercentage: cpu, ...same } = spec;
      return { ...rest, spec: { ...same, ...(cpu === undefined ? {} : { metrics: metricsOf(cpu) }) } };
    },
    toStored: ({ spec = {}, ...rest }) => {
      const { metrics, ...same } = spec;
      const cpu = metrics?.[0]?.resource?.target?.averageUtilization;
      return { ...rest, spec: { ...same, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) } };
    },
  },
};

function specOf(version: 'v1' | 'v2', { max, min, cpu }: Wanted): object {
  return {
    ...(max === undefined ? {} : { maxReplicas: max }),
    ...(min === undefined ? {} : { minReplicas: min }),
    ...(cpu === undefined
      ? {}
      : version === 'v1'
        ? { targetCPUUtilizationPercentage: cpu }
        : { metrics: metricsOf(cpu) }),
  };
}

const MEDIA_TYPES = {
  apply: 'application/apply-patch+yaml',
  force: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  create: 'application/json',
} as const;

function managersIn({ metadata }: any): string[] {
  return metadata.managedFields
    .map(({ manager, operation, apiVersion, fieldsV1 }: any) => {
      const fields = Object.keys(fieldsV1['f:spec'] ?? {}).filter((name) => name !== '.');
      const names = fields.map((name) => name.replace('f:', '.')).toSorted();
      return `${manager} ${operation} ${apiVersion.replace(/.*\//, '')}: ${names.join(' ')}`.trim();
    })
    .toSorted();
}

describe('field managers of one object in two versions', () => {
  for (const { title, steps, spec } of SCENARIOS) {
    it(`own fields as in a kube-apiserver: ${title}`, async () => {
      const store = memoryStore();
      const server = testServer({
        apis: [
          { group: 'example.com', version: 'v1', resources: [resource({ ...NAMES, schema: V1_SCHEMA }, store)] },
          { group: 'example.com', version: 'v2', resources: [resource(V2, store)] },
        ],
      });
      try {
        for (const [method, version, manager, wanted, code, expected] of steps) {
          const collection = `/apis/example.com/${version}/namespaces/default/scalers`;
          const whole = { apiVersion: `example.com/${version}`, kind: 'Scaler', metadata: { name: 'a' } };
          const query = `fieldManager=${manager}${method === 'force' ? '&force=true' : ''}`;
          const response = await server.request(`${collection}${method === 'create' ? '' : '/a'}?${query}`, {
            method: method === 'create' ? 'POST' : 'PATCH',
            headers: { 'Content-Type': MEDIA_TYPES[method] },
            body: JSON.stringify({ ...(method === 'merge' ? {} : whole), spec: specOf(version, wanted) }),
          });
          const body: any = await response.json();
          const conflicts = (): string[] =>
            body.details.causes.map(({ message, field }: any) => `${message}: ${field}`).toSorted();
          expect([response.status, response.status === 409 ? conflicts() : managersIn(body)]).to.deep.equal([
            code,
            expected,
          ]);
        }
        const response = await server.request('/apis/example.com/v1/namespaces/default/scalers/a');
        expect(((await response.json()) as any).spec).to.deep.equal(spec);
      } finally {
        await server.close();
      }
    });
  }
});

describe('an apply through a conversion that needs all fields', () => {
  const conversion = {
    storedVersion: 'v1',
    fromStored: ({ spec }: any) => ({ spec: { name: { short: spec.title.trim() } } }),
    toStored: ({ spec }: any) => ({ spec: { title: spec.name.short.trim() } }),
  };
  const start = () => {
    const store = memoryStore();
    return testServer({
      apis: [
        { group: 'example.com', version: 'v1', resources: [resource(NAMES, store)] },
        { group: 'example.com', version: 'v2', resources: [resource<any>({ ...NAMES, conversion }, store)] },
      ],
    });
  };

  it('keeps the fields of a manager that moves to another version', async () => {
    const server = start();
    const apply = async (version: string, spec: object): Promise<any> => {
      const response = await server.request(
        `/apis/example.com/${version}/namespaces/default/scalers/a?fieldManager=one`,
        {
          method: 'PATCH',
          headers: { 'Content-Type': 'application/apply-patch+yaml' },
          body: JSON.stringify({
            apiVersion: `example.com/${version}`,
            kind: 'Scaler',
            metadata: { name: 'a', namespace: 'default' },
            spec,
          }),
        },
      );
      const body: any = await response.json();
      return [response.status, body.spec];
    };
    try {
      expect(await apply('v1', { title: 'A' })).to.deep.equal([201, { title: 'A' }]);
      expect(await apply('v2', { name: { short: 'B' } })).to.deep.equal([200, { name: { short: 'B' } }]);
      expect(await apply('v1', { title: 'C' })).to.deep.equal([200, { title: 'C' }]);
    } finally {
      await server.close();
    }
  });
});
