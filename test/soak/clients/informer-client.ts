/** The informer of client-node, used as its documentation says: it follows the watch by itself, and is started again after an error. */
import {
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { canonical } from '../../system/convergence/pods.ts';
import { GROUP, type History, PLURAL, revisionOf, VERSION } from './history.ts';
import {
  type Account,
  account,
  difference,
  keyOf,
  noteReason,
  problemOf,
  type Row,
  type SoakClient,
} from './picture.ts';

/** Milliseconds until it is started again. The documentation has 5 s; with less there is more to see. */
const RESTART_DELAY = 500;

export function informerClient(kubeConfigText: string, history: History): SoakClient {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(kubeConfigText);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const list = async (): Promise<KubernetesListObject<KubernetesObject>> =>
    (await custom.listClusterCustomObject({ group: GROUP, version: VERSION, plural: PLURAL })) as never;
  const informer = makeInformer(kubeConfig, `/apis/${GROUP}/${VERSION}/${PLURAL}`, list);
  const counts: Account = account();
  let isStopped = false;
  let restart: NodeJS.Timeout | undefined;

  const rows = (): Map<string, string> =>
    new Map((informer.list() as unknown as Row[]).map((row) => [keyOf(row), canonical(row)]));
  const start = (): void => void informer.start().catch(giveUp);
  const giveUp = (error: unknown): void => {
    if (isStopped) return;
    counts.restarts += 1;
    noteReason(counts, describe(error));
    restart = setTimeout(start, RESTART_DELAY);
  };
  informer.on('change', () => (counts.events += 1));
  informer.on('connect', () => (counts.watches += 1));
  informer.on('error', giveUp);

  return {
    name: 'client-node informer',
    account: counts,
    start,
    check: () => {
      // Without a version it is about to list, and holds what it held before.
      const version = (informer as unknown as { latestResourceVersion(): string }).latestResourceVersion();
      const wanted = version === '' ? undefined : history.at(revisionOf(version));
      if (wanted === undefined) return;
      counts.comparisons += 1;
      const problem = difference(rows(), wanted);
      if (problem !== undefined) counts.mismatches.push(`client-node informer at ${version}: ${problem}`);
    },
    problem: () => problemOf(rows(), history, 'object'),
    stop: async () => {
      isStopped = true;
      clearTimeout(restart);
      await informer.stop();
    },
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message.split('\n')[0]}${cause}`;
}
