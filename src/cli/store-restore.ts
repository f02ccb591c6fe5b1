/**
 * `kubefacet store restore`: starts a new history in the file of an SQLite store that was restored from a backup.
 * @module
 */
import { parseArgs } from 'node:util';
import { errorMessage } from '../error-message.ts';
import { restoreSqliteFile } from '../stores/sqlite/restore-file.ts';
import { CliError, usageError } from './cli-error.ts';

/**
 * Runs the command.
 * @param args the arguments after `store`
 * @returns the line to print
 * @throws CliError
 */
export function storeRestore(args: readonly string[]): string {
  const { file, from } = parse(args);
  try {
    const { first } = restoreSqliteFile(file, from);
    return `${file}: a new history begins at revision ${first}; clients with earlier positions list again`;
  } catch (error) {
    throw new CliError(errorMessage(error), 1, error);
  }
}

function parse(args: readonly string[]): { readonly file: string; readonly from: string | undefined } {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: { from: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    throw usageError(errorMessage(error));
  }
  const [action, file, ...more] = parsed.positionals;
  if (action !== 'restore' || file === undefined || more.length > 0)
    throw usageError('the arguments of store are: restore FILE [--from BACKUP]');
  return { file, from: parsed.values.from };
}
