/** Tests of the example projections of a real cluster. Compares them with the output of kubectl. Needs a controller manager. */
import { expect } from 'chai';
import { withoutNulls } from '../../src/informers/nulls.ts';
import type { V1Node, V1Pod, V1ReplicaSet } from '../../src/informers/index.ts';
import { parseQuantity } from '../../src/projections/index.ts';
import { expectedNodeLoads, expectedPodsOfWorkloads } from '../examples/expected.ts';
import { type DemoServer, demoServer } from './demo-server.ts';
import { CRASHING, NAMESPACE, node, NODE_A, NODE_B, RUNNING, workloads } from './examples-objects.ts';
import { RunningKubectl, recreateNamespace } from './kubectl.ts';

interface Row {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: unknown;
  readonly status: unknown;
}
interface NodeLoad extends Row {
  readonly status: {
    readonly podsByPhase: Readonly<Record<string, number>>;
    readonly requested: { readonly pods: number; readonly cpu: string; readonly memory: string };
    readonly percent: { readonly cpu: number; readonly memory: number };
  };
}
interface CombinedPod extends Row {
  readonly node?: {
    readonly name: string;
    readonly zone: string;
    readonly instanceType: string;
    readonly ready: string;
  };
}
interface Workload extends Row {
  readonly spec: { readonly kind: string; readonly name: string };
  readonly status: {
    readonly wanted: number;
    readonly ready: number;
    readonly pods: number;
    readonly restarts: number;
    readonly reason?: string;
  };
}

