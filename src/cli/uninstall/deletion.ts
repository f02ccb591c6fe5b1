/**
 * Deletes the objects of a plan, and waits until they are gone.
 *
 * ```
 *   APIServices ─▶ gone, and not in discovery ─▶ Deployment … ServiceAccount, one after the other ─▶ gone ─▶ Namespace ─▶ gone
 * ```
 *
 * The APIServices are first: while one of them leads to a server that has ended, the cluster cannot delete any namespace.
 * @module
 */
import { type Clock, delay } from '../../clock.ts';
import { CliError } from '../cli-error.ts';
import { type ClusterObjects, type FoundObject, groupVersionOf, shown } from './cluster-objects.ts';
import { DEPLOYMENT } from './object-kinds.ts';
import type { UninstallPlan } from './plan.ts';

/** Options of {@link deletePlanned}. */
export interface DeletionOptions {
  readonly clock: Clock;
  /** The maximum time of the whole deletion, in milliseconds. */
  readonly timeout: number;
  /** Receives a line for each deleted object. */
  readonly report: (line: string) => void;
}

/** The time between two looks at an object that is being deleted. */
const POLL_MS = 500;

/** Deletes in order. @throws CliError if an object is not gone in time */
export async function deletePlanned(
  cluster: ClusterObjects,
  plan: UninstallPlan,
  options: DeletionOptions,
): Promise<void> {
  const waits = new Waits(cluster.signal, options);
  for (const apiService of plan.apiServices) await cluster.delete(apiService);
  for (const apiService of plan.apiServices) await waits.untilGone(cluster, apiService);
  await waits.until(async () => {
    const left = await stillServed(cluster, plan.apiServices);
    return left.length === 0 ? undefined : `the cluster still lists ${left.join(', ')} in /apis`;
  }, 'wait, and run the command again');
  for (const object of plan.objects) {
    // The end of the Deployment includes that of its pods.
    await cluster.delete(object, object.kind === DEPLOYMENT ? 'Foreground' : 'Background');
    await waits.untilGone(cluster, object);
  }
  if (plan.namespace === undefined) return;
  await cluster.delete(plan.namespace);
  await waits.untilGone(cluster, plan.namespace);
}

/** Returns the group versions of deleted APIServices that clients still find. Another APIService of the same name may serve them now. */
async function stillServed(cluster: ClusterObjects, deleted: readonly FoundObject[]): Promise<string[]> {
  const { groups = [] } = await cluster.transport.get<{
    readonly groups?: readonly { readonly versions?: readonly { readonly groupVersion: string }[] }[];
  }>('/apis', { signal: cluster.signal });
  const served = new Set(groups.flatMap(({ versions = [] }) => versions.map(({ groupVersion }) => groupVersion)));
  const left: string[] = [];
  for (const apiService of deleted) {
    const groupVersion = groupVersionOf(apiService);
    const isServed = served.has(groupVersion) && (await cluster.find(apiService.kind, apiService.name)) === undefined;
    if (isServed) left.push(groupVersion);
  }
  return left;
}

/** Waits that share one deadline. */
class Waits {
  readonly #signal: AbortSignal;
  readonly #options: DeletionOptions;
  readonly #deadline: number;

  constructor(signal: AbortSignal, options: DeletionOptions) {
    this.#signal = signal;
    this.#options = options;
    this.#deadline = options.clock.now() + options.timeout;
  }

  /** Resolves when a deleted object is gone. */
  async untilGone(cluster: ClusterObjects, object: FoundObject): Promise<void> {
    const remaining = async (): Promise<string | undefined> => {
      const now = await cluster.remaining(object);
      return now === undefined ? undefined : `${shown(now)} still exists${reasonOf(now)}`;
    };
    await this.until(remaining, 'see docs/deploying.md, and run the command again');
    this.#options.report(`deleted ${shown(object)}`);
  }

  /** Resolves when `obstacle` returns undefined. @throws CliError with the obstacle and the advice at the deadline */
  async until(obstacle: () => Promise<string | undefined>, advice: string): Promise<void> {
    const { clock, timeout } = this.#options;
    for (;;) {
      const text = await obstacle();
      if (text === undefined) return;
      if (clock.now() >= this.#deadline) throw new CliError(`after ${timeout / 1000} s, ${text}; ${advice}`, 1);
      await delay(clock, POLL_MS, this.#signal);
      this.#signal.throwIfAborted();
    }
  }
}

/** Returns why an object that is being deleted is not gone: its finalizers, or what the namespace controller reports. */
function reasonOf({ fields: { metadata, status } }: FoundObject): string {
  const { finalizers = [] } = metadata ?? {};
  const conditions = (status?.conditions ?? []).flatMap(({ status: is, message }) =>
    is === 'True' && message !== undefined ? [message] : [],
  );
  const reasons = [...(finalizers.length > 0 ? [`its finalizers are ${finalizers.join(', ')}`] : []), ...conditions];
  return reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
}
