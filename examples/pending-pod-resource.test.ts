import { deepEqual } from 'node:assert/strict';
import { fakeInformer, pod, testServer, type TestTable } from 'kubefacet/testing';
import { pendingPodResource } from './pending-pod-resource.ts';

it('prints the reason of each pending pod', async () => {
  const pods = fakeInformer(pod('shop/web', { phase: 'Pending' }), pod('shop/db', { phase: 'Running' }));
  await using server = testServer({ resources: [pendingPodResource(pods)] });

  const table = await server.json<TestTable>('/apis/example.com/v1/pendingpods', {
    headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });

  deepEqual(
    table.columnDefinitions.map(({ name }) => name),
    ['Name', 'Node', 'Reason', 'Age'],
  );
  deepEqual(
    table.rows.map(({ cells, object }) => [object.metadata.namespace, cells[0], cells[2]]),
    [['shop', 'web', 'Waiting']],
  );
});
