/**
 * LIST of 10,000 summaries while they change: ten readers list five times a second, and 100 rows change in a second.
 * @module
 */
import { inTurn, type Side } from '../harness/against-floor.ts';
import type { Bench, Part } from '../harness/bench.ts';
import { question, type Rig } from '../harness/rig.ts';
import { digits } from '../report/table.ts';
import type { Row } from '../report/results.ts';

const CHANGES_PER_SECOND = 100;
const READERS = 10;
const LISTS_PER_SECOND = 5;
/** The duration of a round. */
const SECONDS = 2;

const ENCODINGS = [
  { what: 'JSON', headers: {} },
  { what: 'gzip', headers: { 'accept-encoding': 'gzip' } },
];

export const changingLists: Part = {
  name: 'changing-lists',
  about: 'LIST of 10,000 rows with 100 changes a second, JSON and gzip',
  async run(bench) {
    const rig = await bench.standard();
    const rows: Row[] = [];
    for (const { what, headers } of ENCODINGS) rows.push(await measured(bench, rig, what, headers));
    return rows;
  },
};

async function measured(bench: Bench, rig: Rig, what: string, headers: Readonly<Record<string, string>>): Promise<Row> {
  const asked = question('podsummaries', headers);
  await rig.prebuild(asked);
  const readers = { question: asked, readers: READERS, perSecond: LISTS_PER_SECOND, seconds: SECONDS };
  const change = (): Promise<unknown> =>
    rig.upstream.call('changes', { rate: CHANGES_PER_SECOND, count: CHANGES_PER_SECOND * SECONDS });
  const server: Side = {
    cpu: () => rig.cpuOf('server'),
    load: async () => {
      const changes = change();
      const served = await rig.load.call('read', { target: rig.target('server', 'HTTP/1.1'), ...readers });
      await changes;
      return served;
    },
  };
  const floor: Side = {
    cpu: () => rig.cpuOf('floor'),
    load: () => rig.load.call('read', { target: rig.target('floor', 'HTTP/1.1'), ...readers }),
  };
  /** The same changes without readers, to know what the lists cost alone. */
  const changesOnly: Side = {
    cpu: () => rig.cpuOf('server'),
    load: async () => {
      await change();
      return { requests: READERS * LISTS_PER_SECOND * SECONDS, bytes: 0, milliseconds: SECONDS * 1000 };
    },
  };
  await inTurn([server, floor], 1);
  const [list, bare, changes] = await inTurn([server, floor, changesOnly], bench.rounds);
  if (list === undefined || bare === undefined || changes === undefined)
    throw new Error('three sides have three costs');
  return {
    what: `LIST summaries with ${CHANGES_PER_SECOND} changes/s, ${what}`,
    value: bare.cpu / list.cpu,
    unit: 'of the floor',
    goal: { least: 0.6 },
    server: list,
    floor: bare,
    note: `the changes alone need ${digits(changes.cpu)} ms of CPU for each list; without them, the value is ${digits(bare.cpu / (list.cpu - changes.cpu))}`,
  };
}
