/**
 * The memory of a served row: a view of whole pods and the pods that it is made from, over the JSON of the rows.
 * @module
 */
import type { Part } from '../harness/bench.ts';
import { question, Rig } from '../harness/rig.ts';

const PODS = 10_000;

export const memory: Part = {
  name: 'memory',
  about: 'the memory of a row of whole pods at rest, over its JSON',
  async run(bench) {
    await bench.release();
    const empty = await memoryWith(0);
    const full = await memoryWith(PODS);
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
    return [
      {
        what: `memory of ${PODS} rows of whole pods at rest`,
        value: (full.used - empty.used) / full.json,
        unit: 'times their JSON',
        goal: { most: 2 },
        note: `${megabytes(full.used - empty.used)} of heap and buffers for ${megabytes(full.json)} of JSON, RSS ${megabytes(full.rss)}`,
      },
    ];
  },
};

/** Returns the memory of a server with this number of pods, after a list and a collection, and the size of the list. */
async function memoryWith(pods: number) {
  const rig = await Rig.ready({ pods, namespaces: 25, nodes: 1, resources: ['wholepods'] });
  try {
    const { bytes } = await rig.prebuild(question('wholepods'));
    return { ...(await rig.server.call('memory')), json: bytes };
  } finally {
    await rig.close();
  }
}
