/**
 * Measures requests of the server and of the floor in turn.
 * @module
 */
import type { Protocol, Question } from '../load/connections.ts';
import type { Served } from '../load/requests.ts';
import type { Cost, Goal, Row } from '../report/results.ts';
import { median, spread } from '../report/statistics.ts';
import type { Rig } from './rig.ts';

/** A question, and the way to ask it. */
export interface Asked {
  readonly rig: Rig;
  readonly what: string;
  readonly question: Question;
  readonly protocol: Protocol;
  readonly rounds: number;
  readonly goal?: Goal;
  /** The number of connections. @default 4 */
  readonly connections?: number;
  /** The CPU of the floor in a round, in milliseconds. The number of requests follows from it. @default 100 */
  readonly cpu?: number;
}

/** The maximum number of bytes of a round, because the clients have to read them. */
const MAX_BYTES = 600e6;
/** The number of requests of the first warm-up. */
const FIRST = 5;
/** The least number of requests in a round. */
const LEAST = 4;

/** One side of a comparison: a process and a load on it. */
export interface Side {
  readonly cpu: () => Promise<number>;
  readonly load: () => Promise<Served>;
}

/** Measures sides in turn. Returns the medians of all rounds, and their spread. */
export async function inTurn(sides: readonly Side[], rounds: number): Promise<readonly (Cost & { spread: number })[]> {
  const costs = sides.map((): Cost[] => []);
  for (let round = 0; round < rounds; round += 1)
    for (const [index, side] of sides.entries()) costs[index]?.push(await costOf(side));
  return costs.map((measured) => {
    const cpus = measured.map(({ cpu }) => cpu);
    const [wall, bytes] = [median(measured.map((cost) => cost.wall)), median(measured.map((cost) => cost.bytes ?? 0))];
    return { cpu: median(cpus), wall, bytes, spread: spread(cpus) };
  });
}

/** Returns a row with the CPU of the floor, divided by the CPU of the server. */
export async function againstFloor(asked: Asked): Promise<Row> {
  const { rig, what, question, protocol, rounds, goal, connections = 4, cpu: roundCpu = 100 } = asked;
  const { status, bytes } = await rig.prebuild(question);
  const side = (process: 'server' | 'floor', count: number): Side => ({
    cpu: () => rig.cpuOf(process),
    load: () => {
      const target = rig.target(process, protocol);
      return rig.load.call('requests', { target, question, connections, count, status });
    },
  });
  const most = Math.max(LEAST, Math.floor(MAX_BYTES / Math.max(1, bytes)));
  const countFor = (cpu: number): number => Math.min(most, Math.max(LEAST, Math.ceil(roundCpu / cpu)));
  // Two warm-ups: the first finds out how long a request takes, and in the second the code is compiled.
  const first = await costOf(side('floor', FIRST));
  const second = await costOf(side('floor', countFor(first.cpu)));
  const count = countFor(second.cpu);
  await costOf(side('server', count));
  const [server, floor] = await inTurn([side('server', count), side('floor', count)], rounds);
  if (server === undefined || floor === undefined) throw new Error('two sides have two costs');
  const note = `${count} requests a round, CPU ±${percent(server.spread)}/±${percent(floor.spread)}`;
  return { what, value: floor.cpu / server.cpu, unit: 'of the floor', goal, server, floor, note };
}

async function costOf({ cpu, load }: Side): Promise<Cost> {
  const before = await cpu();
  const { requests, bytes, milliseconds } = await load();
  const used = (await cpu()) - before;
  return { cpu: used / requests, wall: milliseconds / requests, bytes: bytes / requests };
}

/** Measures one side alone, after a warm-up. */
export async function costAlone(side: Side, rounds: number): Promise<Cost & { readonly spread: number }> {
  await costOf(side);
  const [cost] = await inTurn([side], rounds);
  if (cost === undefined) throw new Error('one side has one cost');
  return cost;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
