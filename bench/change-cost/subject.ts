/**
 * The subjects of a measurement. Each holds pods and applies changes to them.
 * @module
 */
import type { V1Node, V1Pod } from '../../src/informers/index.ts';
import { keyOf } from '../../src/key.ts';
import { BenchSource } from './bench-source.ts';
import { type Pipeline, run } from './pipelines.ts';
import { PodChanges, type Workload } from './workload.ts';

export interface Subject {
  /** Changes the pods with these indices, one after the other. All subjects spend the same time on making the new objects. */
  change(indices: Uint32Array): void;
  close(): void;
}

/** Returns the baseline: a Map from keys to pods. */
export function bareMap(workload: Workload): Subject {
  const pods = new Map<string, V1Pod>();
  for (const pod of workload.allPods()) pods.set(keyOf(pod), pod);
  const podChanges = new PodChanges(workload);
  return {
    change(indices) {
      for (const index of indices) {
        const pod = podChanges.next(index);
        pods.set(keyOf(pod), pod);
      }
    },
    close: () => pods.clear(),
  };
}

/** Starts a pipeline. Its `change` throws an Error if a change does not reach the end of the pipeline. */
export function runningPipeline(pipeline: Pipeline, workload: Workload): Subject {
  const pods = new BenchSource<V1Pod>('pods');
  const nodes = new BenchSource<V1Node>('nodes');
  pods.load(workload.allPods());
  nodes.load(workload.allNodes());
  let delivered = 0;
  const stop = run(pipeline, pods, nodes, (deltas) => {
    if (deltas > 0) delivered += 1;
  });
  const podChanges = new PodChanges(workload);
  return {
    change(indices) {
      const before = delivered;
      for (const index of indices) pods.modify(podChanges.next(index));
      if (delivered - before !== indices.length)
        throw new Error(`${pipeline.name}: only ${delivered - before} of ${indices.length} changes reached the end`);
    },
    close: stop,
  };
}
