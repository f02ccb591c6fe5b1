/** The informer of client-node, used as its documentation describes: the application restarts it after an error. */
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
  type ClientStatistics,
  statistics,
  difference,
  keyOf,
  noteReason,
  problemOf,
  type Row,
  type SoakClient,
} from './client-state.ts';

/** Milliseconds before a restart. The documentation waits for 5 s. A shorter delay tests more restarts. */
const RESTART_DELAY = 500;

export function informerClient(kubeConfigText: string, history: History): SoakClient {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(kubeConfigText);
  const custom = kubeConfig.makeApiClient(CustomObjectsApi);
  const list = async (): Promise<KubernetesListObject<KubernetesObject>> =>
    (await custom.listClusterCustomObject({ group: GROUP, version: VERSION, plural: PLURAL })) as never;
  const informer = makeInformer(kubeConfig, `/apis/${GROUP}/${VERSION}/${PLURAL}`, list);
  const counts: ClientStatistics = statistics();
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
    statistics: counts,
    start,
    check: () => {
      // An informer without a version is about to list and still holds its previous objects.
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
