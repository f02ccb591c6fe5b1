/**
 * Bodies of requests and responses: JSON and YAML between bytes and values, with limits for size and depth.
 * @module
 */
import type { ResponseMediaType } from './negotiation.ts';
import { bigintPath, exactNumber, parseExact, withoutBigints } from '../../exact-json.ts';
import { nestedTooDeeply, requireJsonSize, weightOf } from './json-size.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { shortened } from './quote.ts';
import { type ApiError, badRequest, requestEntityTooLarge, tooManyTokens, tooManyValues } from './status.ts';
import { parseYaml, YamlProblem, YamlTooLargeProblem } from './yaml-body.ts';
import { unreachable } from '../../unreachable.ts';
import { stringify } from 'yaml';
import { isContainer, valueAtPath } from './json.ts';

/** The maximum number of bytes of a request body. The server responds with 413 to longer ones (conformance 6.1). */
export const maxBodyBytes = DEFAULT_LIMITS.bodyBytes;
/** The maximum depth of the stack of the YAML parser, which is recursive. */
const MAX_YAML_DEPTH = 500;

/** The limits of a body. */
export type BodyLimits = Pick<Limits, 'bodyBytes' | 'bodyDepth' | 'bodyValues' | 'yamlBytes' | 'yamlTokens'>;

/** The media types of bodies of writes. Patches have their own media types, which contain JSON or YAML. */
export type BodyMediaType = 'application/json' | 'application/yaml';

function notDecodable(what: string, error: unknown): ApiError {
  return badRequest(`the body of the request is not ${what}${error instanceof Error ? `: ${error.message}` : ''}`, {
    cause: error,
  });
}

function utf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    throw notDecodable('UTF-8', error);
  }
}

function valueOf(text: string, mediaType: BodyMediaType, limits: BodyLimits): unknown {
  switch (mediaType) {
    case 'application/json':
      requireJsonSize(text, limits);
      try {
        return jsonValue(text);
      } catch (error) {
        throw notDecodable('valid JSON', error);
      }
    case 'application/yaml':
      return yamlValue(text, limits);
    default:
      return unreachable(mediaType);
  }
}

function jsonValue(text: string): unknown {
  return parseExact(text, HALF_ESCAPED.test(text) ? wellFormed : undefined);
}

/** Clients send JSON as YAML, too, because JSON is YAML. It is parsed as JSON, which costs much less. */
function yamlValue(text: string, limits: BodyLimits): unknown {
  const isLong = text.length > limits.yamlBytes;
  if (/^\s*[[{]/.test(text)) {
    if (isLong) requireJsonSize(text, limits);
    const value = jsonOrUndefined(text);
    if (value !== undefined) {
      const [duplicate] = duplicateFields(text);
      if (duplicate === undefined) return value;
      throw notDecodable('valid YAML', new YamlProblem(`Map keys must be unique: ${duplicate}`));
    }
  }
  if (isLong) throw requestEntityTooLarge(limits.yamlBytes);
  try {
    return parseYaml(text, { tokens: limits.yamlTokens, depth: Math.min(MAX_YAML_DEPTH, limits.bodyDepth) });
  } catch (error) {
    if (error instanceof YamlTooLargeProblem) throw tooManyTokens(limits.yamlTokens);
    throw notDecodable('valid YAML', error);
  }
}

function jsonOrUndefined(text: string): unknown {
  try {
    return jsonValue(text);
  } catch {
    return undefined;
  }
}

/** Half of a surrogate pair is not valid text. Upstream writes a replacement character for it. */
const HALF_ESCAPED = /\\u[dD][89a-fA-F]/;

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

/**
 * Returns whether a value is an object or an array.
 * @throws ApiError 400 for an infinite number, which JSON cannot represent
 */
function isFiniteContainer(value: unknown): value is object {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw badRequest('the body of the request has a number that is too large');
  }
  return isContainer(value);
}

/**
 * Checks the size of a value. `metadata.managedFields` may have as many values as the rest: they contain each field of the object again.
 * @throws ApiError 400 for a value that is nested too deeply, or has an infinite number
 * @throws ApiError 413 for too many values
 */
export function requireSize(value: unknown, { bodyDepth, bodyValues }: BodyLimits): void {
  const maximum = bodyValues + Math.min(bodyValues, valuesOf(valueAtPath(value, 'metadata', 'managedFields')));
  let values = 0;
  let level: readonly object[] = [value].filter(isContainer);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > bodyDepth) throw nestedTooDeeply(bodyDepth);
    for (const container of level)
      values += weightOf(Array.isArray(container) ? container.length : Object.keys(container).length);
    if (values > maximum) throw tooManyValues(bodyValues);
    level = level.flatMap((container) => Object.values(container).filter((item) => isFiniteContainer(item)));
  }
}

