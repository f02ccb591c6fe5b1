/** The Tables of the examples, which kubectl prints. */
import { expect } from 'chai';
import { demoResources } from '../../examples/demo-resources.ts';
import type { V1Deployment, V1Pod, V1ReplicaSet, V1StatefulSet, V1DaemonSet } from '../../src/informers/index.ts';
import {
  controlledBy,
  deployment,
  fakeInformer,
  type InProcessServer,
  namespace,
  node,
  pod,
  replicaSet,
  type TestTable,
  testServer,
} from '../../src/testing/index.ts';

const AS_TABLE = { headers: { Accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } };

const web = deployment('shop/web', { uid: 'web', replicas: 2 });
const webSet = replicaSet('shop/web-1', { uid: 'web-1', ownerReferences: [controlledBy(web)] });
const webPod: V1Pod = {
  ...pod('shop/web-1-x', { ownerReferences: [controlledBy(webSet)] }),
  spec: {
    nodeName: 'n1',
    containers: [{ name: 'app', resources: { requests: { cpu: '250m', memory: '1Gi' } } }],
  },
  status: {
    phase: 'Running',
    podIP: '10.0.0.1',
    containerStatuses: [
      {
        name: 'app',
        image: 'nginx',
        imageID: '',
        ready: false,
        restartCount: 7,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
      },
    ],
  },
};

describe('the tables of the examples', () => {
  let server: InProcessServer;
  before(() => {
    server = testServer({
      resources: demoResources({
        pods: fakeInformer<V1Pod>(webPod, pod('shop/new')),
        nodes: fakeInformer(
          node('n1', {
            zone: 'a',
            ready: true,
            capacity: { cpu: '4', memory: '4Gi', pods: '110' },
            labels: { 'node.kubernetes.io/instance-type': 'large' },
          }),
          node('n2'),
        ),
        namespaces: fakeInformer(namespace('shop')),
        deployments: fakeInformer<V1Deployment>(web),
        replicaSets: fakeInformer<V1ReplicaSet>(webSet),
        statefulSets: fakeInformer<V1StatefulSet>(),
        daemonSets: fakeInformer<V1DaemonSet>(),
      }),
    });
  });
  after(() => server.close());

  const cases = [
    {
      plural: 'combinedpods',
      columns: ['Name', 'Ready', 'Status', 'Restarts', 'Node', 'Zone', 'Node-Ready', 'Age'],
      wide: ['IP', 'Instance-Type'],
      rows: [
        ['new', '0/1', 'Pending', 0, '<none>', '<none>', '<none>', '<none>', '<none>'],
        ['web-1-x', '0/1', 'CrashLoopBackOff', 7, 'n1', 'a', 'True', '10.0.0.1', 'large'],
      ],
    },
    {
      plural: 'nodeloads',
      columns: ['Name', 'Pods', 'CPU', 'CPU%', 'Memory', 'Memory%', 'Age'],
      wide: ['Running', 'Pending', 'Succeeded', 'Failed', 'CPU-Allocatable', 'Memory-Allocatable'],
      rows: [
        ['n1', '1/110', '250m', 6, '1Gi', 25, 1, 0, 0, 0, '4', '4Gi'],
        ['n2', '0/0', '0', 0, '0', 0, 0, 0, 0, 0, '0', '0'],
      ],
    },
    {
      plural: 'namespaceloads',
      columns: ['Name', 'Pods', 'Running', 'Restarts', 'CPU', 'Memory', 'Age'],
      wide: ['Pending', 'Succeeded', 'Failed', 'Status'],
      rows: [['shop', 2, 1, 7, '250m', '1Gi', 1, 0, 0, 'Active']],
    },
    {
      plural: 'workloads',
      columns: ['Name', 'Kind', 'Ready', 'Restarts', 'Reason', 'Age'],
      wide: ['Workload', 'Pods'],
      rows: [
        ['deployment-web', 'Deployment', '0/2', 7, 'CrashLoopBackOff', 'web', 1],
        ['pod-new', 'Pod', '0/1', 0, 'Pending', 'new', 1],
      ],
    },
  ];

  for (const { plural, columns, wide, rows } of cases) {
    it(`have a summary of ${plural}, and more columns with -o wide`, async () => {
      const table = await server.json<TestTable>(`/apis/example.com/v1/${plural}`, AS_TABLE);
      const named = (priority: number): string[] =>
        table.columnDefinitions.filter((column) => column.priority === priority).map(({ name }) => name);
      expect(named(0)).to.deep.equal(columns);
      expect(named(1)).to.deep.equal(wide);
      // The age depends on the day of the test.
      const cells = table.rows.map((row) => row.cells.filter((_, at) => table.columnDefinitions[at]?.name !== 'Age'));
      expect(cells).to.deep.equal(rows);
    });
  }

  const selections = [
    ['combinedpods?fieldSelector=node.zone=a', ['web-1-x']],
    ['combinedpods?fieldSelector=spec.nodeName=', ['new']],
    ['workloads?fieldSelector=spec.kind=Deployment', ['deployment-web']],
    ['workloads?fieldSelector=status.reason=CrashLoopBackOff', ['deployment-web']],
    ['namespaceloads?fieldSelector=status.phase!=Active', []],
  ] as const;
  for (const [path, names] of selections) {
    it(`are filtered by the selector of ${path}`, async () => {
      const { items } = await server.json<{ items: { metadata: { name: string } }[] }>(`/apis/example.com/v1/${path}`);
      expect(items.map(({ metadata }) => metadata.name)).to.deep.equal(names);
    });
  }
});
