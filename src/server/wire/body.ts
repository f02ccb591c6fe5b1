import type { ResponseMediaType } from './negotiation.ts';
import { type ApiError, badRequest, requestEntityTooLarge } from './status.ts';
import { unreachable } from '../../unreachable.ts';
import { parse, stringify } from 'yaml';

/** Request bodies of more bytes than this are answered 413 (api-semantics 6.1). */
export const maxBodyBytes = 3145728;

/** Deeper bodies are answered 400: they would overflow the stack of whoever walks them. */
export const maxBodyDepth = 1000;

/** What bodies of writes may be written in; patches have media types of their own, with JSON or YAML in them. */
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
        // No anchors worth the name are needed in an object; the limit keeps a few of them from becoming a billion.
        return parse(text, { maxAliasCount: 100, prettyErrors: true, logLevel: 'error' });
      } catch (error) {
        throw notDecodable('valid YAML', error);
      }
    default:
      return unreachable(mediaType);
  }
}

/** Half of a surrogate pair is no text; upstream writes a replacement character for it. */
const HALF_ESCAPED = /\\u[dD][89a-fA-F]/;

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Whether there is more below a value. Throws a 400 for what JSON cannot hold. */
function isPart(value: unknown): value is object {
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
    level = level.flatMap((container) => Object.values(container).filter((item) => isPart(item)));
  }
}

/**
 * The value of a request body. Throws a 413 when it has more than `maxBodyBytes`, a 400 when it is empty, is not UTF-8, does not parse,
 * has a number beyond all numbers, or is nested too deeply. YAML is YAML 1.2: `yes` and `on` are texts.
 */
export function decodeBody(body: Buffer | string, mediaType: BodyMediaType): unknown {
  if (Buffer.byteLength(body) > maxBodyBytes) throw requestEntityTooLarge(maxBodyBytes);
  const text = typeof body === 'string' ? body : utf8(body);
  if (text.trim() === '') throw badRequest('the body of the request is empty');
  const value = valueOf(text, mediaType);
  requireDepth(value);
  return value;
}

/** The text of a response body. It ends in a newline, but for indented JSON, as upstream writes it. */
export function encodeBody(
  value: unknown,
  { mediaType, pretty }: { readonly mediaType: ResponseMediaType; readonly pretty: boolean },
): string {
  switch (mediaType) {
    case 'application/json':
      return pretty ? JSON.stringify(value, undefined, 2) : `${JSON.stringify(value)}\n`;
    case 'application/yaml':
      // Aliases are off: a value that occurs twice in memory is written twice.
      return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0, compat: 'yaml-1.1' });
    default:
      return unreachable(mediaType);
  }
}

/** A level of nesting: what is known of an object, or where in an array it is. */
type Level = { readonly path: string; readonly keys: Set<string> } | { readonly path: string; index: number };

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * The fields that a JSON text has more than once, as paths (`spec.tasks[0].name`), each once. The text must have been parsed before: nothing is
 * checked here. `JSON.parse` keeps the last of them and says nothing (api-semantics 6.1).
 */
export function duplicateFields(text: string): readonly string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  /** Where the value that begins next is. */
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

/** Where a container is: under the key before it, or at a place of an array. */
function placeOf(level: Level | undefined, path: string): string {
  return level !== undefined && 'index' in level ? `${level.path}[${level.index}]` : path;
}

/** Whether a colon follows. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (' \t\r\n'.includes(text[at] ?? '-')) at += 1;
  return text[at] === ':';
}