/** Returns the number of values in a value, as the limit counts them. */
export function valuesOf(value: unknown): number {
  let values = 0;
  const pending = [value].filter(isContainer);
  for (let container = pending.pop(); container !== undefined; container = pending.pop()) {
    const members: readonly unknown[] = Array.isArray(container) ? container : Object.values(container);
    values += weightOf(members.length);
    for (const member of members) if (isContainer(member)) pending.push(member);
  }
  return values;
}

/**
 * Parses a request body. YAML is YAML 1.2: `yes` and `on` are strings.
 * @throws ApiError 413 if the body has too many bytes, values or tokens
 * @throws ApiError 400 if the body is empty, is not UTF-8, does not parse, contains an infinite number or an integer that would be rounded, or is
 * nested too deeply
 */
export function decodeBody(
  body: Buffer | string,
  mediaType: BodyMediaType,
  limits: BodyLimits = DEFAULT_LIMITS,
): unknown {
  if (Buffer.byteLength(body) > limits.bodyBytes) throw requestEntityTooLarge(limits.bodyBytes);
  const text = typeof body === 'string' ? body : utf8(body);
  if (text.trim() === '') throw badRequest('the body of the request is empty');
  const value = valueOf(text, mediaType, limits);
  requireSize(value, limits);
  return withNumbers(value);
}

/**
 * Returns a value in which each bigint is a number. The value is changed.
 * @throws ApiError 400 for an integer of 64 bits that a number cannot represent, with its path
 */
function withNumbers(value: unknown): unknown {
  const result = withoutBigints(value, numberOf);
  const path = bigintPath(result);
  if (path === undefined) return result;
  throw badRequest(
    `the body of the request has an integer that this server cannot keep exactly: ${shortened(path)}; the maximum is ${Number.MAX_SAFE_INTEGER}`,
  );
}

/** Like upstream, an integer of more than 64 bits is a floating-point number. */
function numberOf(integer: bigint): number | bigint {
  return exactNumber(integer) ?? (BigInt.asIntN(64, integer) === integer ? integer : Number(integer));
}

/** Returns the text of a response body. It ends with a newline, except for indented JSON, like upstream. */
export function encodeBody(
  value: unknown,
  { mediaType, pretty }: { readonly mediaType: ResponseMediaType; readonly pretty: boolean },
): string {
  switch (mediaType) {
    case 'application/json':
      return pretty ? JSON.stringify(value, undefined, 2) : `${JSON.stringify(value)}\n`;
    case 'application/yaml':
      // No aliases: a value that occurs twice in memory is written twice.
      return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, compat: 'yaml-1.1' });
    default:
      return unreachable(mediaType);
  }
}

/** A level of nesting: the keys of an object, or the index in an array. */
type Level = { readonly path: string; readonly keys: Set<string> } | { readonly path: string; index: number };

/** The maximum number of repeated fields that are reported. */
const MAX_DUPLICATES = 100;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * Returns the paths (`spec.tasks[0].name`) of the fields that a JSON text contains more than once. Each path occurs once. The text must
 * be valid JSON; this function does not check it. At most 100 paths are returned, and long paths are cut. `JSON.parse` silently keeps the last of the duplicates (conformance 6.1).
 */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  /** The path of the next value. */
  let path = '';
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    switch (token) {
      case '{':
        levels.push({ path: placeOf(level, path), keys: new Set() });
        break;
      case '[':
        levels.push({ path: placeOf(level, path), index: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level !== undefined && 'index' in level) level.index += 1;
        break;
      default: {
        if (level === undefined || !('keys' in level) || !isKey(text, index + token.length)) break;
        const key = JSON.parse(token) as string;
        path = shortened(level.path === '' ? key : `${level.path}.${key}`);
        if (level.keys.has(key) && found.size < MAX_DUPLICATES) found.add(path);
        level.keys.add(key);
      }
    }
  }
  return [...found];
}

/** Returns the path of a container: the preceding key, or the index in an array. */
function placeOf(level: Level | undefined, path: string): string {
  return level !== undefined && 'index' in level ? `${level.path}[${level.index}]` : path;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (' \t\r\n'.includes(text[at] ?? '-')) at += 1;
  return text[at] === ':';
}
