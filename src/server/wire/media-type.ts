/**
 * Media types with parameters, parsed in one pass (WHATWG MIME Sniffing, "parse a MIME type"). Node's `MIMEType` follows the same rules,
 * but its time is quadratic in the number of blanks.
 * @module
 */

/** A media type, and its parameters. */
export interface MediaType {
  /** In lower case, without parameters: `application/json`. */
  readonly essence: string;
  /** Names are in lower case. The first of several parameters with one name counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;
/** The characters of a quoted string: tab, printable ASCII and Latin-1. */
const QUOTABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
const BLANKS = new Set(['\t', '\n', '\r', ' ']);

/** Returns the media type of a text, or undefined if the text is not a media type. Malformed parameters are skipped. */
export function parseMediaType(text: string): MediaType | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const end = endOf(text, slash, ';');
  const type = trimmedStart(text.slice(0, slash));
  const subtype = trimmedEnd(text.slice(slash + 1, end));
  if (!TOKEN.test(type) || !TOKEN.test(subtype)) return undefined;
  return { essence: `${type}/${subtype}`.toLowerCase(), parameters: parametersOf(text, end) };
}

/** Returns the parameters that begin at a semicolon. Each character is visited a fixed number of times. */
function parametersOf(text: string, semicolon: number): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  let at = semicolon;
  while (at < text.length) {
    at += 1;
    while (BLANKS.has(text[at] ?? '')) at += 1;
    const nameEnd = endOf(text, at, ';', '=');
    const name = text.slice(at, nameEnd).toLowerCase();
    at = nameEnd;
    if (text[at] !== '=') continue;
    let value: string;
    if (text[at + 1] === '"') {
      [value, at] = quotedString(text, at + 1);
      at = endOf(text, at, ';');
    } else {
      const valueEnd = endOf(text, at, ';');
      value = trimmedEnd(text.slice(at + 1, valueEnd));
      at = valueEnd;
      if (value === '') continue;
    }
    if (TOKEN.test(name) && QUOTABLE.test(value) && !parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

/** Returns the content of the string that begins with a quote at `start`, and the place after it. It may lack its last quote. */
function quotedString(text: string, start: number): [value: string, end: number] {
  let value = '';
  let at = start + 1;
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\' && at + 1 < text.length) at += 1;
    value += text[at] ?? '';
    at += 1;
  }
  return [value, Math.min(text.length, at + 1)];
}

/** Returns the place of the first of some characters from `start` on, or the end of the text. */
function endOf(text: string, start: number, ...characters: readonly string[]): number {
  let at = start;
  while (at < text.length && !characters.includes(text[at] ?? '')) at += 1;
  return at;
}

function trimmedStart(text: string): string {
  let start = 0;
  while (BLANKS.has(text[start] ?? '')) start += 1;
  return text.slice(start);
}

function trimmedEnd(text: string): string {
  let end = text.length;
  while (BLANKS.has(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}
