/** The server of the running pods: `kubefacet serve examples/definition.ts`. */
import { kubefacet, resource } from 'kubefacet';
import { runningPods } from './running-pods.ts';

export default kubefacet(({ informers }) => {
  const runningPodResource = resource(
    {
      kind: 'RunningPod',
      plural: 'runningpods',
      shortNames: ['rpod'],
      namespaced: true,
      columns: [{ name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName }],
      selectableFields: ['spec.nodeName'],
    },
    runningPods(informers.pods),
  );
  return { apis: [{ group: 'example.com', version: 'v1', resources: [runningPodResource] }] };
});
