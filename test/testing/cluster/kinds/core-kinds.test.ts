import { expect } from 'chai';

import { bookmarkObject } from '../../../../src/server/wire/watch-frames.ts';
import { coreKinds } from '../../../../src/testing/cluster/kinds/core-kinds.ts';
import { apiVersionOf, resourceNameOf } from '../../../../src/testing/cluster/kinds/resource-kind.ts';
import type { CompleteObject } from '../../../../src/server/wire/writes/complete-object.ts';
import { testCluster } from '../support/without-socket.ts';

const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };

/** Returns the cells of the only object of a kind by column, including the wide ones. */
const cells = async (resource: string, path: string, object: object): Promise<Record<string, unknown>> => {
  const { store, call, clock } = testCluster();
  store.create(resource, { metadata: { name: 'x' }, ...object });
  clock.advance(120_000);
  const { body } = await call('GET', path, TABLE);
  const row = body.rows.find(
    ({ object: { metadata } }: { object: { metadata: { name: string } } }) => metadata.name === 'x',
  );
  return Object.fromEntries(
    body.columnDefinitions.map(({ name }: { name: string }, index: number) => [name, row.cells[index]]),
  );
};

describe('coreKinds', () => {
  it('have unique names and short names', () => {
    const names = coreKinds.map(resourceNameOf);
    expect(new Set(names).size).to.equal(names.length);
    const shortNames = coreKinds.flatMap(({ shortNames: some = [] }) => some);
    expect(new Set(shortNames).size).to.equal(shortNames.length);
  });

  for (const kind of coreKinds) {
    it(`show ${kind.kind} objects and bookmarks without fields in a Table`, () => {
      const bookmark = bookmarkObject({
        apiVersion: apiVersionOf(kind),
        kind: kind.kind,
        resourceVersion: '1',
      }) as CompleteObject;
      const bare = { ...bookmark, metadata: { ...bookmark.metadata, name: 'x' } };
      const columns = typeof kind.columns === 'function' ? kind.columns(0) : (kind.columns ?? []);
      for (const column of columns) {
        for (const object of [bookmark, bare]) expect(() => column.value(object), column.name).not.to.throw();
      }
    });
  }

  it('show nodes as kubectl does', async () => {
    const node = {
      metadata: {
        name: 'x',
        labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: {
          kubeletVersion: 'v1.36.0',
          osImage: 'Debian',
          kernelVersion: '6.1',
          containerRuntimeVersion: 'containerd://2',
        },
      },
    };
    expect(await cells('nodes', '/api/v1/nodes', node)).to.deep.equal({
      Name: 'x',
      Status: 'Ready,SchedulingDisabled',
      Roles: 'control-plane,worker',
      Age: '2m',
      Version: 'v1.36.0',
      'Internal-IP': '10.0.0.1',
      'External-IP': '<none>',
      'OS-Image': 'Debian',
      'Kernel-Version': '6.1',
      'Container-Runtime': 'containerd://2',
    });
    expect(await cells('nodes', '/api/v1/nodes', {})).to.deep.include({ Status: 'Unknown', Roles: '<none>' });
  });

  it('show deployments, jobs and services as kubectl does', async () => {
    const template = { spec: { containers: [{ name: 'c', image: 'i' }] } };
    const deployment = {
      spec: { replicas: 3, selector: { matchLabels: { a: 'b' } }, template },
      status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
    };
    expect(await cells('deployments.apps', '/apis/apps/v1/deployments', deployment)).to.deep.equal({
      Name: 'x',
      Ready: '1/3',
      'Up-to-date': 2,
      Available: 1,
      Age: '2m',
      Containers: 'c',
      Images: 'i',
      Selector: 'a=b',
    });
    const job = { spec: { completions: 2 }, status: { succeeded: 1, startTime: '2026-01-01T00:00:30Z' } };
    expect(await cells('jobs.batch', '/apis/batch/v1/jobs', job)).to.deep.include({
      Status: 'Running',
      Completions: '1/2',
      Duration: '90s',
    });
    const service = {
      spec: {
        clusterIP: '10.96.0.1',
        type: 'LoadBalancer',
        ports: [
          { port: 80, nodePort: 30080 },
          { port: 53, protocol: 'UDP' },
        ],
      },
    };
    expect(await cells('services', '/api/v1/services', service)).to.deep.include({
      Type: 'LoadBalancer',
      'External-IP': '<pending>',
      'Port(s)': '80:30080/TCP,53/UDP',
    });
  });

  it('show all requirements of the selector of a NetworkPolicy', async () => {
    const podSelector = {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'a'] }],
    };
    const policies = '/apis/networking.k8s.io/v1/networkpolicies';
    const { 'Pod-Selector': text } = await cells('networkpolicies.networking.k8s.io', policies, {
      spec: { podSelector },
    });
    expect(text).to.equal('app=web,tier in (a,b)');
  });

  for (const [resource, object, fields] of [
    [
      'pods',
      { spec: { nodeName: 'n1' }, status: { phase: 'Running' } },
      { 'spec.nodeName': 'n1', 'status.phase': 'Running', 'spec.hostNetwork': 'false' },
    ],
    ['nodes', {}, { 'spec.unschedulable': 'false' }],
    ['namespaces', {}, { 'status.phase': 'Active', 'metadata.name': 'x' }],
    ['secrets', { type: 'Opaque' }, { type: 'Opaque' }],
    [
      'events',
      { involvedObject: { kind: 'Pod', name: 'p' }, source: { component: 'kubelet' } },
      { 'involvedObject.name': 'p', source: 'kubelet' },
    ],
  ] as const) {
    it(`support field selectors: ${resource} by ${Object.keys(fields).join(', ')}`, async () => {
      const { store, call } = testCluster();
      store.create(resource, { metadata: { name: 'x' }, ...object });
      for (const [field, value] of Object.entries(fields)) {
        const found = async (operator: string): Promise<boolean> => {
          const { body } = await call(
            'GET',
            `/api/v1/${resource}?fieldSelector=${encodeURIComponent(`${field}${operator}${value}`)}`,
          );
          return body.items.some(({ metadata }: { metadata: { name: string } }) => metadata.name === 'x');
        };
        expect([await found('='), await found('!=')], field).to.deep.equal([true, false]);
      }
    });
  }
});
