/**
 * Finding and reading the kubeconfig. What it holds is client-node's to understand; what is wrong with it is told here.
 * @module
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { KubeConfigError } from './errors.ts';
import { currentCluster } from './kube-credentials.ts';

export interface LoadKubeConfigOptions {
  /** A file. Default: those of `KUBECONFIG`, else `~/.kube/config`, else the service account of the pod we run in. */
  readonly path?: string | undefined;
  /** Only the service account of the pod we run in. Default false. */
  readonly inCluster?: boolean | undefined;
  /** Default: the current context of the file. */
  readonly context?: string | undefined;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The kubeconfig, checked: it has a current context with a cluster that can be used.
 *
 * client-node is loaded here and only here, when it is needed: it takes a second.
 * @throws KubeConfigError, on one line, naming file and cause
 */
export async function loadKubeConfig(options: LoadKubeConfigOptions = {}): Promise<KubeConfig> {
  const env = options.env ?? process.env;
  const files = options.inCluster === true ? [] : filesOf(options.path, env);
  const inCluster = existsSync(SERVICE_ACCOUNT_TOKEN) && env['KUBERNETES_SERVICE_HOST'] !== undefined;
  if (files.length === 0 && !inCluster) {
    throw new KubeConfigError(
      options.inCluster === true
        ? 'this does not run in a pod with a service account'
        : 'there is no kubeconfig: set KUBECONFIG, or put one at ~/.kube/config',
    );
  }
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const kubeConfig = new Config();
  if (files.length === 0) kubeConfig.loadFromCluster();
  for (const [index, file] of files.entries()) {
    const part = index === 0 ? kubeConfig : new Config();
    loadFile(part, file);
    if (part !== kubeConfig) merge(kubeConfig, part, file);
  }
  if (options.context !== undefined) kubeConfig.setCurrentContext(options.context);
  check(kubeConfig, files.join(delimiter) || 'the service account');
  return kubeConfig;
}

function filesOf(path: string | undefined, env: Readonly<Record<string, string | undefined>>): string[] {
  if (path !== undefined) return [path];
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(env['HOME'] ?? homedir(), '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

function loadFile(kubeConfig: KubeConfig, file: string): void {
  try {
    kubeConfig.loadFromFile(file);
  } catch (error) {
    throw new KubeConfigError(`kubeconfig ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

function merge(kubeConfig: KubeConfig, part: KubeConfig, file: string): void {
  try {
    kubeConfig.mergeConfig(part, true);
  } catch (error) {
    throw new KubeConfigError(`kubeconfig ${file}: ${reasonOf(error)}`, { cause: error });
  }
  if (kubeConfig.getCurrentContext() === undefined) kubeConfig.setCurrentContext(part.getCurrentContext());
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'there is no such file';
  if ('code' in error && error.code === 'EACCES') return 'it may not be read';
  if (error.name === 'YAMLException') return `it is not YAML: ${error.message.split('\n', 1)[0]}`;
  if (error instanceof TypeError) return 'it is not a kubeconfig';
  return error.message;
}

function check(kubeConfig: KubeConfig, origin: string): void {
  const name: string | undefined = kubeConfig.getCurrentContext();
  if (name === undefined || name === '') throw new KubeConfigError(`kubeconfig ${origin}: it has no current-context`);
  const context = kubeConfig.getContextObject(name);
  if (context === null) throw new KubeConfigError(`kubeconfig ${origin}: there is no context "${name}"`);
  if (kubeConfig.getCluster(context.cluster) === null) {
    throw new KubeConfigError(
      `kubeconfig ${origin}: there is no cluster "${context.cluster}", which context "${name}" names`,
    );
  }
  if (context.user !== undefined && context.user !== '' && kubeConfig.getUser(context.user) === null) {
    throw new KubeConfigError(
      `kubeconfig ${origin}: there is no user "${context.user}", which context "${name}" names`,
    );
  }
  try {
    currentCluster(kubeConfig);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KubeConfigError(`kubeconfig ${origin}: ${reason}`, { cause: error });
  }
}
