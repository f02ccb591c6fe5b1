/**
 * The log of a server.
 * @module
 */

/** A log. `detail` is an error, or any value that JSON can represent. */
export interface Logger {
  debug(message: string, detail?: unknown): void;
  info(message: string, detail?: unknown): void;
  warn(message: string, detail?: unknown): void;
  error(message: string, detail?: unknown): void;
}

/** Writes one line for each message to stderr. It drops messages of level `debug`. */
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
