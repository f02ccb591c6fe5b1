/**
 * Loads of short requests: a number of requests as fast as possible, or readers that list at a rate.
 * @module
 */
import { createWriteStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Answer, type Connection, connection, type Question, type Target } from './connections.ts';

/** Requests on several connections, each of which sends one after the other. */
export interface Requests {
  readonly target: Target;
  readonly question: Question;
  readonly connections: number;
  readonly count: number;
  /** The status that each response must have. */
  readonly status: number;
}

/** Readers that send requests at a rate. */
export interface Readers {
  readonly target: Target;
  readonly question: Question;
  readonly readers: number;
  /** The number of requests of each reader in a second. A reader with a slow response sends the next one late. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** The result of a load. */
export interface Served {
  readonly requests: number;
  /** The bytes of all bodies. */
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Open connections by target, so that rounds do not measure handshakes. */
const pools = new Map<string, Connection[]>();

/** Sends requests. @throws Error if a response has another status than expected */
export async function sendRequests({ target, question, connections, count, status }: Requests): Promise<Served> {
  const pool = await connectionsTo(target, connections);
  let sent = 0;
  let bytes = 0;
  const begin = performance.now();
  const work = async (one: Connection): Promise<void> => {
    while (sent < count) {
      sent += 1;
      const size = await sizeOf(await one.send(question), status);
      bytes += size;
    }
  };
  await Promise.all(pool.map(work));
  return { requests: count, bytes, milliseconds: performance.now() - begin };
}

/** Sends requests at a rate. @throws Error if a response is not 200 */
export async function read({ target, question, readers, perSecond, seconds }: Readers): Promise<Served> {
  const pool = await connectionsTo(target, readers);
  const [begin, interval] = [performance.now(), 1000 / perSecond];
  let [requests, bytes] = [0, 0];
  const work = async (one: Connection, reader: number): Promise<void> => {
    // The readers are spread over the interval.
    let next = begin + (interval * reader) / readers;
    while (next < begin + seconds * 1000) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
      const size = await sizeOf(await one.send(question), 200);
      bytes += size;
      requests += 1;
      next = Math.max(next + interval, performance.now());
    }
  };
  await Promise.all(pool.map(work));
  return { requests, bytes, milliseconds: performance.now() - begin };
}

/** Writes the body of one response to a file. Returns its status and headers. */
export async function save(
  target: Target,
  question: Question,
  file: string,
): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }> {
  const one = await connection(target);
  const { status, headers, body } = await one.send(question);
  await pipeline(body, createWriteStream(file));
  one.close();
  return { status, headers };
}

/** Closes all connections that are kept for the next round. */
export function closeConnections(): void {
  for (const pool of pools.values()) for (const one of pool) one.close();
  pools.clear();
}

async function connectionsTo(target: Target, count: number): Promise<readonly Connection[]> {
  const key = `${target.protocol} ${target.port}`;
  const pool = pools.get(key) ?? [];
  pools.set(key, pool);
  while (pool.length < count) pool.push(await connection(target));
  return pool.slice(0, count);
}

/** Reads a body and returns its size. @throws Error if the status is another one */
function sizeOf({ status, body }: Answer, expected: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    body.on('data', (chunk: Buffer) => (bytes += chunk.length));
    body.once('error', reject);
    body.once('end', () => {
      if (status === expected) resolve(bytes);
      else reject(new Error(`the status is ${status}, not ${expected}`));
    });
  });
}
