/**
 * LIST of 10,000 rows that have not changed since the last list: JSON and gzip, of whole pods, summaries and one namespace.
 * @module
 */
import { againstFloor } from '../harness/against-floor.ts';
import type { Part } from '../harness/bench.ts';
import { question } from '../harness/rig.ts';
import type { Row } from '../report/results.ts';

const LISTS = [
  { what: 'whole pods', path: 'wholepods' },
  { what: 'summaries', path: 'podsummaries' },
  { what: 'whole pods of a namespace', path: 'namespaces/team-0/wholepods' },
];

const ENCODINGS = [
  { what: 'JSON', headers: {} },
  { what: 'gzip', headers: { 'accept-encoding': 'gzip' } },
];

export const lists: Part = {
  name: 'lists',
  about: 'LIST of 10,000 unchanged rows, JSON and gzip',
  async run(bench) {
    const rig = await bench.standard();
    const rows: Row[] = [];
    for (const encoding of ENCODINGS) {
      for (const { what, path } of LISTS) {
        const asked = {
          question: question(path, encoding.headers),
          protocol: 'HTTP/1.1',
          goal: { least: 0.9 },
        } as const;
        rows.push(await againstFloor({ rig, what: `LIST ${what}, ${encoding.what}`, rounds: bench.rounds, ...asked }));
      }
    }
    return rows;
  },
};
