/**
 * A log of JSON lines, by pino. Lines are written in the background, so a slow disk or pipe never blocks requests.
 * @module
 */
import { openSync } from 'node:fs';
import { pino } from 'pino';
import { withoutControls } from '../control-characters.ts';
import type { AuditEvent } from './http/audit.ts';
import type { Logger } from './logger.ts';

/** Options of {@link pinoLogger}. */
export interface PinoLoggerOptions {
  /** The least severe level that is written. @default 'info' */
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | undefined;
  /** A file descriptor, or the path of a file to append to. @default 1, the standard output */
  readonly destination?: number | string | undefined;
}

/** A log with audit lines, and with a buffer of lines that are not written yet. */
export interface PinoLogger extends Logger {
  /** Writes an audit line: the option `audit` of a server. */
  audit(event: AuditEvent): void;
  /** Resolves when all lines so far are written. They are also written when the process exits. */
  flush(): Promise<void>;
}

/** The maximum number of bytes that wait to be written. Lines beyond it are dropped. */
const MAX_WAITING = 16 * 2 ** 20;
/** The maximum number of characters of a message, of a stack, and of a detail. */
const MAX_TEXT = 8192;
const MAX_CAUSES = 5;
/** Tokens that an error of another package may quote. */
const TOKENS = /\b(?:Bearer\s+[\w.~+/=-]+|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)/gi;

/**
 * Creates a log that writes one JSON object for each line: `level`, `time`, `msg`, and `err` or `detail`. Audit lines have the fields of
 * {@link AuditEvent} and the message `audit`. Control characters are escaped, tokens are removed, and long texts are cut.
 * @example
 * const log = pinoLogger({ level: 'info' });
 * const server = apiServer({ informers, apis: [], log, audit: log.audit });
 */
export function pinoLogger({ level = 'info', destination = 1 }: PinoLoggerOptions = {}): PinoLogger {
  // An open file can be written to when the process exits. `flush` of pino waits only if there is a minimum length.
  const dest = typeof destination === 'string' ? openSync(destination, 'a') : destination;
  const output = pino.destination({ dest, sync: false, minLength: 1, maxLength: MAX_WAITING });
  const logger = pino(
    {
      level,
      base: null,
      // The fields of errors are made here. The serializer of pino would read them as an error again.
      serializers: { err: (fields: object) => fields },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // The line is JSON, so raw control characters are inside of texts only. JSON escapes only some of them.
    {
      write: (line: string) =>
        void output.write(withoutControls(line.replaceAll(TOKENS, '[token]'), { keepLines: true })),
    },
  );
  const write =
    (method: keyof Logger) =>
    (message: string, detail?: unknown): void =>
      logger[method](fieldsOf(detail), cut(message));
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    audit: (event) => logger.info(event, 'audit'),
    flush: () =>
      new Promise((resolve, reject) => {
        output.flush((error) => (error ? reject(error) : resolve()));
      }),
  };
}

function fieldsOf(detail: unknown): object {
  if (detail === undefined) return {};
  return detail instanceof Error ? { err: errorFields(detail, MAX_CAUSES) } : { detail: valueOf(detail) };
}

function errorFields(error: Error, causes: number): object {
  const { cause } = error;
  return {
    type: error.name,
    message: cut(error.message),
    stack: cut(error.stack ?? ''),
    ...(cause === undefined || causes === 0
      ? {}
      : { cause: cause instanceof Error ? errorFields(cause, causes - 1) : valueOf(cause) }),
  };
}

/** Returns the value, or the beginning of its JSON if it is long. */
function valueOf(value: unknown): unknown {
  try {
    const json = (JSON.stringify(value) as string | undefined) ?? typeof value;
    return json.length <= MAX_TEXT ? value : cut(json);
  } catch {
    return 'a detail that JSON cannot represent';
  }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)} …`;
}
