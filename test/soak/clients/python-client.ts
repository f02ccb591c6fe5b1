/** The watch of Python's kubernetes client. `python-watcher.py` runs in a child process and prints the events that it receives. */
import { join } from 'node:path';
import { unreachable } from '../../../src/unreachable.ts';
import type { History } from './history.ts';
import {
  type ClientStatistics,
  statistics,
  noteReason,
  ClientState,
  problemOf,
  type Row,
  type SoakClient,
} from './client-state.ts';
import { Program } from './program.ts';

type Line =
  | { readonly type: 'LIST'; readonly version: string; readonly items: readonly Row[] }
  | { readonly type: 'WATCH' }
  | { readonly type: 'RESTART'; readonly reason: string }
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Row };

export function pythonClient(
  python: { readonly path: string; readonly version: string },
  kubeConfig: string,
  history: History,
): SoakClient {
  const name = `python kubernetes ${python.version}`;
  const counts: ClientStatistics = statistics();
  const state = new ClientState(name, counts);
  let program: Program | undefined;
  let isStopped = false;

  const take = (text: string): void => {
    if (isStopped) return;
    const line = JSON.parse(text) as Line;
    switch (line.type) {
      case 'LIST':
        return state.replace(line.items, line.version);
      case 'WATCH':
        counts.watches += 1;
        return;
      case 'RESTART':
        counts.restarts += 1;
        return noteReason(counts, line.reason);
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return state.applyRow(line.type, line.object);
      default:
        return unreachable(line);
    }
  };

  return {
    name,
    statistics: counts,
    start: () => {
      program = new Program(python.path, [join(import.meta.dirname, 'python-watcher.py'), kubeConfig], take);
      void program.ended.then(({ code, lastStderrLine }) => {
        if (!isStopped) counts.mismatches.push(`${name} ended with ${code}: ${lastStderrLine}`);
      });
    },
    check: () => state.check(history),
    problem: () => problemOf(state.rows, history, 'object'),
    stop: async () => {
      isStopped = true;
      program?.stop();
      await program?.ended;
    },
  };
}
