/**
 * The memory of a server without rows, and of one row of a summary with its pod, in the heap that `kubefacet manifests` gives such a server.
 * The manifests calculate with these figures (`src/cli/manifests/memory.ts`).
 * @module
 */
import { oldSpaceMebibytes, memoryFor } from '../../src/cli/manifests/memory.ts';
import type { Part } from '../harness/bench.ts';
import { Rig } from '../harness/rig.ts';

const PODS = 20_000;
const SET = { namespaces: 25, nodes: 1 };

export const servedMemory: Part = {
  name: 'served-memory',
  about: 'the memory of a server without rows, and of a row of a summary with its pod',
  async run(bench) {
    await bench.release();
    const empty = await memoryWith(0);
    const full = await memoryWith(PODS);
    const podBytes = (full.podBytes / PODS / 1000).toFixed(1);
    return [
      { what: 'memory of a server without rows', value: empty.used / 2 ** 20, unit: 'MiB of heap and buffers' },
      {
        what: 'memory of a row of a summary with its pod',
        value: (full.used - empty.used) / PODS / 1024,
        unit: 'KiB of heap and buffers',
        note: `${podBytes} kB of JSON for a pod; RSS with ${PODS} rows ${(full.rss / 1e6).toFixed(0)} MB`,
      },
    ];
  },
};

async function memoryWith(pods: number) {
  const rig = await Rig.prepared({ ...SET, pods, resources: [] });
  try {
    await rig.renewServer(oldSpaceMebibytes(memoryFor(pods)));
    await rig.startServer(['podsummaries']);
    return { ...(await rig.server.call('memory')), podBytes: rig.podBytes };
  } finally {
    await rig.close();
  }
}
