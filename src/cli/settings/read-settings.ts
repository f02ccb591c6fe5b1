/**
 * Reads the settings of a command: from its flags, from environment variables and from a configuration file.
 *
 * A flag wins over a variable, a variable over the file, and the file over the default.
 * @module
 */
import { parseArgs } from 'node:util';
import { errorMessage } from '../../error-message.ts';
import { usageError } from '../cli-error.ts';
import {
  flagNameOf,
  flagOf,
  type Setting,
  type SettingsSource,
  type SettingsTable,
  type SettingValues,
  textSetting,
  variableOf,
} from './setting.ts';
import { readSettingsFile } from './settings-file.ts';

/** The flag and the variable that name the configuration file. The file itself cannot contain it. */
export const CONFIG: Setting<string | undefined> = {
  ...textSetting('PATH', 'a configuration file, YAML', 'none'),
  inFile: false,
};

/** The settings, and the arguments that are no flags. */
export interface ReadSettings<Table extends SettingsTable> {
  readonly values: SettingValues<Table>;
  readonly positionals: readonly string[];
  /** Warnings for the log, such as an unknown environment variable. */
  readonly warnings: readonly string[];
}

/**
 * Reads settings that have flags only.
 * @throws CliError like {@link readSettings}
 */
export function readFlags<Table extends SettingsTable>(
  table: Table,
  args: readonly string[],
): Omit<ReadSettings<Table>, 'warnings'> {
  const { flags, positionals } = parseFlags(table, args);
  return { values: valuesOf(table, [flags]), positionals };
}

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of a table.
 * @throws CliError that names the flag, the variable or the key of the file if it is unknown or its value is invalid
 */
export function readSettings<Table extends SettingsTable>(
  table: Table,
  args: readonly string[],
  env: Environment,
): ReadSettings<Table> {
  const { flags, positionals } = parseFlags({ ...table, config: CONFIG }, args);
  const path = valueOf('config', CONFIG, [flags, variablesOf(env)]) as string | undefined;
  const file = path === undefined ? noValues : readSettingsFile(path, table);
  const values = valuesOf(table, [flags, variablesOf(env), file]);
  return { values, positionals, warnings: unknownVariables(table, env) };
}

function valuesOf<Table extends SettingsTable>(table: Table, sources: readonly SettingsSource[]): SettingValues<Table> {
  const values = Object.entries(table).map(([key, setting]) => [key, valueOf(key, setting, sources)] as const);
  return Object.fromEntries(values) as SettingValues<Table>;
}

function noValues(): undefined {
  return undefined;
}

function valueOf(key: string, setting: Setting<unknown>, sources: readonly SettingsSource[]): unknown {
  for (const source of sources) {
    const found = source(key);
    if (found === undefined) continue;
    try {
      return setting.parse(found.text);
    } catch (error) {
      throw usageError(`${found.name}: ${JSON.stringify(found.text)} ${errorMessage(error)}`);
    }
  }
  return setting.fallback;
}

function parseFlags(
  table: SettingsTable,
  args: readonly string[],
): { readonly flags: SettingsSource; readonly positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(table).map(([key, { form }]) => [
      flagNameOf(key),
      { type: form === '' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values, positionals } = parse({ args: [...args], options, allowPositionals: true, allowNegative: true });
  const flags: SettingsSource = (key) => {
    const value = values[flagNameOf(key)];
    return value === undefined ? undefined : { name: flagOf(key), text: String(value) };
  };
  return { flags, positionals };
}

/** @throws CliError with the first sentence of the error: the rest is advice for programmers */
function parse<Config extends NonNullable<Parameters<typeof parseArgs>[0]>>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw usageError((errorMessage(error).split(/\. |\n/)[0] ?? '').replace(/\.$/, ''));
  }
}

/** An empty variable counts as missing: a manifest cannot remove a variable, but it can make one empty. */
function variablesOf(env: Environment): SettingsSource {
  return (key) => {
    const name = variableOf(key);
    const text = env[name];
    return text === undefined || text === '' ? undefined : { name, text };
  };
}

/**
 * Returns a warning for each variable `KUBEFACET_…` that is no setting. The variables that Kubernetes creates for Services such as `kubefacet`
 * are expected: `KUBEFACET_SERVICE_HOST`, `KUBEFACET_PORT_443_TCP`.
 */
function unknownVariables(table: SettingsTable, env: Environment): string[] {
  const known = new Set([...Object.keys(table), 'config'].map(variableOf));
  return Object.keys(env)
    .filter((name) => name.startsWith('KUBEFACET_') && !known.has(name) && name !== 'KUBEFACET_GUARD')
    .filter((name) => !/_(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)/.test(name))
    .map((name) => `the environment variable ${name} is no setting, and is ignored; see --help`);
}
