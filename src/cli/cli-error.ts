/**
 * What ends a command: one line that says what is wrong and how to mend it, and an exit code.
 * @module
 */

/** 1: it did not work; 2: it was called wrongly. */
export type ExitCode = 1 | 2;

/** The end of a command. Shown without a stack: it is not a bug. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/** The command was called wrongly. */
export const usageError = (message: string): CliError => new CliError(`${message}; see --help`, 2);
