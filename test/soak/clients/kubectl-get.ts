/** `kubectl get -w`, begun anew whenever it ends: it does not come back by itself. */
import { setTimeout as pause } from 'node:timers/promises';
import type { InstalledKubectl } from '../../support/installed-clients.ts';
import { type Form, GROUP, type History, PLURAL, VERSION } from './history.ts';
import { type Account, account, noteReason, Picture, problemOf, type Row, type SoakClient } from './picture.ts';
import { Program } from './program.ts';

/** Milliseconds between two runs. */
const RESTART_DELAY = 500;

/** Where a kubectl finds its cluster, and keeps what it knows of discovery. */
export interface KubectlFiles {
  readonly kubeConfig: string;
  readonly cache: string;
}

export function kubectlArguments({ kubeConfig, cache }: KubectlFiles): string[] {
  return ['--kubeconfig', kubeConfig, '--cache-dir', cache];
}

/** @param form `object`: with `-o json`; `cells`: the table, as people look at it */
export function kubectlGet(kubectl: InstalledKubectl, files: KubectlFiles, history: History, form: Form): SoakClient {
  const name = `kubectl ${kubectl.version} get -w${form === 'object' ? ' -o json' : ''}`;
  const counts: Account = account();
  const stopped = new AbortController();
  let picture = new Picture(name, counts);
  let program: Program | undefined;
  let running: Promise<void> = Promise.resolve();
  const args = [
    ...kubectlArguments(files),
    'get',
    `${PLURAL}.${VERSION}.${GROUP}`,
    '-A',
    '-w',
    '--output-watch-events',
    ...(form === 'object' ? ['-o', 'json'] : []),
  ];

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const current = new Picture(name, counts);
      picture = current;
      counts.watches += 1;
      const take = form === 'object' ? jsonLines(current, counts) : tableLines(current, counts);
      // One that is told to stop may stop in the middle of a line.
      program = new Program(kubectl.path, args, (line) => (stopped.signal.aborted ? undefined : take(line)));
      const { code, lastWords } = await program.ended;
      if (stopped.signal.aborted) return;
      current.check(history);
      counts.restarts += 1;
      noteReason(counts, lastWords === '' ? `ended ${code === 0 ? 'in peace' : 'with an error'}` : lastWords);
      await pause(RESTART_DELAY, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };

  return {
    name,
    account: counts,
    start: () => {
      running = run();
    },
    check: () => picture.check(history),
    problem: () => problemOf(picture.rows, history, form),
    stop: async () => {
      stopped.abort();
      program?.stop();
      await running;
    },
  };
}

/** An event a line. */
function jsonLines(picture: Picture, counts: Account): (line: string) => void {
  return (line) => {
    const { type, object } = JSON.parse(line) as { type: string; object: Row & { message?: string } };
    if (isRowEvent(type)) picture.takeRow(type, object);
    else noteReason(counts, `${type} ${object.message}`);
  };
}

/** `EVENT NAMESPACE NAME READY PHASE RESTARTS CPU MEMORY AGE`; no cell of these rows has a space in it. */
function tableLines(picture: Picture, counts: Account): (line: string) => void {
  return (line) => {
    const [type = '', namespace, name, ...cells] = line.trim().split(/\s+/);
    if (isRowEvent(type)) picture.take(type, `${namespace}/${name}`, cells.slice(0, -1).join(' '));
    else if (type !== 'EVENT') noteReason(counts, line);
  };
}

function isRowEvent(type: string): boolean {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}
