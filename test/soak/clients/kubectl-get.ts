/** `kubectl get -w`, restarted whenever it ends, because it does not reconnect. */
import { setTimeout as pause } from 'node:timers/promises';
import type { InstalledKubectl } from '../../support/installed-clients.ts';
import { type Form, GROUP, type History, PLURAL, VERSION } from './history.ts';
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

/** Milliseconds between two runs. */
const RESTART_DELAY = 500;

/** The kubeconfig and the discovery cache of a kubectl. */
export interface KubectlFiles {
  readonly kubeConfig: string;
  readonly cache: string;
}

export function kubectlArguments({ kubeConfig, cache }: KubectlFiles): string[] {
  return ['--kubeconfig', kubeConfig, '--cache-dir', cache];
}

/** @param form `object` reads `-o json`, `cells` reads the printed table */
export function kubectlGet(kubectl: InstalledKubectl, files: KubectlFiles, history: History, form: Form): SoakClient {
  const name = `kubectl ${kubectl.version} get -w${form === 'object' ? ' -o json' : ''}`;
  const counts: ClientStatistics = statistics();
  const stopped = new AbortController();
  let state = new ClientState(name, counts);
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
      const current = new ClientState(name, counts);
      state = current;
      counts.watches += 1;
      const take = form === 'object' ? jsonLines(current, counts) : tableLines(current, counts);
      // A stopped kubectl may end in the middle of a line.
      program = new Program(kubectl.path, args, (line) => (stopped.signal.aborted ? undefined : take(line)));
      const { code, lastStderrLine } = await program.ended;
      if (stopped.signal.aborted) return;
      current.check(history);
      counts.restarts += 1;
      noteReason(
        counts,
        lastStderrLine === '' ? `ended ${code === 0 ? 'without an error' : 'with an error'}` : lastStderrLine,
      );
      await pause(RESTART_DELAY, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };

  return {
    name,
    statistics: counts,
    start: () => {
      running = run();
    },
    check: () => state.check(history),
    problem: () => problemOf(state.rows, history, form),
    stop: async () => {
      stopped.abort();
      program?.stop();
      await running;
    },
  };
}

/** Reads one JSON event per line. */
function jsonLines(state: ClientState, counts: ClientStatistics): (line: string) => void {
  return (line) => {
    const { type, object } = JSON.parse(line) as { type: string; object: Row & { message?: string } };
    if (isRowEvent(type)) state.applyRow(type, object);
    else noteReason(counts, `${type} ${object.message}`);
  };
}

/** Reads lines of `EVENT NAMESPACE NAME READY PHASE RESTARTS CPU MEMORY AGE`. No cell of these rows contains a space. */
function tableLines(state: ClientState, counts: ClientStatistics): (line: string) => void {
  return (line) => {
    const [type = '', namespace, name, ...cells] = line.trim().split(/\s+/);
    if (isRowEvent(type)) state.apply(type, `${namespace}/${name}`, cells.slice(0, -1).join(' '));
    else if (type !== 'EVENT') noteReason(counts, line);
  };
}

function isRowEvent(type: string): boolean {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}
