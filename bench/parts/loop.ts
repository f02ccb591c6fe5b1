/**
 * The longest stop of the event loop with 100,000 rows: first sync, relist, lists, and a tick that changes 2,000 rows.
 * @module
 */
import type { Bench, Part } from '../harness/bench.ts';
import { question, Rig } from '../harness/rig.ts';
import type { Row } from '../report/results.ts';
import { median } from '../report/statistics.ts';
import { TABLE_ACCEPT } from './tables.ts';
import { TENTH_LABEL } from '../pods/pod-json.ts';

const PODS = 100_000;
/** Each node has 2,000 pods, so a change of its zone changes 2,000 rows. */
const SET = { pods: PODS, namespaces: 50, nodes: 50 };
const GOAL = { most: 30 };

const LISTS = [
  { what: 'LIST', path: 'podzones', headers: {} },
  { what: 'LIST, gzip', path: 'podzones', headers: { 'accept-encoding': 'gzip' } },
  { what: 'Table', path: 'podzones', headers: { accept: TABLE_ACCEPT } },
  { what: 'LIST, indented', path: 'podzones?pretty=true', headers: {} },
  { what: 'LIST, YAML', path: 'podzones', headers: { accept: 'application/yaml' } },
  { what: 'LIST, label selector', path: `podzones?labelSelector=${TENTH_LABEL}%3D3`, headers: {} },
  { what: 'LIST, field selector', path: 'podzones?fieldSelector=status.zone%3Dzone-0', headers: {} },
  {
    what: 'WatchList',
    path: 'podzones?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    headers: {},
  },
];

export const loop: Part = {
  name: 'loop',
  about: 'the longest stop of the event loop with 100,000 rows',
  async run(bench) {
    await bench.release();
    const rig = await Rig.prepared({ ...SET, resources: [] });
    try {
      return await measured(rig, bench);
    } finally {
      await rig.close();
    }
  },
};

async function measured(rig: Rig, { rounds, fewRounds }: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const stopOf = async (work: () => Promise<unknown>): Promise<number> => {
    await rig.server.call('watchLoop');
    await work();
    return rig.server.call('longestStop');
  };
  const row = (what: string, stops: readonly number[]): void => {
    const note = `of ${stops.map((stop) => stop.toFixed(0)).join(', ')}`;
    rows.push({ what: `longest stop, ${PODS} rows: ${what}`, value: median(stops), unit: 'ms', goal: GOAL, note });
  };
  // A first sync takes a new process, so it is measured once.
  row('first sync', [await stopOf(() => rig.startServer(['podzones']))]);
  const repeated = async (what: string, work: () => Promise<unknown>, times = rounds): Promise<void> => {
    const stops: number[] = [];
    for (let round = 0; round < times; round += 1) stops.push(await stopOf(work));
    row(what, stops);
  };
  for (const { what, path, headers } of LISTS) {
    const target = rig.target('server', 'HTTP/1.1');
    if (path.includes('watch=1'))
      await repeated(what, () => rig.prebuildInitialEvents(question(path, headers), PODS + 1));
    else {
      const asked = { target, question: question(path, headers), connections: 1, count: 1, status: 200 };
      await repeated(what, () => rig.load.call('requests', asked));
    }
  }
  let node = 0;
  await repeated('a tick with 2,000 changed rows', async () => {
    const { changes } = await rig.server.call('counts');
    await rig.upstream.call('changeNode', node++);
    await rig.server.call('changed', changes + SET.pods / SET.nodes);
  });
  await repeated(
    'relist',
    async () => {
      await rig.upstream.call('expire');
      // A change after the relist shows that its end has been processed.
      const { changes } = await rig.server.call('counts');
      await rig.upstream.call('changeNode', node++);
      await rig.server.call('changed', changes + 1);
    },
    fewRounds,
  );
  return rows;
}
