/** What `kubefacet demo` serves in example.com/v1. */
import type { Collection, V1Pod } from 'kubefacet/informers';
import { type RawEndpoint, type Resource, resource } from 'kubefacet/server';
import { foo } from './foo.ts';
import { podSummaries } from './pod-summaries.ts';
import { runningPods } from './running-pods.ts';

export const demoResources = (informers: { readonly pods: Collection<V1Pod> }): (Resource | RawEndpoint)[] => [
  podSummaries(informers.pods),
  resource(
    {
      kind: 'RunningPod',
      plural: 'runningpods',
      shortNames: ['rpod'],
      namespaced: true,
      columns: [
        { name: 'IP', type: 'string', value: ({ status }) => status.podIP },
        { name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName },
        { name: 'Started', type: 'date', value: ({ status }) => status.startTime },
      ],
    },
    runningPods(informers.pods),
  ),
  foo,
];
