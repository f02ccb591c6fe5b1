/**
 * The log of a server.
 * @module
 */

import { withoutControls } from '../control-characters.ts';

/** A log. `detail` is an error, or any value that JSON can represent. */
export interface Logger {
  debug(message: string, detail?: unknown): void;
  info(message: string, detail?: unknown): void;
  warn(message: string, detail?: unknown): void;
  error(message: string, detail?: unknown): void;
}

/**
 * Writes one line for each message to stderr. It drops messages of level `debug`. Control characters are escaped, so that a name in a
 * message cannot look like another line.
 */
export const stderrLogger: Logger = {
  debug: () => undefined,
  info: (message, detail) => write('INFO', message, detail),
  warn: (message, detail) => write('WARN', message, detail),
  error: (message, detail) => write('ERROR', message, detail),
};

/**
 * Returns a log for the framework: the same log, but messages have their control characters escaped, and an error of the log itself is
 * ignored. Such an error must not end the process or change a response.
 */
export function guardedLogger(log: Logger): Logger {
  const guarded =
    (level: keyof Logger) =>
    (message: string, detail?: unknown): void => {
      try {
        const result: unknown = log[level](withoutControls(message), detail);
        if (result instanceof Promise) result.catch(() => undefined);
      } catch {
        // There is no other place to report it.
      }
    };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}

/** The maximum number of causes of an error that the log shows. */
const MAX_CAUSES = 5;

/** The lines of a stack stay, but each of them is indented, so that none looks like a message. The stacks of the causes follow. */
function stackOf(error: Error): string {
  let text = error.stack ?? error.message;
  let { cause } = error;
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined; depth += 1) {
    text += `\ncaused by: ${cause instanceof Error ? (cause.stack ?? cause.message) : textOf(cause)}`;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return withoutControls(text, { keepLines: true }).replaceAll(/\n(?! {4})/g, '\n    ');
}

function textOf(detail: unknown): string {
  if (detail === undefined) return '';
  if (detail instanceof Error) return stackOf(detail);
  try {
    const json = JSON.stringify(detail) as string | undefined;
    return withoutControls(json ?? typeof detail);
  } catch {
    return 'a detail that JSON cannot represent';
  }
}

function write(level: string, message: string, detail: unknown): void {
  const text = textOf(detail);
  process.stderr.write(
    `${new Date().toISOString()} ${level} ${withoutControls(message)}${text === '' ? '' : ` ${text}`}\n`,
  );
}
