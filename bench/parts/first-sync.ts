/**
 * The first sync of 50,000 real-sized pods: the CPU over that of `JSON.parse` of the same bytes, and the peak of the RSS over its rest.
 * @module
 */
import { type Bench, type Part } from '../harness/bench.ts';
import { Rig } from '../harness/rig.ts';
import { PodJson } from '../pods/pod-json.ts';
import type { Row } from '../report/results.ts';
import { median } from '../report/statistics.ts';

const SET = { pods: 50_000, namespaces: 50, nodes: 1667 };
/** The pods of a page, as informers request them. */
const PAGE = 500;

const WAYS = [
  { what: 'WatchList', watchList: true },
  { what: 'pages', watchList: false },
];

export const firstSync: Part = {
  name: 'first-sync',
  about: 'first sync of 50,000 pods: CPU over JSON.parse, peak RSS over rest',
  async run(bench) {
    await bench.release();
    const rows: Row[] = [];
    for (const { what, watchList } of WAYS) rows.push(...(await measured(bench, what, watchList)));
    return rows;
  },
};

async function measured(bench: Bench, way: string, watchList: boolean): Promise<readonly Row[]> {
  const rig = await Rig.prepared({ ...SET, resources: [], watchList });
  const runs: { readonly cpu: number; readonly wall: number; readonly peak: number; readonly rest: number }[] = [];
  const parses: number[] = [];
  try {
    for (let round = 0; round < bench.fewRounds; round += 1) {
      await rig.renewServer();
      const before = await rig.cpuOf('server');
      const begin = performance.now();
      await rig.startServer(['podsummaries']);
      const wall = performance.now() - begin;
      const cpu = (await rig.cpuOf('server')) - before;
      const peak = await rig.server.call('peakRss');
      const { rss: rest } = await rig.server.call('memory');
      runs.push({ cpu, wall, peak, rest });
      parses.push(parseTime());
    }
  } finally {
    await rig.close();
  }
  const [cpu, parse] = [median(runs.map((run) => run.cpu)), median(parses)];
  const [peak, rest] = [median(runs.map((run) => run.peak)), median(runs.map((run) => run.rest))];
  const what = `first sync of ${SET.pods} pods, ${way}`;
  return [
    {
      what: `${what}: CPU`,
      value: cpu / parse,
      unit: 'times JSON.parse',
      goal: { most: 2.5 },
      server: { cpu, wall: median(runs.map((run) => run.wall)), bytes: rig.podBytes },
      floor: { cpu: parse, wall: parse },
    },
    {
      what: `${what}: peak RSS`,
      value: peak / rest,
      unit: 'times its rest',
      goal: { most: 1.5 },
      note: `${(peak / 1e6).toFixed(0)} MB and ${(rest / 1e6).toFixed(0)} MB`,
    },
  ];
}

/** Returns the CPU time of `JSON.parse` of all pods in pages, from bytes, in milliseconds. */
function parseTime(): number {
  const json = new PodJson(SET);
  let used = 0;
  for (let start = 0; start < SET.pods; start += PAGE) {
    const pods = Array.from({ length: PAGE }, (_, index) => json.of(start + index, 1000, 0));
    const page = Buffer.from(`[${pods.join(',')}]`);
    const before = process.cpuUsage();
    JSON.parse(page.toString());
    const { user, system } = process.cpuUsage(before);
    used += (user + system) / 1000;
  }
  return used;
}
