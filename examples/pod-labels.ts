/** `podlabels`: the labels of pods. A write to a row changes the pod in the cluster, on behalf of the user of the request. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { type Identity, identity, map } from 'kubefacet/projections';
import { mergePatchOf, type Resource, resource, type WriteChange } from 'kubefacet/server';

/** Returns the patch that transfers a change of the row to the pod. */
function patchOfPod({ current, wanted }: WriteChange<{ metadata: Identity }>) {
  return { patch: { metadata: { labels: mergePatchOf(current.metadata.labels, wanted.metadata.labels) } } };
}

export function podLabels(pods: Collection<V1Pod>): Resource {
  return resource(
    {
      kind: 'PodLabels',
      plural: 'podlabels',
      singular: 'podlabels',
      shortNames: ['plabels'],
      namespaced: true,
      columns: [{ name: 'Phase', type: 'string', value: ({ status }) => status.phase }],
      // The server rejects changes of all other fields.
      write: { fields: ['metadata.labels'], patch: patchOfPod, replace: patchOfPod },
    },
    pods.pipe(map((pod) => ({ metadata: identity(pod), status: { phase: pod.status?.phase } }))),
  );
}
