/**
 * How the CPU of a GET and of lists grows with the number of rows.
 * @module
 */
import { costAlone } from '../../harness/against-floor.ts';
import type { Part } from '../../harness/bench.ts';
import { question, Rig } from '../../harness/rig.ts';
import type { Row } from '../../report/results.ts';
import { TENTH_LABEL } from '../../pods/pod-json.ts';

const SIZES = [1000, 5000, 20_000, 50_000];
/** The bytes of a round, and the bounds for its number of requests. */
const [ROUND_BYTES, LEAST, MOST] = [100e6, 4, 1000];

export const growthOfRows: Part = {
  name: 'growth-rows',
  about: 'how the CPU of a GET and of lists grows with the rows',
  async run(bench) {
    await bench.release();
    const rows: Row[] = [];
    for (const pods of SIZES) {
      const rig = await Rig.ready({ pods, namespaces: 25, nodes: Math.ceil(pods / 30), resources: ['podsummaries'] });
      try {
        const { namespace, name } = rig.pod(1);
        const asked = [
          { line: 'GET one row', path: `namespaces/${namespace}/podsummaries/${name}` },
          { line: 'LIST limit=500', path: 'podsummaries?limit=500' },
          { line: 'LIST all', path: 'podsummaries' },
          { line: 'LIST with a label selector, a tenth', path: `podsummaries?labelSelector=${TENTH_LABEL}%3D3` },
        ];
        for (const { line, path } of asked) {
          const { bytes } = await rig.prebuild(question(path));
          const count = Math.min(MOST, Math.max(LEAST, Math.ceil(ROUND_BYTES / bytes)));
          const load = { target: rig.target('server', 'HTTP/1.1'), question: question(path), connections: 4, count };
          const server = await costAlone(
            { cpu: () => rig.cpuOf('server'), load: () => rig.load.call('requests', { ...load, status: 200 }) },
            bench.rounds,
          );
          const point = { plot: 'CPU of a request, ms', line, axis: 'rows', x: pods };
          rows.push({ what: `${line}, ${pods} rows`, value: server.cpu, unit: 'ms of CPU', server, point });
        }
      } finally {
        await rig.close();
      }
    }
    return rows;
  },
};
