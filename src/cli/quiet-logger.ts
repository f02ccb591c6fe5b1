/**
 * The log of the demo: what goes wrong, and nothing else.
 * @module
 */
import { type Logger, stderrLogger } from '../server/index.ts';

/** Warnings and errors, on stderr. */
export const quietLogger: Logger = { ...stderrLogger, debug: () => undefined, info: () => undefined };
