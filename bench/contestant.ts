/** What takes part in a race: something that holds so many pods, and takes changes of pods. */
import type { V1Node, V1Pod } from '../src/informers/index.ts';
import { keyOf } from '../src/informers/collection/index.ts';
import { BenchSource } from './bench-source.ts';
import { NextPods } from './next-pods.ts';
import { type Pipeline, run } from './pipelines.ts';
import type { Workload } from './workload.ts';

export interface Contestant {
  /** Changes the pods of these indices, one after the other. That includes making the objects, which is the same for all. */
  change(pods: Uint32Array): void;
  close(): void;
}

/** The least that could be done: a Map from keys to pods. */
export function bareMap(workload: Workload): Contestant {
  const pods = new Map<string, V1Pod>();
  for (const pod of workload.allPods()) pods.set(keyOf(pod), pod);
  const next = new NextPods(workload);
  return {
    change(indices) {
      for (const index of indices) {
        const pod = next.next(index);
        pods.set(keyOf(pod), pod);
      }
    },
    close: () => pods.clear(),
  };
}

/** A pipeline that runs. @throws Error from `change` when a change did not get to its end */
export function running(pipeline: Pipeline, workload: Workload): Contestant {
  const pods = new BenchSource<V1Pod>('pods');
  const nodes = new BenchSource<V1Node>('nodes');
  pods.load(workload.allPods());
  nodes.load(workload.allNodes());
  let seen = 0;
  const stop = run(pipeline, pods, nodes, (deltas) => {
    if (deltas > 0) seen += 1;
  });
  const next = new NextPods(workload);
  return {
    change(indices) {
      const before = seen;
      for (const index of indices) pods.modify(next.next(index));
      if (seen - before !== indices.length)
        throw new Error(`${pipeline.name}: of ${indices.length} changes ${seen - before} got to the end`);
    },
    close: stop,
  };
}
