/**
 * How the CPU of a change grows with the number of watchers, of selectors and of namespaces that are watched, and the CPU of a server with
 * the number of changes.
 * @module
 */
import { costAlone } from '../../harness/against-floor.ts';
import type { Bench, Part } from '../../harness/bench.ts';
import { question, Rig } from '../../harness/rig.ts';
import type { Row } from '../../report/results.ts';
import { TENTH_LABEL } from '../../pods/pod-json.ts';

const SET = { pods: 10_000, namespaces: 1000, nodes: 334 };
const PER_CONNECTION = 200;
const WATCHERS = [1, 10, 100, 1000];
const EVENTS = 40;
const EVENTS_PER_SECOND = 20;
const RATES = [10, 50, 100, 200, 400];
/** The number of watchers while the rate of changes grows. */
const WATCHERS_OF_CHANGES = 100;

/** Watches, each with its own path. */
interface Growth {
  readonly line: string;
  readonly axis: string;
  /** The path of the watch with this number. */
  readonly path: (index: number) => string;
  /** Whether each event reaches all watchers. */
  readonly toAll: boolean;
}

const GROWTHS: readonly Growth[] = [
  { line: 'watchers of all rows', axis: 'watchers', path: () => 'podrows?watch=1', toAll: true },
  {
    line: 'watchers with different selectors, none of which matches',
    axis: 'watchers',
    path: (index) => `podrows?watch=1&labelSelector=${TENTH_LABEL}%3Dnone-${index}`,
    toAll: false,
  },
  {
    line: 'watchers of different namespaces',
    axis: 'watchers',
    path: (index) => `namespaces/team-${index % SET.namespaces}/podrows?watch=1`,
    toAll: false,
  },
];

export const growthOfWatches: Part = {
  name: 'growth-watches',
  about: 'how the CPU of a change grows with watchers, selectors, namespaces and changes',
  async run(bench) {
    await bench.release();
    const rig = await Rig.ready({ ...SET, resources: ['podrows'] });
    try {
      const rows: Row[] = [];
      for (const growth of GROWTHS)
        for (const watchers of WATCHERS) rows.push(await ofWatchers(bench, rig, growth, watchers));
      rows.push(...(await ofChanges(bench, rig)));
      return rows;
    } finally {
      await rig.close();
    }
  },
};

async function ofWatchers(bench: Bench, rig: Rig, growth: Growth, watchers: number): Promise<Row> {
  const { line, axis, path, toAll } = growth;
  const watches = await openWatches(rig, path, watchers);
  let events = 0;
  const server = await costAlone(
    {
      cpu: () => rig.cpuOf('server'),
      load: async () => {
        const begin = performance.now();
        events += EVENTS;
        await rig.upstream.call('changes', { rate: EVENTS_PER_SECOND, count: EVENTS });
        if (toAll) await rig.load.call('received', { watches, events });
        return { requests: EVENTS, bytes: 0, milliseconds: performance.now() - begin };
      },
    },
    bench.rounds,
  );
  await rig.load.call('closeWatches', watches);
  const point = { plot: 'CPU of a change, ms', line, axis, x: watchers };
  return { what: `a change, ${watchers} ${line}`, value: server.cpu, unit: 'ms of CPU', server, point };
}

/** The CPU of the server in a second, by the rate of changes. */
async function ofChanges(bench: Bench, rig: Rig): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const watches = await openWatches(rig, () => 'podrows?watch=1', WATCHERS_OF_CHANGES);
  for (const rate of RATES) {
    const seconds = 2;
    const server = await costAlone(
      {
        cpu: () => rig.cpuOf('server'),
        load: async () => {
          await rig.upstream.call('changes', { rate, count: rate * seconds });
          return { requests: seconds, bytes: 0, milliseconds: seconds * 1000 };
        },
      },
      bench.rounds,
    );
    const line = `${WATCHERS_OF_CHANGES} watchers of all rows`;
    const point = { plot: 'CPU of the server in a second, ms', line, axis: 'changes per second', x: rate };
    rows.push({ what: `${rate} changes/s, ${line}`, value: server.cpu, unit: 'ms of CPU a second', server, point });
  }
  await rig.load.call('closeWatches', watches);
  return rows;
}

/** Opens watches from the current version. Returns the number of their group. */
async function openWatches(rig: Rig, path: Growth['path'], count: number): Promise<number> {
  const version = await rig.versionOf('podrows');
  const questions = Array.from({ length: count }, (_, index) => question(`${path(index)}&resourceVersion=${version}`));
  const watches = { target: rig.target('server', 'HTTP/2'), watches: count, perConnection: PER_CONNECTION };
  return rig.load.call('openWatches', { ...watches, questions });
}
