/** The watch of Python's kubernetes client: `python-watcher.py` in a process of its own, which tells what it is told. */
import { join } from 'node:path';
import { unreachable } from '../../../src/unreachable.ts';
import type { History } from './history.ts';
import { type Account, account, noteReason, Picture, problemOf, type Row, type SoakClient } from './picture.ts';
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
  const counts: Account = account();
  const picture = new Picture(name, counts);
  let program: Program | undefined;
  let isStopped = false;

  const take = (text: string): void => {
    if (isStopped) return;
    const line = JSON.parse(text) as Line;
    switch (line.type) {
      case 'LIST':
        return picture.replace(line.items, line.version);
      case 'WATCH':
        counts.watches += 1;
        return;
      case 'RESTART':
        counts.restarts += 1;
        return noteReason(counts, line.reason);
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return picture.takeRow(line.type, line.object);
      default:
        return unreachable(line);
    }
  };

  return {
    name,
    account: counts,
    start: () => {
      program = new Program(python.path, [join(import.meta.dirname, 'python-watcher.py'), kubeConfig], take);
      void program.ended.then(({ code, lastWords }) => {
        if (!isStopped) counts.mismatches.push(`${name} ended with ${code}: ${lastWords}`);
      });
    },
    check: () => picture.check(history),
    problem: () => problemOf(picture.rows, history, 'object'),
    stop: async () => {
      isStopped = true;
      program?.stop();
      await program?.ended;
    },
  };
}
