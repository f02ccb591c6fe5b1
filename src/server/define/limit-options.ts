/**
 * The option `limits` of a server.
 * @module
 */
import { ServerDefinitionError } from '../errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../wire/limits.ts';

/** The limits of requests. A limit that is not set has its default. */
export type LimitOptions = { readonly [Name in keyof Limits]?: Limits[Name] | undefined };

/**
 * Returns all limits: those of the options, and the defaults.
 * @throws ServerDefinitionError for a limit that is unknown or is not a whole number above 0
 */
export function limitsOf(options: LimitOptions): Limits {
  const limits: Record<keyof Limits, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(options)) {
    if (!isLimit(name)) {
      throw new ServerDefinitionError(`limits.${name} is unknown; the limits are ${Object.keys(limits).join(', ')}`);
    }
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ServerDefinitionError(`limits.${name} is ${value}, but it must be a whole number above 0`);
    }
    limits[name] = value;
  }
  return limits;
}

function isLimit(name: string): name is keyof Limits {
  return Object.hasOwn(DEFAULT_LIMITS, name);
}
