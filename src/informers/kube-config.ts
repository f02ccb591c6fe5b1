/**
 * Finds the kubeconfig, merges its files as kubectl does, and reports what is wrong with it.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Cluster, Context, KubeConfig, User } from '@kubernetes/client-node';
import { currentCluster, currentUser } from './current-context.ts';
import { KubeConfigError } from './errors.ts';
import { type KubeConfigContent, parseKubeConfig } from './kube-config-file.ts';

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

/** A kubeconfig, and the name of its source for messages. */
interface NamedContent {
  readonly origin: string;
  readonly content: KubeConfigContent;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Loads the kubeconfig and checks it: its current context names a cluster and a user that can be used.
 *
 * The result is a `KubeConfig` of client-node. Some of its users have fields that client-node lacks. The informers use them. The package
 * client-node is loaded by the first call and not by an import, because loading takes a second.
 * @example
 * const kubeConfig = await loadKubeConfig({ text: process.env['KUBECONFIG_CONTENT'] });
 * @throws KubeConfigError with a message of one line that names the file and the cause
 */
export async function loadKubeConfig(options: LoadKubeConfigOptions = {}): Promise<KubeConfig> {
  const { origin, content } = contentOf(options, options.env ?? process.env);
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const kubeConfig = new Config();
  kubeConfig.loadFromOptions({ ...content, currentContext: options.context ?? content.currentContext });
  check(kubeConfig, origin);
  refuseInClients(kubeConfig);
  return kubeConfig;
}

/**
 * Lets the API clients of client-node fail if the user has attributes of impersonation that client-node drops. Without them, the client
 * would act as another subject.
 */
function refuseInClients(kubeConfig: KubeConfig): void {
  const apply = kubeConfig.applySecurityAuthentication.bind(kubeConfig);
  kubeConfig.applySecurityAuthentication = async (context) => {
    const { impersonateUid, impersonateGroups, impersonateExtra } = currentUser(kubeConfig) ?? {};
    if (impersonateUid ?? impersonateGroups ?? impersonateExtra) {
      throw new KubeConfigError(
        'clients of client-node do not send as-uid, as-groups and as-user-extra of the kubeconfig',
      );
    }
    return apply(context);
  };
}

function contentOf(
  { path, text, inCluster = false }: LoadKubeConfigOptions,
  env: Readonly<Record<string, string | undefined>>,
): NamedContent {
  if (text !== undefined) {
    if (path !== undefined || inCluster) {
      const other = path === undefined ? 'inCluster' : 'path';
      throw new KubeConfigError(`loadKubeConfig: text and ${other} exclude each other; remove one of them`);
    }
    return single('of the option text', () => parseKubeConfig(text, '.'));
  }
  if (path !== undefined && !inCluster) return single(path, () => readKubeConfig(path));
  const files = inCluster ? [] : filesOf(env);
  if (files.length > 0) return mergedFiles(files);
  const content = serviceAccountConfig(env);
  if (content !== undefined) return { origin: 'the service account', content };
  throw new KubeConfigError(
    inCluster
      ? 'this process does not run in a pod with a service account'
      : 'there is no kubeconfig: set KUBECONFIG, or create ~/.kube/config',
  );
}

function single(origin: string, read: () => KubeConfigContent | undefined): NamedContent {
  const content = rethrowAsKubeConfigError(origin, read);
  if (content === undefined) throw new KubeConfigError(`kubeconfig ${origin}: it is empty`);
  return { origin, content };
}

/** Merges files as kubectl does: the first file with a name or a current context wins. Missing and empty files are skipped. */
function mergedFiles(files: readonly string[]): NamedContent {
  const origin = files.join(delimiter);
  const found = files.filter((file) => existsSync(file));
  if (found.length === 0) throw new KubeConfigError(`kubeconfig ${origin}: there is no such file`);
  const contents = found
    .map((file) => rethrowAsKubeConfigError(file, () => readKubeConfig(file)))
    .filter((content) => content !== undefined);
  if (contents.length === 0) throw new KubeConfigError(`kubeconfig ${origin}: it is empty`);
  const content: KubeConfigContent = {
    clusters: firstOfEachName(contents.flatMap(({ clusters }) => clusters)),
    users: firstOfEachName(contents.flatMap(({ users }) => users)),
    contexts: firstOfEachName(contents.flatMap(({ contexts }) => contexts)),
    currentContext: contents.map(({ currentContext }) => currentContext).find((name) => name !== undefined),
  };
  return { origin, content };
}

function firstOfEachName<E extends { readonly name: string }>(entries: readonly E[]): E[] {
  const byName = new Map<string, E>();
  for (const entry of entries) if (!byName.has(entry.name)) byName.set(entry.name, entry);
  return Array.from(byName.values());
}

function readKubeConfig(file: string): KubeConfigContent | undefined {
  return parseKubeConfig(readFileSync(file, 'utf8'), dirname(resolve(file)));
}

function filesOf(env: Readonly<Record<string, string | undefined>>): string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(env['HOME'] ?? homedir(), '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

/**
 * Returns the kubeconfig of the service account of this pod; undefined outside a pod.
 * @param folder the folder in which the cluster mounts the token, the certificate authority and the namespace
 */
export function serviceAccountConfig(
  env: Readonly<Record<string, string | undefined>>,
  folder = SERVICE_ACCOUNT,
): KubeConfigContent | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  const [tokenFile, caFile, namespaceFile] = ['token', 'ca.crt', 'namespace'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  if (host === '' || port === '' || !existsSync(tokenFile)) return undefined;
  const cluster: Cluster = {
    name: 'inCluster',
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    caFile,
    skipTLSVerify: false,
  };
  const user: User = { name: 'inClusterUser', authProvider: { name: 'tokenFile', config: { tokenFile } } };
  const context: Context = {
    name: 'inClusterContext',
    cluster: cluster.name,
    user: user.name,
    ...(existsSync(namespaceFile) && { namespace: readFileSync(namespaceFile, 'utf8').trim() }),
  };
  return { clusters: [cluster], users: [user], contexts: [context], currentContext: context.name };
}

function rethrowAsKubeConfigError<T>(origin: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new KubeConfigError(`kubeconfig ${origin}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'there is no such file';
  if ('code' in error && error.code === 'EACCES') return 'this process may not read it';
  return error.message.split('\n', 1)[0] ?? '';
}

function check(kubeConfig: KubeConfig, origin: string): void {
  const name: string | undefined = kubeConfig.getCurrentContext();
  if (name === undefined || name === '') throw new KubeConfigError(`kubeconfig ${origin}: it has no current-context`);
  rethrowAsKubeConfigError(origin, () => {
    currentCluster(kubeConfig);
    currentUser(kubeConfig);
  });
}