describe('the examples behind a real aggregator', () => {
  let kubeConfig: string;
  let run: DemoServer['run'];
  let apply: DemoServer['apply'];
  const inNamespace = (...args: string[]): Promise<string> => run('-n', NAMESPACE, ...args);
  const listed = async <T>(...what: string[]): Promise<T[]> =>
    (JSON.parse(await inNamespace('get', ...what, '-o', 'json')) as { items: T[] }).items;
  const until = (row: string, path: string, value: string | number): Promise<string> =>
    inNamespace('wait', `--for=jsonpath={${path}}=${value}`, row, '--timeout=120s');
  const setStatus = (pod: string, status: object): Promise<string> =>
    inNamespace('patch', 'pod', pod, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
  /** The names of the pods with a label, when there are enough of them. */
  const podsOf = async (app: string, count: number): Promise<string[]> => {
    for (let tries = 0; tries < 600; tries++) {
      const names = (await inNamespace('get', 'pods', '-l', app, '-o', 'name'))
        .split('\n')
        .filter((name) => name !== '');
      if (names.length === count) return names.map((name) => name.replace('pod/', ''));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`expected ${count} pods with ${app}`);
  };
  let crashing = '';

  before(async function () {
    const demo = await demoServer();
    if (demo === undefined) return this.skip();
    ({ kubeConfig, run, apply } = demo);
    await recreateNamespace(kubeConfig, NAMESPACE);
    await inNamespace('wait', '--for=create', 'serviceaccount/default', '--timeout=120s');
    await apply(
      node(NODE_A, 'east', { cpu: '4', memory: '8Gi', pods: '110' }),
      node(NODE_B, 'west', { cpu: '3920m', memory: '16277212Ki', pods: '10' }),
    );
    await apply(...workloads);
    const [first = '', second = ''] = await podsOf('app=web', 2);
    crashing = second;
    await setStatus(first, RUNNING);
    await setStatus(crashing, CRASHING);
    for (const app of ['app=web-set', 'app=lone', 'job-name=backup'])
      for (const name of await podsOf(app, 1)) await setStatus(name, RUNNING);
    await setStatus('alone', RUNNING);
    await setStatus('done', { phase: 'Succeeded' });
    await until('workload/deployment-web', '.status.restarts', 5);
    await until('workload/pod-done', '.status.wanted', 1);
    await until(`nload/${NODE_B}`, '.status.podsByPhase.Succeeded', 1);
    await until(`nload/${NODE_B}`, '.status.podsByPhase.Running', 3);
  });

  after(async () => {
    if (run === undefined) return;
    await run('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false');
    await run('delete', 'node', NODE_A, NODE_B, '--ignore-not-found');
  });

  it('shows the same loads in nodeloads as kubectl describe node', async () => {
    for (const name of [NODE_A, NODE_B]) {
      const { status } = JSON.parse(await run('get', 'nload', name, '-o', 'json')) as NodeLoad;
      const described = await run('describe', 'node', name);
      const of = (resource: string): string[] | undefined =>
        new RegExp(String.raw`^  ${resource} +(\S+) \((\d+)%\)`, 'm').exec(described)?.slice(1);
      expect(of('cpu'), described).to.deep.equal([status.requested.cpu, String(status.percent.cpu)]);
      const [memory = '', percent] = of('memory') ?? [];
      expect([parseQuantity(memory), percent]).to.deep.equal([
        parseQuantity(status.requested.memory),
        String(status.percent.memory),
      ]);
      expect(described).to.contain(`(${status.requested.pods} in total)`);
    }
  });

  it('adds up the pods in nodeloads', async () => {
    const pods = (JSON.parse(await run('get', 'pods', '-A', '-o', 'json')) as { items: V1Pod[] }).items;
    const wanted = expectedNodeLoads(pods, await listed<V1Node>('nodes'));
    const rows = await listed<NodeLoad>('nload');
    expect(rows.map(({ metadata }) => metadata.name)).to.deep.equal([...wanted.keys()]);
    for (const { metadata, status } of rows) {
      expect(status.podsByPhase).to.deep.equal(wanted.get(metadata.name)?.podsByPhase);
      expect(status.requested.pods).to.equal(wanted.get(metadata.name)?.pods);
    }
    const table = await run('get', 'nload', '-o', 'wide');
    expect(table).to.match(/^NAME +PODS +CPU +CPU% +MEMORY +MEMORY% +RUNNING +PENDING .* MEMORY-ALLOCATABLE +AGE/);
    expect(table).to.match(new RegExp(`^${NODE_A} +3/110 +501m +12 +134217729 +1 +3 +0 `, 'm'));
  });

  it('lists the pods with their nodes as combinedpods', async () => {
    // The API server sends null for absent times of conditions. Informers drop fields that are null.
    const [pods, nodes, rows] = [
      (await listed<V1Pod>('pods')).map((one) => withoutNulls(one)),
      await listed<V1Node>('nodes'),
      await listed<CombinedPod>('cpod'),
    ];
    expect(rows.map(({ metadata }) => metadata.name)).to.deep.equal(pods.map(({ metadata }) => metadata?.name));
    rows.forEach(({ metadata, spec, status, node: on }, at) => {
      expect(metadata.labels).to.deep.equal(pods[at]?.metadata?.labels);
      expect(spec).to.deep.equal(pods[at]?.spec);
      expect(status).to.deep.equal(pods[at]?.status);
      const there = nodes.find((each) => each.metadata?.name === pods[at]?.spec?.nodeName);
      expect(on?.zone).to.equal(there?.metadata?.labels?.['topology.kubernetes.io/zone']);
      expect(on?.instanceType).to.equal(there?.metadata?.labels?.['node.kubernetes.io/instance-type']);
    });
    const selected = await inNamespace('get', 'cpod', '--field-selector', 'node.zone=east', '-o', 'name');
    expect(selected.trim().split('\n')).to.have.length(3);
  });

  it('updates combinedpods when their node changes', async () => {
    await run('label', 'node', NODE_A, 'topology.kubernetes.io/zone=north', '--overwrite');
    await until('cpod/alone', '.node.zone', 'north');
    await run('label', 'node', NODE_A, 'topology.kubernetes.io/zone=east', '--overwrite');
    await until('cpod/alone', '.node.zone', 'east');
    const setReady = (status: string): Promise<string> => {
      const patch = JSON.stringify({ status: { conditions: [{ type: 'Ready', status }] } });
      return run('patch', 'node', NODE_A, '--subresource=status', '--type=merge', '-p', patch);
    };
    await setReady('False');
    await until('cpod/alone', '.node.ready', 'False');
    await setReady('True');
    await until('cpod/alone', '.node.ready', 'True');
  });

  it('lists each pod once in workloads, under its controller', async () => {
    const wanted = expectedPodsOfWorkloads(await listed<V1Pod>('pods'), await listed<V1ReplicaSet>('replicasets'));
    const rows = await listed<Workload>('workloads');
    const shown = rows.map(({ metadata, status }) => [`${NAMESPACE}/${metadata.name}`, status.pods] as const);
    expect(shown.filter(([, pods]) => pods > 0)).to.deep.equal(
      Array.from(wanted, ([key, pods]) => [key, pods.length]).toSorted(),
    );
    const text = rows.map(
      ({ spec, status: { ready, wanted, restarts, reason } }) =>
        `${spec.kind} ${spec.name} ${ready}/${wanted} ${restarts} ${reason ?? ''}`,
    );
    expect(text).to.deep.equal([
      'DaemonSet agent 0/0 0 ',
      'Deployment web 1/2 5 CrashLoopBackOff',
      'Job backup 1/1 1 ',
      'Pod alone 1/1 1 ',
      'Pod done 0/1 0 ',
      'ReplicaSet lone 1/1 1 ',
      'StatefulSet web 1/1 1 ',
    ]);
  });

  it('updates workloads when a Deployment replaces its ReplicaSet, in a running get -w', async () => {
    const watch = new RunningKubectl(kubeConfig, ['-n', NAMESPACE, 'get', 'workloads', '-w']);
    try {
      await watch.prints(/deployment-web +Deployment +1\/2 +5 +CrashLoopBackOff/);
      await setStatus(crashing, RUNNING);
      await watch.prints(/deployment-web +Deployment +2\/2 +2 +<none>/);
      await inNamespace('scale', 'deployment/web', '--replicas=3');
      await watch.prints(/deployment-web +Deployment +2\/3 +2 +Pending/);
      // A changed template makes a new ReplicaSet.
      await inNamespace('set', 'env', 'deployment/web', 'RELEASE=2');
      await until('workload/deployment-web', '.status.pods', 4);
    } finally {
      watch.stop();
    }
  });

  it('removes a workload when its Deployment and pods are deleted', async () => {
    await inNamespace('delete', 'deployment/web', '--wait=false');
    await inNamespace('wait', '--for=delete', 'workload/deployment-web', '--timeout=120s');
    expect(await inNamespace('get', 'workloads', '-o', 'name'))
      .to.contain('statefulset-web')
      .and.not.contain('deployment-web');
  });

  it('adds up the pods of the namespace in namespaceloads', async () => {
    const row = JSON.parse(await run('get', 'nsload', NAMESPACE, '-o', 'json')) as NodeLoad & {
      status: { pods: number };
    };
    expect(row.status.pods).to.equal((await listed('pods')).length);
    // web-0, lone, backup and alone. The pod `done` has finished.
    expect([row.status.requested.cpu, row.status.requested.memory]).to.deep.equal(['3101m', '3321225473']);
  });
});
