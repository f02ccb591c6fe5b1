/**
 * The error that ends a command: a message in one line that says what is wrong and how to fix it, and an exit code.
 * @module
 */

/** The exit code of a command: 1 if it failed, 2 if its arguments are wrong. */
export type ExitCode = 1 | 2;

/** Ends the command. The message is printed without a stack, because the error is not a bug. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  constructor(message: string, exitCode: ExitCode, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

/** Returns the error for wrong arguments. */
export function usageError(message: string): CliError {
  return new CliError(`${message}; see --help`, 2);
}
