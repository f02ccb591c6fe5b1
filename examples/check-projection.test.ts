import fc from 'fast-check';
import { checkProjection, node, pod } from 'kubefacet/testing';
import { podZones } from './pod-zones.ts';

const pods = fc
  .record({ name: fc.constantFrom('a', 'b'), node: fc.constantFrom('n1', 'n2') })
  .map(({ name, node: nodeName }) => pod(`shop/${name}`, { node: nodeName }));
const nodes = fc
  .record({ name: fc.constantFrom('n1', 'n2'), zone: fc.constantFrom('x', 'y') })
  .map(({ name, zone }) => node(name, { zone }));

it('shows the right zones after any history', async function () {
  this.timeout(60_000);
  await checkProjection(podZones, [pods, nodes]);
});
