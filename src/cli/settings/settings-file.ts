/**
 * The configuration file of a command, in YAML: the keys of a table of settings, nested at their dots.
 * @module
 */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { errorMessage } from '../../error-message.ts';
import { usageError } from '../cli-error.ts';
import type { SettingsSource, SettingsTable } from './setting.ts';

/**
 * Reads a file.
 * @throws CliError that names the file and the key if the file cannot be read, is not YAML, or has an unknown key
 */
export function readSettingsFile(path: string, table: SettingsTable): SettingsSource {
  const values = new Map<string, string>();
  collect(parse(path), '', { path, table, values });
  return (key) => {
    const text = values.get(key);
    return text === undefined ? undefined : { name: `${path}: ${key}`, text };
  };
}

function parse(path: string): unknown {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw usageError(`the configuration file ${path}: ${isMissing ? 'no such file' : errorMessage(error)}`);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line;
    const [message = ''] = problem.message.split('\n');
    throw usageError(`${path}${line === undefined ? '' : `:${line}`}: ${message.replace(/ at line .*$/, '')}`);
  }
  try {
    const content: unknown = document.toJS();
    return content ?? {};
  } catch (error) {
    // Aliases are resolved here.
    throw usageError(`${path}: ${errorMessage(error)}`);
  }
}

interface Target {
  readonly path: string;
  readonly table: SettingsTable;
  readonly values: Map<string, string>;
}

/** Adds the values below a key as texts, and parses nothing: settings parse texts of all sources in the same way. */
function collect(value: unknown, key: string, target: Target): void {
  const { path, table, values } = target;
  if (Object.hasOwn(table, key) && table[key]?.inFile === true) {
    const text = textOf(value);
    if (text === undefined) throw usageError(`${path}: ${key} must be a single value, or a list of texts`);
    if (values.has(key)) throw usageError(`${path}: ${key} is set twice`);
    values.set(key, text);
    return;
  }
  const keys = Object.keys(table).filter((one) => table[one]?.inFile === true);
  const isGroup = key === '' || keys.some((one) => one.startsWith(`${key}.`));
  if (!isGroup) {
    const parent = key.slice(0, key.lastIndexOf('.') + 1);
    const siblings = new Set(
      keys.filter((one) => one.startsWith(parent)).map((one) => one.slice(parent.length).split('.')[0]),
    );
    throw usageError(`${path}: ${key} is unknown; the keys here are ${[...siblings].join(', ')}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const where = key === '' ? 'the file' : key;
    throw usageError(`${path}: ${where} must be a mapping of keys to values`);
  }
  for (const [name, member] of Object.entries(value)) collect(member, key === '' ? name : `${key}.${name}`, target);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === 'string' && !item.includes(',')) ? value.join(',') : undefined;
}
