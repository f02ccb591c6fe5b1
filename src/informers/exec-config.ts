/**
 * The configuration of an exec plugin: the field `exec` of a user in a kubeconfig (Kubernetes docs, "client-go credential plugins").
 * @module
 */
import { readFileSync } from 'node:fs';
import { KubeConfigError } from './errors.ts';
import { ConfigFields } from './kube-config-fields.ts';
import type { KubeCluster } from './kube-config-file.ts';

const GROUP = 'client.authentication.k8s.io';
const VERSIONS: readonly string[] = [`${GROUP}/v1`, `${GROUP}/v1beta1`];
const INTERACTIVE_MODES: readonly string[] = ['Never', 'IfAvailable', 'Always'];

/** How to run an exec plugin. */
export interface ExecConfig {
  readonly apiVersion: string;
  /** The name of a program in PATH, or its path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Variables that are added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** A text for users that do not have the program. */
  readonly installHint: string | undefined;
  readonly provideClusterInfo: boolean;
  /** `Never`, `IfAvailable` or `Always`. */
  readonly interactiveMode: string;
}

/**
 * Returns the configuration.
 * @param where the user, for messages: `user "jane"`
 * @throws KubeConfigError if a field is missing, wrong or unknown
 */
export function execConfig(value: unknown, where: string): ExecConfig {
  const fields = new ConfigFields(value, `${where}: exec`);
  const apiVersion = fields.requiredText('apiVersion');
  if (!VERSIONS.includes(apiVersion)) {
    throw new KubeConfigError(
      `${where}: exec.apiVersion "${apiVersion}" is not supported; use ${VERSIONS.join(' or ')}`,
    );
  }
  // The first version in which the mode is required is v1.
  const interactiveMode =
    fields.text('interactiveMode') ??
    (apiVersion.endsWith('beta1') ? 'IfAvailable' : fields.requiredText('interactiveMode'));
  if (!INTERACTIVE_MODES.includes(interactiveMode)) {
    throw new KubeConfigError(`${where}: exec.interactiveMode must be ${INTERACTIVE_MODES.join(', ')}`);
  }
  const variables = fields.list('env').map((variable, index) => {
    const entry = new ConfigFields(variable, `${where}: exec.env[${index}]`);
    const pair = [entry.requiredText('name'), entry.text('value') ?? ''] as const;
    entry.refuseOthers();
    return pair;
  });
  const config: ExecConfig = {
    apiVersion,
    command: fields.requiredText('command'),
    args: fields.texts('args'),
    env: Object.fromEntries(variables),
    installHint: fields.text('installHint'),
    provideClusterInfo: fields.flag('provideClusterInfo'),
    interactiveMode,
  };
  fields.refuseOthers();
  return config;
}

/** Returns the value of KUBERNETES_EXEC_INFO. `interactive` says whether the plugin has a terminal as its stdin. */
export function execInfo(
  { apiVersion, provideClusterInfo }: ExecConfig,
  { cluster, interactive }: { readonly cluster: KubeCluster; readonly interactive: boolean },
): string {
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion,
    spec: { ...(provideClusterInfo && { cluster: clusterInfo(cluster) }), interactive },
  });
}

/** Returns the fields of the cluster that client-go sends, in its order. */
function clusterInfo(cluster: KubeCluster): object {
  const { tlsServerName, skipTLSVerify, caFile, caData, proxyUrl, disableCompression, execConfig: config } = cluster;
  const ca = caFile === undefined || caFile === null ? caData : readFileSync(caFile).toString('base64');
  return {
    server: cluster.server,
    ...(tlsServerName && { 'tls-server-name': tlsServerName }),
    ...(skipTLSVerify && { 'insecure-skip-tls-verify': true }),
    ...(ca && { 'certificate-authority-data': ca }),
    ...(proxyUrl && { 'proxy-url': proxyUrl }),
    ...(disableCompression && { 'disable-compression': true }),
    ...(config !== undefined && { config }),
  };
}
