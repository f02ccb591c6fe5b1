/** A complete server in one file, for `kubefacet serve`: the node and the phase of each pod. */
import { filter, identity, kubefacet, map, resource } from 'kubefacet';

export default kubefacet(({ informers }) => {
  const places = informers.pods.pipe(
    filter((pod) => pod.spec?.nodeName !== undefined),
    map((pod) => ({ metadata: identity(pod), node: pod.spec?.nodeName, phase: pod.status?.phase })),
  );
  const podPlaces = resource(
    {
      kind: 'PodPlace',
      plural: 'podplaces',
      namespaced: true,
      columns: [
        { name: 'Node', type: 'string', value: ({ node }) => node },
        { name: 'Phase', type: 'string', value: ({ phase }) => phase },
      ],
    },
    places,
  );
  return { apis: [{ group: 'docs.example.org', version: 'v1', resources: [podPlaces] }] };
});
