import { expect } from 'chai';
import type { V1Pod } from 'kubefacet/informers';
import { fakeInformer, pod, testServer } from 'kubefacet/testing';
import { podSizes } from './pod-sizes.ts';

const PATH = '/apis/example.com/v1/podsizes';

function podWithRequests(key: string, node: string, ...requests: { cpu?: string; memory?: string }[]): V1Pod {
  const containers = requests.map((each, i) => ({ name: `c${i}`, resources: { requests: each } }));
  return { ...pod(key, { node }), spec: { nodeName: node, containers } };
}

const pods = () =>
  fakeInformer(
    podWithRequests('shop/web', 'n1', { cpu: '250m', memory: '512Mi' }, { cpu: '1', memory: '0.5Gi' }),
    podWithRequests('shop/db', 'n2', { memory: '1500' }),
  );

it('shows the sum of the requests of all containers', async () => {
  await using server = testServer({ resources: [podSizes(pods())] });
  const headers = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const { rows } = await server.json<{ rows: { cells: unknown[] }[] }>(PATH, { headers });
  expect(rows.map(({ cells }) => cells.slice(0, 4))).to.deep.equal([
    ['db', '0', '1500', 'n2'],
    ['web', '1250m', '1Gi', 'n1'],
  ]);
});

it('can be selected by its node', async () => {
  await using server = testServer({ resources: [podSizes(pods())] });
  const { items } = await server.json<{ items: { metadata: { name: string } }[] }>(
    `${PATH}?fieldSelector=spec.nodeName%3Dn1`,
  );
  expect(items.map(({ metadata }) => metadata.name)).to.deep.equal(['web']);
});

it('describes its fields', async () => {
  await using server = testServer({ resources: [podSizes(pods())] });
  const document = await server.json('/openapi/v3/apis/example.com/v1');
  expect(document).to.have.nested.property(
    'components.schemas.com\\.example\\.v1\\.PodSize.properties.status.properties.cpu.description',
    'The sum over all containers, such as 250m.',
  );
});
