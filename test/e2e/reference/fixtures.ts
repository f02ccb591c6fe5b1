/** The objects on the reference server during the comparison. Their names begin with `cmp-`, and they are removed afterwards. */

/** A write to the reference server. */
export interface Write {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
}

export const GROUP = 'wardle.example.com';
export const VERSION = 'v1';
export const BASE: string = `/apis/${GROUP}/${VERSION}`;
export const NAMESPACES: readonly string[] = ['cmp-a', 'cmp-b', 'cmp-big'];
export const RACKS = 'cmp-racks';

/** A cluster-scoped resource with selectable fields. The flunders of the reference server are namespaced and have no selectable fields. */
export const RACKS_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${RACKS}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Cluster',
    names: { plural: RACKS, singular: 'cmp-rack', kind: 'CmpRack', listKind: 'CmpRackList', categories: ['all'] },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        additionalPrinterColumns: [
          { name: 'Color', type: 'string', jsonPath: '.spec.color' },
          { name: 'Height', type: 'integer', jsonPath: '.spec.height', priority: 1, description: 'In units.' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.height' }, { jsonPath: '.spec.locked' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  color: { type: 'string' },
                  height: { type: 'integer' },
                  locked: { type: 'boolean' },
                },
              },
            },
          },
        },
      },
    ],
  },
};

const flunders = (namespace: string): string => `${BASE}/namespaces/${namespace}/flunders`;
const racks = `${BASE}/${RACKS}`;

const createFlunder = (
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>> | undefined,
  spec: object = { reference: `of ${name}` },
): Write => ({
  method: 'POST',
  path: flunders(namespace),
  body: {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'Flunder',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    spec,
  },
});

const createRack = (name: string, labels: Readonly<Record<string, string>>, spec: object): Write => ({
  method: 'POST',
  path: racks,
  body: { apiVersion: `${GROUP}/${VERSION}`, kind: 'CmpRack', metadata: { name, labels }, spec },
});

const merge = (path: string, body: unknown): Write => ({
  method: 'PATCH',
  path,
  body,
  contentType: 'application/merge-patch+json',
});

const remove = (path: string): Write => ({ method: 'DELETE', path });

/** Created before the server of kubefacet starts. */
export const BEFORE: readonly Write[] = [
  createFlunder('cmp-a', 'alpha', { app: 'web', tier: '1' }),
  createFlunder('cmp-a', 'beta', { app: 'web', tier: '2' }),
  createFlunder('cmp-a', 'gamma', { app: 'db', tier: '10', 'example.com/owner': 'me' }),
  createFlunder('cmp-a', 'delta', undefined, {}),
  createFlunder('cmp-b', 'alpha', { app: 'web' }, { reference: '<a> & "b" \u2028 ü', replicas: 3 }),
  createFlunder('cmp-b', 'zeta', { app: 'db' }),
  ...[1, 2, 3, 4].map((index) =>
    createFlunder('cmp-big', `big-${index}`, { size: 'big' }, { reference: 'lorem ipsum '.repeat(4000) }),
  ),
  createRack('one', { row: 'a' }, { color: 'red', height: 42, locked: true }),
  createRack('two', { row: 'a' }, { color: 'blue', height: 7, locked: false }),
  createRack('three', { row: 'b' }, { height: 42 }),
  createRack('upper.lower', { row: 'b' }, { color: 'a=b,c' }),
];

/** Written while the server of kubefacet watches, before the first request is compared. */
export const HISTORY: readonly Write[] = [
  merge(`${flunders('cmp-a')}/beta`, { spec: { reference: 'changed once' } }),
  merge(`${flunders('cmp-a')}/gamma`, { metadata: { labels: { app: 'web' } } }),
  createFlunder('cmp-a', 'gone', { app: 'web' }),
  merge(`${racks}/two`, { spec: { color: 'green' } }),
  merge(`${flunders('cmp-a')}/gone`, { metadata: { annotations: { note: 'last words' } } }),
  remove(`${flunders('cmp-a')}/gone`),
  merge(`${flunders('cmp-a')}/gamma`, { metadata: { labels: { app: 'db' } } }),
  merge(`${racks}/one`, { spec: { color: 'black' } }),
  merge(`${flunders('cmp-b')}/zeta`, { status: { phase: 'Ignored' }, spec: { replicas: 2 } }),
];

/** Written while watches are open. */
export const LIVE: readonly Write[] = [
  createFlunder('cmp-a', 'late', { app: 'web' }),
  merge(`${flunders('cmp-a')}/late`, { spec: { reference: 'changed' } }),
  merge(`${flunders('cmp-a')}/late`, { metadata: { labels: { app: 'db' } } }),
  merge(`${racks}/two`, { spec: { color: 'red' } }),
  merge(`${flunders('cmp-a')}/alpha`, { metadata: { labels: { app: 'db' } } }),
  merge(`${flunders('cmp-a')}/alpha`, { metadata: { labels: { app: 'web' } } }),
  merge(`${flunders('cmp-a')}/alpha`, { metadata: { labels: { app: 'web' } } }),
  createFlunder('cmp-b', 'late', { app: 'web' }),
  remove(`${flunders('cmp-a')}/late`),
  merge(`${racks}/two`, { spec: { color: 'green' } }),
  remove(`${racks}/one`),
  remove(`${flunders('cmp-b')}/late`),
];
