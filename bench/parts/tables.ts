/**
 * Tables of all rows, and of the first 500, which is the page that `kubectl get` asks for.
 * @module
 */
import { againstFloor } from '../harness/against-floor.ts';
import type { Part } from '../harness/bench.ts';
import { question } from '../harness/rig.ts';
import type { Row } from '../report/results.ts';

/** The header of kubectl. */
export const TABLE_ACCEPT =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

const TABLES = [
  { what: 'Table of 10,000 rows', path: 'podsummaries' },
  { what: 'Table of 500 rows', path: 'podsummaries?limit=500' },
];

export const tables: Part = {
  name: 'tables',
  about: 'Tables of 10,000 and of 500 rows',
  async run(bench) {
    const rig = await bench.standard();
    const rows: Row[] = [];
    for (const { what, path } of TABLES) {
      const asked = {
        question: question(path, { accept: TABLE_ACCEPT }),
        protocol: 'HTTP/2',
        goal: { least: 0.5 },
      } as const;
      rows.push(await againstFloor({ rig, what, rounds: bench.rounds, ...asked }));
    }
    return rows;
  },
};
