/**
 * Loads the module that defines a server. Node.js runs TypeScript without a build step: it removes the types.
 *
 * Every mistake in the module ends the command with one line, which names the place in the user's code if the error has one.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type DefinitionContext,
  definitionParts,
  type DefinitionParts,
  type ServerContent,
} from '../definition/definition.ts';
import { type DefinitionFacts, factsOf } from '../definition/definition-facts.ts';
import { errorMessage } from '../error-message.ts';
import { CliError } from './cli-error.ts';

/** The folder of this package's code. Errors in it are shown at the line of the user that called it. */
const PACKAGE = resolve(import.meta.dirname, '..');

const ADVICE: ReadonlyMap<unknown, string> = new Map([
  [
    'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
    'Node.js only removes types, so write it in JavaScript; erasableSyntaxOnly in tsconfig.json finds such code',
  ],
  ['ERR_UNKNOWN_FILE_EXTENSION', 'the module must be a .ts, .mts, .js or .mjs file'],
]);

/** A module that defines a server. */
export interface DefinitionModule extends Pick<DefinitionParts, 'options'> {
  /** The path, as messages show it. */
  readonly path: string;
  /** Returns the APIs of the definition. @throws CliError with the place in the module if the definition fails */
  evaluate(context: DefinitionContext): Promise<ServerContent>;
}

/**
 * Loads a module.
 * @param path relative to the current directory, or absolute
 * @throws CliError if there is no such file, if it cannot be imported, or if its default export is not a definition
 */
export async function loadDefinitionModule(path: string): Promise<DefinitionModule> {
  const file = resolve(path);
  requireFile(file, path);
  let exported: { readonly default?: unknown };
  try {
    exported = await unlessIdle(import(pathToFileURL(file).href) as Promise<typeof exported>);
  } catch (error) {
    throw moduleError(path, 'cannot be loaded', error, file);
  }
  if (!('default' in exported)) {
    throw new CliError(
      `${path} has no default export; add: export default kubefacet(({ informers }) => ({ apis: [{ group, version, resources }] }))`,
      1,
    );
  }
  const parts = partsIn(exported.default, path);
  return {
    path,
    options: parts.options,
    async evaluate(context) {
      try {
        return await unlessIdle(parts.evaluate(context));
      } catch (error) {
        throw moduleError(path, 'the definition failed', error);
      }
    },
  };
}

/**
 * Loads a module, and returns the facts about its definition, without a cluster.
 * @param namespaces the namespaces that the server reads; undefined for all
 * @throws CliError that names the module if it cannot be loaded, or if its definition fails or is invalid
 */
export async function factsOfModule(path: string, namespaces: readonly string[] | undefined): Promise<DefinitionFacts> {
  const module = await loadDefinitionModule(path);
  try {
    return await factsOf(module, namespaces);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw moduleError(path, 'the definition is not valid', error);
  }
}

/**
 * Settles like `promise`, or rejects if nothing is left in the process that could settle it. Node.js would end the process without a message.
 */
async function unlessIdle<V>(promise: Promise<V>): Promise<V> {
  const idle = Promise.withResolvers<never>();
  const onIdle = (): void => idle.reject(new Error('it awaits something that never happens'));
  process.once('beforeExit', onIdle);
  try {
    return await Promise.race([promise, idle.promise]);
  } finally {
    process.off('beforeExit', onIdle);
  }
}

/** Returns the error of a command for an error in a user's code: one line, with the place in the code. */
export function moduleError(path: string, problem: string, error: unknown, file?: string): CliError {
  const [message = ''] = errorMessage(error).split('\n');
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const place = placeOf(error) ?? (file !== undefined && error instanceof SyntaxError ? syntaxPlace(file) : undefined);
  const advice = ADVICE.get(code);
  const at = place === undefined ? '' : ` (${place})`;
  return new CliError(`${path}: ${problem}: ${message}${at}${advice === undefined ? '' : `; ${advice}`}`, 1, error);
}

function requireFile(file: string, path: string): void {
  let stats;
  try {
    stats = statSync(file);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new CliError(`${path}: ${isMissing ? 'no such file' : errorMessage(error)}`, 1, error);
  }
  if (!stats.isFile()) throw new CliError(`${path} is not a file; name the file of the module`, 1);
}

function partsIn(exported: unknown, path: string): DefinitionParts {
  try {
    return definitionParts(exported);
  } catch (error) {
    throw new CliError(`the default export of ${path} ${errorMessage(error)}`, 1, error);
  }
}

/** Returns `file:line` of an error in the user's code: from the head of a syntax error, else from the first frame of its stack. */
function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // The frames after those of the loader are the callers of the import.
  const [stack = ''] = (error.stack ?? '').split(/^ *at .*node:internal\/modules\//m);
  const head = /^(file:\/\/\S+|\/\S+):(\d+)\n/.exec(stack);
  const frames = stack.matchAll(/\bat (?:.*\()?((?:file:\/\/|\/)[^\s()]*):(\d+):\d+\)?$/gm);
  for (const [, location = '', line = ''] of head === null ? frames : [head]) {
    const file = location.startsWith('file:') ? fileURLToPath(location.replace(/\?.*$/, '')) : location;
    if (file.startsWith(PACKAGE + sep) || file.includes(`${sep}node_modules${sep}`)) continue;
    return `${shown(file)}:${line}`;
  }
  return undefined;
}

/** Returns the place of a syntax error in JavaScript, which Node.js prints but does not add to the error. */
function syntaxPlace(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', cwd: dirname(file) });
  const [, line] = /^\S+:(\d+)\n/.exec(stderr) ?? [];
  return line === undefined ? undefined : `${shown(file)}:${line}`;
}

function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
