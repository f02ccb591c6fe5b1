/** `podlabels`: the labels of pods, which can be changed here. What is written goes to the pod, as the user who writes. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { type Identity, identity, map } from 'kubefacet/projections';
import { mergePatchOf, type Resource, resource, type WriteChange } from 'kubefacet/server';

/** What to change of the pod. */
function patchOfPod({ current, wanted }: WriteChange<{ metadata: Identity }>) {
  return { patch: { metadata: { labels: mergePatchOf(current.metadata.labels, wanted.metadata.labels) } } };
}

export const podLabels = (pods: Collection<V1Pod>): Resource =>
  resource(
    {
      kind: 'PodLabels',
      plural: 'podlabels',
      singular: 'podlabels',
      shortNames: ['plabels'],
      namespaced: true,
      columns: [{ name: 'Phase', type: 'string', value: ({ status }) => status.phase }],
      // `fields`: a change of anything else is refused.
      write: { fields: ['metadata.labels'], patch: patchOfPod, replace: patchOfPod },
    },
    pods.pipe(map((pod) => ({ metadata: identity(pod), status: { phase: pod.status?.phase } }))),
  );
