/**
 * Events to 1,000 watchers: the CPU of a delivery, and the time until the last watcher has an event.
 * @module
 */
import { inTurn, type Side } from '../harness/against-floor.ts';
import type { Bench, Part } from '../harness/bench.ts';
import { question, type Rig } from '../harness/rig.ts';
import type { Protocol } from '../load/connections.ts';
import type { Row } from '../report/results.ts';
import { quantile } from '../report/statistics.ts';

const WATCHERS = 1000;
const EVENTS = 60;

const SETUPS: readonly { readonly protocol: Protocol; readonly rate: number; readonly perConnection: number }[] = [
  { protocol: 'HTTP/1.1', rate: 20, perConnection: 1 },
  { protocol: 'HTTP/2', rate: 50, perConnection: 200 },
];

export const fanOut: Part = {
  name: 'fan-out',
  about: 'events to 1,000 watchers, over HTTP/1.1 and HTTP/2',
  async run(bench) {
    const rig = await bench.standard();
    const rows: Row[] = [];
    for (const setup of SETUPS) rows.push(...(await measured(bench, rig, setup)));
    return rows;
  },
};

async function measured(
  bench: Bench,
  rig: Rig,
  { protocol, rate, perConnection }: (typeof SETUPS)[number],
): Promise<readonly Row[]> {
  const asked = question(`podrows?watch=1&resourceVersion=${await rig.versionOf('podrows')}`);
  const open = (process: 'server' | 'floor', headers: Readonly<Record<string, string>>): Promise<number> => {
    const watch = { ...asked, headers: { ...asked.headers, ...headers } };
    const target = rig.target(process, protocol);
    return rig.load.call('openWatches', { target, questions: [watch], watches: WATCHERS, perConnection });
  };
  const watches = { server: await open('server', {}), floor: await open('floor', { 'x-bench-open': '1' }) };
  // The floor writes the events of the first changes, byte by byte the same.
  await rig.upstream.call('changes', { rate, count: EVENTS });
  await rig.load.call('received', { watches: watches.server, events: EVENTS });
  const sample = await rig.load.call('events', { watches: watches.server, count: EVENTS });
  const bytes = sample.reduce((sum, event) => sum + event.length, 0);

  const delays: number[] = [];
  const events = { server: EVENTS, floor: 0 };
  const side = (process: 'server' | 'floor', emit: () => Promise<readonly number[]>): Side => ({
    cpu: () => rig.cpuOf(process),
    load: async () => {
      const first = events[process];
      events[process] += EVENTS;
      const begin = performance.now();
      const emitted = emit();
      const last = await rig.load.call('received', { watches: watches[process], events: events[process] });
      const milliseconds = performance.now() - begin;
      const times = await emitted;
      for (const [index, time] of times.entries()) delays.push((last[first + index] ?? Number.NaN) - time);
      return { requests: EVENTS * WATCHERS, bytes: WATCHERS * bytes, milliseconds };
    },
  });
  const server = side('server', () => rig.upstream.call('changes', { rate, count: EVENTS }));
  const floor = side('floor', async () => {
    await rig.floor.call('events', { rate, events: sample });
    return [];
  });
  await inTurn([server, floor], 1);
  delays.length = 0;
  const [delivery, bare] = await inTurn([server, floor], bench.rounds);
  await rig.load.call('closeWatches', watches.server);
  await rig.load.call('closeWatches', watches.floor);
  if (delivery === undefined || bare === undefined) throw new Error('two sides have two costs');
  const what = `${WATCHERS} watchers, ${rate} events/s, ${protocol}`;
  return [
    {
      what: `${what}: delivery`,
      value: delivery.cpu / bare.cpu,
      unit: 'times the floor',
      goal: { most: 1.3 },
      server: delivery,
      floor: bare,
    },
    {
      what: `${what}: last watcher, p99`,
      value: quantile(delays, 0.99),
      unit: 'ms',
      goal: { most: 250 },
      note: `median ${quantile(delays, 0.5).toFixed(0)} ms`,
    },
  ];
}
