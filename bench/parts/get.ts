/**
 * GET of one row of about 1 kB, over both protocols.
 * @module
 */
import { againstFloor } from '../harness/against-floor.ts';
import type { Part } from '../harness/bench.ts';
import { question } from '../harness/rig.ts';
import type { Protocol } from '../load/connections.ts';
import type { Row } from '../report/results.ts';

const PROTOCOLS: readonly Protocol[] = ['HTTP/1.1', 'HTTP/2'];

export const get: Part = {
  name: 'get',
  about: 'GET of one row of 1 kB, over HTTP/1.1 and HTTP/2',
  async run(bench) {
    const rig = await bench.standard();
    const { namespace, name } = rig.pod(1);
    const asked = question(`namespaces/${namespace}/podrows/${name}`);
    const rows: Row[] = [];
    for (const protocol of PROTOCOLS) {
      const what = `GET one row, ${protocol}`;
      const { rounds } = bench;
      rows.push(await againstFloor({ rig, what, question: asked, protocol, rounds, goal: { least: 0.6 }, cpu: 200 }));
    }
    return rows;
  },
};
