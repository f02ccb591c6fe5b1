/** `kubectl wait`, again and again, on rows of pods that are made for it: for a label to be set, then for the row to go. */
import { setTimeout as pause } from 'node:timers/promises';
import { pod, type RandomNumber, type Storage } from '../../../src/testing/index.ts';
import { type InstalledKubectl, JSONPATH_WAIT_SINCE } from '../../support/installed-clients.ts';
import { GROUP, PLURAL, VERSION } from './history.ts';
import { type KubectlFiles, kubectlArguments } from './kubectl-get.ts';
import { type Account, account, noteReason, type SoakClient } from './picture.ts';
import { Program } from './program.ts';

export const WAIT_NAMESPACE = 'waits';

/** Seconds that kubectl waits. What it waits for comes within two; informers that lose upstream again and again wait up to 30 in between. */
const TIMEOUT = 180;
/** What is gone before kubectl looks for it; the second is what 1.20 says. */
const GONE = /NotFound|no matching resources found/;
const RETRY_DELAY = 500;

export function kubectlWait(
  kubectl: InstalledKubectl,
  files: KubectlFiles,
  { storage, random }: { readonly storage: Storage; readonly random: RandomNumber },
): SoakClient {
  const name = `kubectl ${kubectl.version} wait`;
  const counts: Account = account();
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const common = [...kubectlArguments(files), '-n', WAIT_NAMESPACE];

  /** Runs kubectl until it succeeds; a connection that is cut is its user's affair. */
  const succeed = async (args: readonly string[], onEnd: (code: number | undefined, words: string) => boolean) => {
    for (;;) {
      const { code, lastWords } = await new Program(kubectl.path, [...common, ...args]).ended;
      if (onEnd(code, lastWords)) return;
      counts.restarts += 1;
      noteReason(counts, lastWords);
      await pause(RETRY_DELAY);
    }
  };

  /** Waits for something that is made to happen a moment later. `whenGone`: what is not there counts as success. */
  const waitFor = async (what: string, row: string, happen: () => void, whenGone = false): Promise<void> => {
    let hasHappened = false;
    const happening = pause(200 + Math.floor(random() * 1800)).then(() => {
      hasHappened = true;
      happen();
    });
    counts.watches += 1;
    await succeed(['wait', row, `--for=${what}`, `--timeout=${TIMEOUT}s`], (code, words) => {
      if (code === 0 && !hasHappened) counts.mismatches.push(`${name} --for=${what} ${row} succeeded too early`);
      if (words.includes('timed out waiting')) counts.mismatches.push(`${name} --for=${what} ${row}: ${words}`);
      return code === 0 || (whenGone && hasHappened && GONE.test(words));
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
    account: counts,
    start: () => {
      running = run();
    },
    check: () => undefined,
    problem: () => undefined,
    // What it has begun it ends: a wait that never ends is a failure.
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
