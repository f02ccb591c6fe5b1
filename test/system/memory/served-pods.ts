/** A module with one row for each pod. */
import { identity, kubefacet, map, resource } from 'kubefacet';

export default kubefacet(({ informers }) => {
  const rows = informers.pods.pipe(
    map((pod) => ({
      metadata: identity(pod),
      spec: { nodeName: pod.spec?.nodeName, images: pod.spec?.containers.map(({ image }) => image) },
      status: { podIP: pod.status?.podIP, phase: pod.status?.phase },
    })),
  );
  const definition = {
    kind: 'Row',
    plural: 'rows',
    namespaced: true,
    columns: [
      { name: 'Node', type: 'string', value: ({ spec }: { spec: { nodeName?: string | undefined } }) => spec.nodeName },
    ],
  } as const;
  return { apis: [{ group: 'example.com', version: 'v1', resources: [resource(definition, rows)] }] };
});
