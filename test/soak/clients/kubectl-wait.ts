/** Runs `kubectl wait` repeatedly on rows of new pods: first until a label is set, then until the row is deleted. */
import { setTimeout as pause } from 'node:timers/promises';
import { pod, type RandomNumber, type Storage } from '../../../src/testing/index.ts';
import { type InstalledKubectl, JSONPATH_WAIT_SINCE } from '../../support/installed-clients.ts';
import { GROUP, PLURAL, VERSION } from './history.ts';
import { type KubectlFiles, kubectlArguments } from './kubectl-get.ts';
import { type ClientStatistics, statistics, noteReason, type SoakClient } from './client-state.ts';
import { Program } from './program.ts';

export const WAIT_NAMESPACE = 'waits';

/** Seconds. The expected change happens within 2 s, but informers that lose upstream repeatedly may wait up to 30 s between attempts. */
const TIMEOUT = 180;
/** Messages of kubectl for an object that is deleted before the first get. The second one is from version 1.20. */
const GONE = /NotFound|no matching resources found/;
const RETRY_DELAY = 500;

export function kubectlWait(
  kubectl: InstalledKubectl,
  files: KubectlFiles,
  { storage, random }: { readonly storage: Storage; readonly random: RandomNumber },
): SoakClient {
  const name = `kubectl ${kubectl.version} wait`;
  const counts: ClientStatistics = statistics();
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const common = [...kubectlArguments(files), '-n', WAIT_NAMESPACE];

  /** Runs kubectl until it succeeds. kubectl does not retry after a lost connection, so its users must. */
  const succeed = async (args: readonly string[], onEnd: (code: number | undefined, stderrLine: string) => boolean) => {
    for (;;) {
      const { code, lastStderrLine } = await new Program(kubectl.path, [...common, ...args]).ended;
      if (onEnd(code, lastStderrLine)) return;
      counts.restarts += 1;
      noteReason(counts, lastStderrLine);
      await pause(RETRY_DELAY);
    }
  };

  /** Waits for a change that happens a moment later. With `whenGone`, a missing object counts as success. */
  const waitFor = async (what: string, row: string, happen: () => void, whenGone = false): Promise<void> => {
    let hasHappened = false;
    const happening = pause(200 + Math.floor(random() * 1800)).then(() => {
      hasHappened = true;
      happen();
    });
    counts.watches += 1;
    await succeed(['wait', row, `--for=${what}`, `--timeout=${TIMEOUT}s`], (code, stderrLine) => {
      if (code === 0 && !hasHappened) counts.mismatches.push(`${name} --for=${what} ${row} succeeded too early`);
      if (stderrLine.includes('timed out waiting'))
        counts.mismatches.push(`${name} --for=${what} ${row}: ${stderrLine}`);
      return code === 0 || (whenGone && hasHappened && GONE.test(stderrLine));
    });
    await happening;
    counts.events += 1;
    counts.comparisons += 1;
  };

  const run = async (): Promise<void> => {
    for (let number = 1; !stopped.signal.aborted; number += 1) {
      const podName = `for-${kubectl.version}-${number}`.replaceAll(/[^a-z0-9]/g, '-');
      const key = `${WAIT_NAMESPACE}/${podName}`;
      const row = `${PLURAL}.${VERSION}.${GROUP}/${podName}`;
      storage.create('pods', pod(key, { labels: { stage: 'begun' } }));
      await succeed(['get', row], (code) => code === 0);
      if (kubectl.minor >= JSONPATH_WAIT_SINCE)
        await waitFor('jsonpath={.metadata.labels.stage}=done', row, () => {
          storage.modify('pods', key, (current) => ({
            ...current,
            metadata: { ...current.metadata, labels: { stage: 'done' } },
          }));
        });
      await waitFor('delete', row, () => void storage.delete('pods', key), true);
      await pause(500 + Math.floor(random() * 2000), undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };

  return {
    name,
    statistics: counts,
    start: () => {
      running = run();
    },
    check: () => undefined,
    problem: () => undefined,
    // A started wait runs to its end: a wait that never ends is a failure.
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
