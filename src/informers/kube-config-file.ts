/**
 * Reads the text of one kubeconfig as kubectl does. The result has the types of client-node, and further fields for the parts that the
 * reader of client-node ignores: token files, the attributes of an impersonated user, and the settings of exec plugins.
 * @module
 */
import { resolve, sep } from 'node:path';
import { parseDocument } from 'yaml';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import { KubeConfigError } from './errors.ts';
import { ConfigFields, isObject } from './kube-config-fields.ts';

/** An entry that cannot be used is an error only if the current context selects it. */
interface Entry {
  /** The reason why the entry cannot be used. */
  readonly problem?: string | undefined;
}

/** A cluster of a kubeconfig. */
export interface KubeCluster extends Cluster, Entry {
  /** The configuration that the cluster has for exec plugins. */
  readonly execConfig?: unknown;
  readonly disableCompression?: boolean | undefined;
}

/** A user of a kubeconfig. A token file is the `authProvider` with the name `tokenFile`, as in client-node. */
export interface KubeUser extends User, Entry {
  readonly impersonateUid?: string | undefined;
  readonly impersonateGroups?: readonly string[] | undefined;
  readonly impersonateExtra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A context of a kubeconfig. */
export interface KubeContext extends Context, Entry {}

/** The content of one kubeconfig, or of several that were merged. */
export interface KubeConfigContent {
  readonly clusters: readonly KubeCluster[];
  readonly users: readonly KubeUser[];
  readonly contexts: readonly KubeContext[];
  readonly currentContext: string | undefined;
}

/** The extension of a cluster that has the configuration for exec plugins. */
const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

/**
 * Returns the content of a kubeconfig; undefined if the text is empty.
 * @param folder relative paths in the text are relative to this folder
 * @throws KubeConfigError if the text is not a kubeconfig
 */
export function parseKubeConfig(text: string, folder: string): KubeConfigContent | undefined {
  // Only the first line of a message is safe: the next lines quote the file, which has secrets.
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'error', merge: true });
  const [error] = document.errors;
  if (error !== undefined) throw new KubeConfigError(`it is not YAML: ${error.message.split('\n', 1)[0]}`);
  if (document.contents === null) return undefined;
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isObject(value)) throw new KubeConfigError('it is not a kubeconfig');
  const root = new ConfigFields(value, 'kubeconfig');
  const kind = root.text('kind') ?? 'Config';
  const version = root.text('apiVersion') ?? 'v1';
  if (kind !== 'Config' || version !== 'v1') {
    throw new KubeConfigError(`it is not a kubeconfig, but has kind "${kind}" and apiVersion "${version}"`);
  }
  return {
    clusters: entriesOf(root, 'clusters', 'cluster', (name, fields) => clusterOf(name, fields, folder)),
    users: entriesOf(root, 'users', 'user', (name, fields) => userOf(name, fields, folder)),
    contexts: entriesOf(root, 'contexts', 'context', contextOf),
    currentContext: root.text('current-context'),
  };
}

/** Reads a list of entries with names. An entry that cannot be read becomes one with a problem. */
function entriesOf<E extends { readonly name: string }>(
  root: ConfigFields,
  list: string,
  field: string,
  read: (name: string, fields: ConfigFields) => E,
): E[] {
  const names = new Set<string>();
  return root.list(list).map((value, index) => {
    const path = `${list}[${index}]`;
    const entry = new ConfigFields(value, path);
    const name = entry.requiredText('name');
    if (names.has(name)) throw new KubeConfigError(`${path}: the name "${name}" occurs twice`);
    names.add(name);
    try {
      const fields = new ConfigFields(entry.any(field) ?? {}, `${path}.${field}`);
      entry.refuseOthers();
      const result = read(name, fields);
      fields.any('extensions');
      fields.refuseOthers();
      return result;
    } catch (error) {
      if (!(error instanceof KubeConfigError)) throw error;
      return { name, problem: error.message } as unknown as E;
    }
  });
}

function clusterOf(name: string, fields: ConfigFields, folder: string): KubeCluster {
  const extensions = fields.list('extensions').filter(isObject);
  // A field of very old files. kubectl ignores it too.
  fields.any('api-version');
  return defined<KubeCluster>({
    name,
    server: fields.requiredText('server').replace(/\/+$/, ''),
    caFile: pathOf(fields, 'certificate-authority', folder),
    caData: fields.base64('certificate-authority-data'),
    skipTLSVerify: fields.flag('insecure-skip-tls-verify'),
    tlsServerName: fields.text('tls-server-name'),
    proxyUrl: fields.text('proxy-url'),
    disableCompression: fields.flag('disable-compression') || undefined,
    execConfig: extensions.find((extension) => extension['name'] === EXEC_EXTENSION)?.['extension'],
  });
}

function userOf(name: string, fields: ConfigFields, folder: string): KubeUser {
  const tokenFile = pathOf(fields, 'tokenFile', folder);
  const provider = fields.object('auth-provider');
  if (tokenFile !== undefined && provider !== undefined) {
    throw new KubeConfigError(`user "${name}": tokenFile and auth-provider exclude each other`);
  }
  provider?.requiredText('name');
  const groups = fields.texts('as-groups');
  return defined<KubeUser>({
    name,
    certFile: pathOf(fields, 'client-certificate', folder),
    certData: fields.base64('client-certificate-data'),
    keyFile: pathOf(fields, 'client-key', folder),
    keyData: fields.base64('client-key-data'),
    token: fields.text('token'),
    username: fields.text('username'),
    password: fields.text('password'),
    authProvider: tokenFile === undefined ? fields.any('auth-provider') : { name: 'tokenFile', config: { tokenFile } },
    exec: execOf(fields, folder),
    impersonateUser: fields.text('as'),
    impersonateUid: fields.text('as-uid'),
    impersonateGroups: groups.length === 0 ? undefined : groups,
    impersonateExtra: extraOf(fields.object('as-user-extra')),
  });
}

function extraOf(fields: ConfigFields | undefined): Record<string, readonly string[]> | undefined {
  const names = fields?.names() ?? [];
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, fields?.texts(name) ?? []]));
}

/** Returns the exec plugin as it is in the file. A command with a folder is relative to the file; other commands are in PATH. */
function execOf(fields: ConfigFields, folder: string): unknown {
  const value = fields.any('exec');
  if (!isObject(value)) return value;
  const { command } = value;
  if (typeof command !== 'string' || !command.includes(sep)) return value;
  return { ...value, command: resolve(folder, command) };
}

function contextOf(name: string, fields: ConfigFields): KubeContext {
  return defined<KubeContext>({
    name,
    cluster: fields.text('cluster') ?? '',
    user: fields.text('user'),
    namespace: fields.text('namespace'),
  });
}

function pathOf(fields: ConfigFields, name: string, folder: string): string | undefined {
  const path = fields.text(name);
  return path === undefined ? undefined : resolve(folder, path);
}

/** Returns a copy without the undefined fields. */
function defined<T>(fields: { readonly [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
