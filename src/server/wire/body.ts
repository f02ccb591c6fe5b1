/**
 * Bodies of requests and responses: JSON and YAML between bytes and values, with limits for size and depth.
 * @module
 */
import type { ResponseMediaType } from './negotiation.ts';
import { type ApiError, badRequest, requestEntityTooLarge } from './status.ts';
import { unreachable } from '../../unreachable.ts';
import { parse, stringify } from 'yaml';

/** The maximum number of bytes of a request body. The server responds with 413 to longer ones (conformance 6.1). */
export const maxBodyBytes = 3145728;

/** The maximum depth of a body. The server responds with 400 to deeper ones, because they would overflow the stack of recursive code. */
export const maxBodyDepth = 1000;

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

function valueOf(text: string, mediaType: BodyMediaType): unknown {
  switch (mediaType) {
    case 'application/json':
      try {
        return JSON.parse(text, HALF_ESCAPED.test(text) ? wellFormed : undefined);
      } catch (error) {
        throw notDecodable('valid JSON', error);
      }
    case 'application/yaml':
      try {
        // Without this limit, a few aliases could expand to a billion values.
        return parse(text, { maxAliasCount: 100, prettyErrors: true, logLevel: 'error' });
      } catch (error) {
        throw notDecodable('valid YAML', error);
      }
    default:
      return unreachable(mediaType);
  }
}

/** Half of a surrogate pair is not valid text. Upstream writes a replacement character for it. */
const HALF_ESCAPED = /\\u[dD][89a-fA-F]/;

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

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

function requireDepth(value: unknown): void {
  let level: readonly object[] = [value].filter(isContainer);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxBodyDepth) {
      throw badRequest(`the body of the request is nested more than ${maxBodyDepth} levels deep`);
    }
    level = level.flatMap((container) => Object.values(container).filter((item) => isFiniteContainer(item)));
  }
}

/**
 * Parses a request body. YAML is YAML 1.2: `yes` and `on` are strings.
 * @throws ApiError 413 if the body has more than `maxBodyBytes`
 * @throws ApiError 400 if the body is empty, is not UTF-8, does not parse, contains an infinite number, or is nested too deeply
 */
export function decodeBody(body: Buffer | string, mediaType: BodyMediaType): unknown {
  if (Buffer.byteLength(body) > maxBodyBytes) throw requestEntityTooLarge(maxBodyBytes);
  const text = typeof body === 'string' ? body : utf8(body);
  if (text.trim() === '') throw badRequest('the body of the request is empty');
  const value = valueOf(text, mediaType);
  requireDepth(value);
  return value;
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

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * Returns the paths (`spec.tasks[0].name`) of the fields that a JSON text contains more than once. Each path occurs once. The text must
 * be valid JSON; this function does not check it. `JSON.parse` silently keeps the last of the duplicates (conformance 6.1).
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
        path = level.path === '' ? key : `${level.path}.${key}`;
        if (level.keys.has(key)) found.add(path);
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
