/**
 * Finds and reads the kubeconfig. client-node interprets the content; this file reports what is wrong with it.
 * @module
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { KubeConfigError } from './errors.ts';
import { currentCluster } from './kube-credentials.ts';

/** Options of {@link loadKubeConfig}. */
export interface LoadKubeConfigOptions {
  /**
   * A file. Default: the files of `KUBECONFIG`; if it is not set, `~/.kube/config`; if there is no such file, the pod's service account.
   */
  readonly path?: string | undefined;
  /** The content of a kubeconfig, as YAML or JSON. Relative paths in it are relative to the current directory. */
  readonly text?: string | undefined;
  /** Use only the service account of the pod of this process. Default false. */
  readonly inCluster?: boolean | undefined;
  /** The name of the context to use. Default: the current context of the kubeconfig. */
  readonly context?: string | undefined;
  /** The environment variables. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A file, text or service account that a kubeconfig is read from, and its name for messages. */
interface ConfigSource {
  readonly name: string;
  readonly load: (kubeConfig: KubeConfig) => void;
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Loads the kubeconfig and checks it: its current context names a cluster that can be used.
 *
 * The package client-node is loaded by the first call and not by an import, because loading takes a second.
 * @example
 * const kubeConfig = await loadKubeConfig({ text: process.env['KUBECONFIG_CONTENT'] });
 * @throws KubeConfigError with a message of one line that names the file and the cause
 */
export async function loadKubeConfig(options: LoadKubeConfigOptions = {}): Promise<KubeConfig> {
  const sources = sourcesOf(options, options.env ?? process.env);
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const kubeConfig = new Config();
  for (const [index, source] of sources.entries()) {
    const part = index === 0 ? kubeConfig : new Config();
    rethrowAsKubeConfigError(source, () => source.load(part));
    if (part !== kubeConfig) merge(kubeConfig, part, source);
  }
  if (options.context !== undefined) kubeConfig.setCurrentContext(options.context);
  check(kubeConfig, sources.map(({ name }) => name).join(delimiter));
  return kubeConfig;
}

function sourcesOf(
  { path, text, inCluster = false }: LoadKubeConfigOptions,
  env: Readonly<Record<string, string | undefined>>,
): ConfigSource[] {
  if (text !== undefined) {
    if (path !== undefined || inCluster) {
      const other = path === undefined ? 'inCluster' : 'path';
      throw new KubeConfigError(`loadKubeConfig: text and ${other} exclude each other; remove one of them`);
    }
    return [{ name: 'of the option text', load: (kubeConfig) => kubeConfig.loadFromString(text) }];
  }
  const files = inCluster ? [] : filesOf(path, env);
  if (files.length > 0) return files.map((name) => ({ name, load: (kubeConfig) => kubeConfig.loadFromFile(name) }));
  if (existsSync(SERVICE_ACCOUNT_TOKEN) && env['KUBERNETES_SERVICE_HOST'] !== undefined) {
    return [{ name: 'the service account', load: (kubeConfig) => kubeConfig.loadFromCluster() }];
  }
  throw new KubeConfigError(
    inCluster
      ? 'this process does not run in a pod with a service account'
      : 'there is no kubeconfig: set KUBECONFIG, or create ~/.kube/config',
  );
}

function filesOf(path: string | undefined, env: Readonly<Record<string, string | undefined>>): string[] {
  if (path !== undefined) return [path];
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(env['HOME'] ?? homedir(), '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

function merge(kubeConfig: KubeConfig, part: KubeConfig, source: ConfigSource): void {
  rethrowAsKubeConfigError(source, () => kubeConfig.mergeConfig(part, true));
  if (kubeConfig.getCurrentContext() === undefined) kubeConfig.setCurrentContext(part.getCurrentContext());
}

function rethrowAsKubeConfigError(source: ConfigSource, run: () => void): void {
  try {
    run();
  } catch (error) {
    throw new KubeConfigError(`kubeconfig ${source.name}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'there is no such file';
  if ('code' in error && error.code === 'EACCES') return 'this process may not read it';
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
