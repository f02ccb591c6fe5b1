/**
 * Waiting for a server to be ready, and saying what it waits for.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiServer } from '../server/index.ts';

/** How often it is looked at, and after how long it is said what is missing: milliseconds. */
const LOOK_MS = 50;
const PATIENCE_MS = 5000;

/** Resolves when the server is ready or the signal is aborted. What it waits for longer is said once for each reason. */
export async function untilReady(server: ApiServer, out: NodeJS.WritableStream, signal: AbortSignal): Promise<void> {
  const said = new Set<string>();
  const begin = Date.now();
  while (!server.counts().ready && !signal.aborted) {
    if (Date.now() - begin > PATIENCE_MS) {
      for (const { name, problem } of server.readiness) {
        const message = problem();
        if (message === undefined || said.has(`${name} ${message}`)) continue;
        said.add(`${name} ${message}`);
        out.write(`waiting: ${name}: ${message}\n`);
      }
    }
    // An abort ends the wait, and the loop sees why.
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
