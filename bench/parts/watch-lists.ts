/**
 * 1,000 informers that start at once: each reads 10,000 summaries as a WatchList.
 * @module
 */
import { inTurn, percent, type Side } from '../harness/against-floor.ts';
import { type Part, ROWS } from '../harness/bench.ts';
import { question } from '../harness/rig.ts';

const WATCHERS = 1000;
const PER_CONNECTION = 100;
const PATH = 'podsummaries?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

export const watchLists: Part = {
  name: 'watch-lists',
  about: '1,000 WatchLists of 10,000 rows that start at once',
  async run(bench) {
    const rig = await bench.standard();
    const asked = question(PATH);
    // The bookmark at the end of the initial events is one more line.
    const bytes = await rig.prebuildInitialEvents(asked, ROWS + 1);
    const load = { question: asked, watches: WATCHERS, perConnection: PER_CONNECTION, bytes };
    const grown: number[] = [];
    const side = (process: 'server' | 'floor'): Side => ({
      cpu: () => rig.cpuOf(process),
      load: async () => {
        const target = rig.target(process, 'HTTP/2');
        if (process === 'floor') return rig.load.call('readInitialEvents', { target, ...load });
        const before = await rig.server.call('resetPeak');
        const served = await rig.load.call('readInitialEvents', { target, ...load });
        grown.push((await rig.server.call('peakRss')) - before);
        return served;
      },
    });
    const [server, floor] = await inTurn([side('server'), side('floor')], bench.fewRounds);
    if (server === undefined || floor === undefined) throw new Error('two sides have two costs');
    const list = await rig.prebuild(question('podsummaries'));
    const what = `${WATCHERS} WatchLists of ${ROWS} rows at once`;
    const note = `CPU ±${percent(server.spread)}/±${percent(floor.spread)}`;
    return [
      { what, value: floor.cpu / server.cpu, unit: 'of the floor', goal: { least: 0.6 }, server, floor, note },
      {
        what: `${what}: growth of the RSS`,
        value: Math.max(...grown) / list.bytes,
        unit: 'times one list',
        goal: { most: 2 },
        note: `${(Math.max(...grown) / 1e6).toFixed(0)} MB`,
      },
    ];
  },
};
