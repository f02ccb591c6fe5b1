/**
 * `kubefacet manifests`: the objects that a cluster needs to run the server of a module. It needs no cluster.
 * @module
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { DefinitionFacts } from '../definition/definition-facts.ts';
import { errorMessage } from '../error-message.ts';
import { CliError, usageError } from './cli-error.ts';
import { factsOfModule } from './definition-module.ts';
import { MANIFEST_OPTIONS, type ManifestOptions } from './manifests/manifest-options.ts';
import { memoryFor } from './manifests/memory.ts';
import { type ManifestObject, manifestObjects } from './manifests/manifest-objects.ts';
import { readFlags } from './settings/read-settings.ts';

/** The result of the command: the text for the terminal, and notes about the manifests. */
export interface ManifestsOutput {
  /** Empty if the manifests are in files. */
  readonly text: string;
  readonly notes: readonly string[];
}

/**
 * Runs the command.
 * @param args the arguments after `manifests`
 * @throws CliError if an argument is wrong, if the module is not a definition, or if a file cannot be read or written
 */
export async function manifests(args: readonly string[]): Promise<ManifestsOutput> {
  const { values: options, positionals } = readFlags(MANIFEST_OPTIONS, args);
  const [path, ...more] = positionals;
  if (path === undefined) throw usageError('missing MODULE: kubefacet manifests MODULE --image IMAGE');
  if (more.length > 0) throw usageError(`manifests takes one MODULE, but ${more.join(', ')} follows ${path}`);
  const { image, name, namespace = name, tlsSecret = `${name}-tls`, impersonateGroups = [] } = options;
  if (image === undefined) throw usageError('missing --image IMAGE, the image of the server');
  if (options.format === 'kustomize' && options.output === undefined)
    throw usageError('--format kustomize needs --output PATH, the folder to write');
  const tls = tlsOf(options);
  const ca = options.caFile === undefined ? undefined : await readCa(options.caFile);
  const facts = await factsOfModule(path, options.namespaces);
  const memory = options.memory ?? memoryFor(options.rows);
  const deployed = {
    ...options,
    image,
    namespace,
    tls,
    tlsSecret,
    impersonateGroups,
    memory,
    module: inImage(path),
    ca,
  };
  const text = await write(manifestObjects(facts, deployed), options);
  return { text, notes: notesOf(facts, { ...options, tls }) };
}

/** @throws CliError if an option belongs to another origin of the certificate */
function tlsOf({ tls, issuer, caFile, tlsSecret }: ManifestOptions): NonNullable<ManifestOptions['tls']> {
  const hasSecret = caFile !== undefined || tlsSecret !== undefined;
  const origin = tls ?? (issuer !== undefined ? 'cert-manager' : hasSecret ? 'secret' : 'self-made');
  if (origin !== 'cert-manager' && issuer !== undefined) {
    throw usageError(`--issuer cannot be combined with --tls ${origin}; it belongs to --tls cert-manager`);
  }
  if (origin !== 'secret' && caFile !== undefined) {
    throw usageError(`--ca-file cannot be combined with --tls ${origin}, which writes the caBundle itself`);
  }
  if (origin === 'self-made' && tlsSecret !== undefined) {
    throw usageError('--tls-secret cannot be combined with --tls self-made, which needs no such Secret');
  }
  return origin;
}

/** Returns the path of the module in the image, whose working directory is the current one here. */
function inImage(path: string): string {
  const inFolder = relative(process.cwd(), resolve(path));
  return inFolder.startsWith('..') ? path : inFolder;
}

async function readCa(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CliError(`--ca-file ${path}: ${errorMessage(error)}`, 1, error);
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new CliError(`--ca-file ${path}: the file contains no certificate in PEM`, 1);
  }
  return text;
}

/** Writes the objects, or returns their text if they belong on the terminal. */
async function write(
  files: ReadonlyMap<string, readonly ManifestObject[]>,
  { format, output, namespace, name }: ManifestOptions,
): Promise<string> {
  const text = yaml([...files.values()].flat());
  if (output === undefined) return text;
  const contents = new Map(format === 'yaml' ? [[output, text]] : []);
  if (format === 'kustomize') {
    for (const [file, objects] of files) contents.set(join(output, file), yaml(objects));
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      // RoleBindings in other namespaces keep theirs, so there is no `namespace` here.
      resources: [...files.keys()],
    };
    contents.set(
      join(output, 'kustomization.yaml'),
      `# ${name} in the namespace ${namespace ?? name}\n${stringify(kustomization)}`,
    );
  }
  try {
    for (const [file, content] of contents) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  } catch (error) {
    throw new CliError(`cannot write ${output}: ${errorMessage(error)}`, 1, error);
  }
  return '';
}

/** Returns objects as documents. Long texts stay on one line, and equal parts are repeated rather than aliased. */
function yaml(objects: readonly ManifestObject[]): string {
  const options = { lineWidth: 0, aliasDuplicateObjects: false };
  return objects.map((object) => stringify(object, options)).join('---\n');
}

function notesOf({ apis, singleProcess, impersonates }: DefinitionFacts, options: ManifestOptions): string[] {
  const notes: string[] = [];
  if (options.tls === 'cert-manager') {
    const { issuer } = options;
    const existing = issuer === undefined ? '' : `, and the ${issuer.kind} ${issuer.name}`;
    notes.push(`the cluster needs cert-manager, with its CA injector${existing}`);
  }
  if (options.tls === 'secret' && options.caFile === undefined) {
    const names = apis.map(({ group, version }) => `${version}.${group}`).join(', ');
    notes.push(`without --ca-file, add the CA of the serving certificate as caBundle to the APIService ${names}`);
  }
  if (options.tls === 'secret' && options.caFile === undefined && options.serviceMonitor !== undefined) {
    const { name, tlsSecret = `${name}-tls` } = options;
    notes.push(`without --ca-file, Prometheus needs the CA as the key ca.crt of the Secret ${tlsSecret}`);
  }
  if (singleProcess.length > 0) {
    notes.push(`one replica: only one process can use the store of ${singleProcess.join(', ')}`);
  }
  if (impersonates && options.impersonateGroups === undefined) {
    notes.push('users of a group other than system:authenticated can write only with --impersonate-groups');
  }
  return notes;
}
