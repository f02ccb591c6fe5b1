/**
 * Where a server says what it does.
 * @module
 */

/** A log. `detail` is an error or a record of facts. */
export interface Logger {
  debug(message: string, detail?: unknown): void;
  info(message: string, detail?: unknown): void;
  warn(message: string, detail?: unknown): void;
  error(message: string, detail?: unknown): void;
}

/** One line each on stderr; `debug` is dropped. */
export const stderrLogger: Logger = {
  debug: () => undefined,
  info: (message, detail) => write('INFO', message, detail),
  warn: (message, detail) => write('WARN', message, detail),
  error: (message, detail) => write('ERROR', message, detail),
};

function write(level: string, message: string, detail: unknown): void {
  const text =
    detail instanceof Error ? (detail.stack ?? detail.message) : detail === undefined ? '' : JSON.stringify(detail);
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}${text === '' ? '' : ` ${text}`}\n`);
}
