/** Large objects as real clusters have them, up to 1.5 MiB, are written, in many turns of the event loop. */
import { expect } from 'chai';
import { CustomRig, task, TASK, TASKS } from './custom-rig.ts';

const range = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));
const uid = (index: number): string => `0a5b1f3e-7c1d-4c0e-9a53-${String(index).padStart(12, '0')}`;

/** A schema of an object, as controller-gen writes it. */
const schemaOf = (fields: number): object => ({
  type: 'object',
  properties: Object.fromEntries(
    range(fields, (index) => [
      `field${index}`,
      {
        type: 'string',
        description: `Field ${index} is the name of something, as it is described here in a sentence.`,
      },
    ]),
  ),
});

/** A pod as the API returns it: about 25 bytes for each value, which is the lowest of the pods and nodes of two real clusters. */
const pod = (index: number): object => ({
  metadata: {
    name: `web-${index}`,
    namespace: 'shop',
    uid: uid(index),
    labels: { app: 'web', tier: 'front', 'pod-template-hash': `${index}` },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: uid(1), controller: true }],
  },
  spec: {
    nodeName: `node-${index}`,
    containers: range(3, (container) => ({
      name: `c${container}`,
      image: `registry.example.com/shop/web:${container}`,
      env: range(5, (variable) => ({ name: `VARIABLE_${variable}`, value: `value ${variable}` })),
      ports: [{ containerPort: 8080, protocol: 'TCP' }],
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '1Gi' } },
    })),
  },
  status: { phase: 'Running', podIP: '10.0.0.1', conditions: range(4, (at) => ({ type: `T${at}`, status: 'True' })) },
});

const OBJECTS: readonly (readonly [title: string, spec: object])[] = [
  [
    'Endpoints with 5,000 addresses',
    {
      subsets: range(5, () => ({
        addresses: range(1000, (index) => ({
          ip: `10.0.${index >> 8}.${index & 255}`,
          nodeName: `node-${index}`,
          targetRef: { kind: 'Pod', namespace: 'shop', name: `web-${index}`, uid: uid(index) },
        })),
        ports: [{ port: 8080, protocol: 'TCP' }],
      })),
    },
  ],
  [
    'a ConfigMap with 20,000 keys',
    { data: Object.fromEntries(range(20_000, (index) => [`key-${index}`, 'some value'])) },
  ],
  ['a CRD with a schema of 4,500 fields', { versions: range(3, () => ({ schema: schemaOf(1500) })) }],
  ['a list of 550 pods', { pods: range(550, pod) }],
];

describe('a custom resource that receives large objects', () => {
  let rig: CustomRig;

  before(async () => {
    const schema = { type: 'object' as const, 'x-kubernetes-preserve-unknown-fields': true as const };
    rig = new CustomRig({ ...TASK, schema });
  });

  after(() => rig.close());

  /** Sends a request, and counts the turns of the event loop until the response. */
  const turnsOf = async (send: () => Promise<unknown>): Promise<number> => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await send();
    isOver = true;
    return turns;
  };

  for (const [index, [title, spec]] of OBJECTS.entries()) {
    it(`creates, patches and replaces ${title}, in several turns`, async () => {
      const body = JSON.stringify({ ...task(`large-${index}`), spec });
      expect(body.length).to.be.within(400_000, 1_572_864);
      const path = `${TASKS}/large-${index}`;
      const statuses: number[] = [];
      const send = async (...request: Parameters<CustomRig['send']>): Promise<void> => {
        const turns = await turnsOf(async () => statuses.push((await rig.send(...request)).status));
        expect(turns).to.be.at.least(4);
      };
      await send('POST', TASKS, body);
      const label = [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }];
      await send('PATCH', path, JSON.stringify(label), { 'Content-Type': 'application/json-patch+json' });
      const merge = JSON.stringify({ metadata: { labels: { c: 'd' } } });
      await send('PATCH', path, merge, { 'Content-Type': 'application/merge-patch+json' });
      const { body: current } = await rig.send('GET', path);
      await send('PUT', path, JSON.stringify({ ...current, metadata: { ...current.metadata, labels: {} } }));
      expect(statuses).to.deep.equal([201, 200, 200, 200]);
    });
  }
});
