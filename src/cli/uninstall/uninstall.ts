/**
 * `kubefacet uninstall`: deletes the objects of `kubefacet manifests` from a cluster, the APIServices first.
 * @module
 */
import { type Clock, systemClock } from '../../clock.ts';
import { errorMessage } from '../../error-message.ts';
import {
  ConnectionError,
  CredentialsError,
  IdleTimeoutError,
  isForbidden,
  KubeConfigError,
  KubeTransport,
  loadKubeConfig,
  UpstreamApiError,
} from '../../informers/index.ts';
import { CliError, usageError } from '../cli-error.ts';
import { factsOfModule } from '../definition-module.ts';
import { readFlags } from '../settings/read-settings.ts';
import { ClusterObjects, shown } from './cluster-objects.ts';
import { deletePlanned } from './deletion.ts';
import { uninstallPlan } from './plan.ts';
import { UNINSTALL_OPTIONS } from './uninstall-settings.ts';

/** The surroundings of the command. */
export interface UninstallEnvironment {
  /** Receives each line of the output. */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
}

/**
 * Runs the command.
 * @param args the arguments after `uninstall`
 * @throws CliError if an argument is wrong, if the cluster refuses, if an object is not gone in time, or if the signal is aborted
 */
export async function uninstall(
  args: readonly string[],
  { report, signal, clock = systemClock }: UninstallEnvironment,
): Promise<void> {
  const { values: options, positionals } = readFlags(UNINSTALL_OPTIONS, args);
  const [path, ...more] = positionals;
  if (path === undefined) throw usageError('missing MODULE: kubefacet uninstall MODULE');
  if (more.length > 0) throw usageError(`uninstall takes one MODULE, but ${more.join(', ')} follows ${path}`);
  const { name, namespace = name, tlsSecret = `${name}-tls`, kubeconfig, context, deleteData } = options;
  const { apis } = await factsOfModule(path, undefined);
  const release = clock.hold?.();
  let transport: KubeTransport | undefined;
  try {
    transport = new KubeTransport(await loadKubeConfig({ path: kubeconfig, context }));
    const cluster = new ClusterObjects(transport, signal);
    const plan = await uninstallPlan(cluster, { name, namespace, tlsSecret, apis, deleteData });
    const { apiServices, objects, problem } = plan;
    const all = [...apiServices, ...objects, ...(plan.namespace === undefined ? [] : [plan.namespace])];
    if (options.dryRun) for (const object of all) report(`would delete ${shown(object)}`);
    else await deletePlanned(cluster, plan, { clock, timeout: options.timeout, report });
    for (const note of plan.notes) report(note);
    if (problem !== undefined) throw new CliError(problem, 1);
    if (all.length === 0) report(`nothing is installed as ${name} in the namespace ${namespace}`);
  } catch (error) {
    throw commandError(error, signal);
  } finally {
    release?.();
    await transport?.close();
  }
}

/** Returns the error that ends the command; the error itself if the command does not expect it. */
function commandError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new CliError('interrupted before everything was deleted; run the command again', 1, error);
  const message = errorMessage(error).split('\n')[0] ?? '';
  if (isForbidden(error)) {
    return new CliError(`${message}; use the kubeconfig of an administrator`, 1, error);
  }
  const isExpected = [UpstreamApiError, KubeConfigError, CredentialsError, ConnectionError, IdleTimeoutError].some(
    (type) => error instanceof type,
  );
  return isExpected ? new CliError(message, 1, error) : error;
}
