/** The resources and raw endpoints that `kubefacet demo` serves in example.com/v1. */
import type { Collection, V1Namespace, V1Node } from 'kubefacet/informers';
import { type RawEndpoint, type Resource, resource } from 'kubefacet/server';
import { clusterTasks } from './cluster-tasks.ts';
import { combinedPodResource } from './combined-pods.ts';
import { customTasks } from './custom-tasks.ts';
import { foo } from './foo.ts';
import { namespaceLoadResource } from './namespace-loads.ts';
import { nodeLoadResource } from './node-loads.ts';
import { podSummaries } from './pod-summaries.ts';
import { runningPods } from './running-pods.ts';
import { workloadResource, type WorkloadSources } from './workloads.ts';

/** The collections that the resources are made from. An informer factory has all of them. */
export interface DemoSources extends WorkloadSources {
  readonly nodes: Collection<V1Node>;
  readonly namespaces: Collection<V1Namespace>;
}

export function demoResources(informers: DemoSources): (Resource | RawEndpoint)[] {
  return [
    podSummaries(informers.pods),
    combinedPodResource(informers.pods, informers.nodes),
    nodeLoadResource(informers.pods, informers.nodes),
    namespaceLoadResource(informers.pods, informers.namespaces),
    workloadResource(informers),
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
    clusterTasks(),
    customTasks(),
    foo,
  ];
}
