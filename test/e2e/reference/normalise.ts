/** Turns a response into comparable text. Values that must differ between servers are replaced by names. */
import { parseAllDocuments } from 'yaml';
import type { RecordedResponse } from './exchange.ts';
import type { Notation, Revisions } from './revisions.ts';

/** The facts about a server and a request that are needed to read a response. */
export interface Reading {
  readonly revisions: Revisions;
  readonly notation: Notation;
  /** Whether a named write concerned the requested resource. */
  readonly isAbout: (name: string) => boolean;
  /** Values in the request, by their names. */
  readonly requestValues: ReadonlyMap<string, string>;
  readonly auditId: string | undefined;
  readonly isWatch: boolean;
}

/** Values by path: `header.vary`, `body.items.0.metadata.name`. */
export type Observed = ReadonlyMap<string, string>;

const HEADERS = [
  'allow',
  'cache-control',
  'content-encoding',
  'content-type',
  'location',
  'retry-after',
  'vary',
  'warning',
  'x-content-type-options',
];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Returns the compared parts of a response. */
export function observed(response: RecordedResponse, reading: Reading): Observed {
  return observedWith(response, reading, (value) => named(value, reading));
}

/** Replaces values that must differ by names, in a body or an event. */
export type Naming = (value: unknown) => unknown;

/** Returns the compared parts of a response, with a different replacement of names. */
export function observedWith(
  response: RecordedResponse,
  reading: Pick<Reading, 'auditId' | 'isWatch'>,
  naming: Naming,
): Observed {
  const all = new Map<string, string>([['status', String(response.status)]]);
  const { headers } = response;
  for (const name of HEADERS) if (headers[name] !== undefined) all.set(`header.${name}`, String(headers[name]));
  all.set('header.audit-id', auditIdKind(headers['audit-id'], reading.auditId));
  if (headers.etag !== undefined) {
    all.set('header.etag', /^"[0-9A-F]{128}"$/.test(headers.etag) ? 'SHA-512 in upper case' : headers.etag);
  }
  if (response.end !== 'complete') all.set('end', response.end);
  const type = headers['content-type'] ?? '';
  if (reading.isWatch && response.status === 200) stream(response, type, naming, all);
  else document(response.text, type, naming, all);
  return all;
}

function auditIdKind(value: string | string[] | undefined, sent: string | undefined): string {
  if (value === undefined) return 'absent';
  if (value === sent) return 'as sent';
  return UUID.test(String(value)) ? 'a UUID' : String(value);
}

function stream({ text, headers }: RecordedResponse, type: string, naming: Naming, all: Map<string, string>): void {
  all.set('header.transfer-encoding', headers['transfer-encoding'] ?? 'absent');
  if (text !== '' && !text.endsWith('\n')) all.set('stream.last line', 'has no end');
  if (type.startsWith('application/yaml')) {
    const documents = parseAllDocuments(text).map((part): unknown => part.toJS());
    flatten(
      'event',
      documents.map((event) => naming(event)),
      all,
    );
    return;
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const events = withoutIdleBookmarks(lines.map((line) => exactJson(line) as WatchEvent));
  flatten(
    'event',
    events.map((event) => naming(event)),
    all,
  );
}

/** Parses JSON. An integer outside the safe range becomes text, because two different ones can be the same number. */
function exactJson(text: string): unknown {
  const exact = (_key: string, value: unknown, { source }: { readonly source: string }): unknown =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? `number ${source}` : value;
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown);
}

interface WatchEvent {
  readonly type: string;
}

/** Keeps a bookmark only at the end, because their number and their place between changes depend on milliseconds. */
function withoutIdleBookmarks(events: readonly WatchEvent[]): WatchEvent[] {
  const isIdle = (event: WatchEvent): boolean =>
    event.type === 'BOOKMARK' && !JSON.stringify(event).includes('k8s.io/initial-events-end');
  return events.filter((event, index) => !isIdle(event) || index === events.length - 1);
}

function document(text: string, type: string, naming: Naming, all: Map<string, string>): void {
  if (type.startsWith('application/json') && text !== '') {
    all.set('body.last line', text.endsWith('\n') ? 'ends' : 'has no end');
    all.set('body.indent', /^\{\n( *)/.exec(text)?.[1]?.length.toString() ?? 'none');
    flatten('body', naming(exactJson(text)), all);
  } else if (type.startsWith('application/yaml') && text !== '') {
    flatten('body', naming(parseAllDocuments(text)[0]?.toJS()), all);
  } else {
    all.set('body', text);
  }
}

/** Returns the value with names for parts that must differ. */
function named(value: unknown, reading: Reading, key = '', parent: Readonly<Record<string, unknown>> = {}): unknown {
  if (Array.isArray(value)) return value.map((item) => named(item, reading, key, parent));
  if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>;
    return Object.fromEntries(Object.entries(record).map(([name, item]) => [name, named(item, reading, name, record)]));
  }
  if (typeof value !== 'string') return value;
  switch (key) {
    case 'uid':
      return UUID.test(value) ? 'a UUID' : value;
    case 'resourceVersion':
      return versionName(value, 'name' in parent, reading);
    case 'continue':
      return value === '' ? '' : tokenContent(value, reading);
    case 'cells':
      return value.replace(/^([0-9]+[smhdy]){1,2}$/, 'an age');
    case 'message':
    case 'reason':
      return textWithNames(value, reading);
    default:
      return value;
  }
}

function versionName(
  value: string,
  isObject: boolean,
  { revisions, notation, requestValues, isAbout }: Reading,
): string {
  if (!isObject) for (const [name, requested] of requestValues) if (requested === value) return `rv({${name}})`;
  const revision = notation.read(value);
  if (revision === undefined) return `no version: ${value}`;
  return isObject ? revisions.nameOf(revision) : revisions.nameOfState(revision, isAbout);
}

function tokenContent(token: string, { revisions, notation, isAbout }: Reading): unknown {
  const text = Buffer.from(token, 'base64url').toString();
  const { v, start } = JSON.parse(text) as { v: unknown; start: unknown };
  const rv = /"rv":(-?[0-9]+)/.exec(text)?.[1] ?? '';
  const revision = notation.read(rv);
  return {
    v,
    start,
    rv: revision === undefined ? rv : revisions.nameOfState(revision, isAbout),
    padding: token.includes('='),
  };
}

/** Replaces the requested and the current version in messages. */
function textWithNames(text: string, { requestValues, revisions, notation, isAbout }: Reading): string {
  let result = text;
  for (const [name, value] of requestValues) if (value !== '') result = result.replaceAll(value, `{${name}}`);
  if (!/resource version/i.test(result)) return result;
  return result.replaceAll(/\b[0-9]{3,18}\b/g, (digits) => {
    const revision = notation.read(digits);
    return revision === undefined ? digits : revisions.nameOfState(revision, isAbout);
  });
}

function flatten(path: string, value: unknown, all: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) {
    all.set(path, JSON.stringify(value) ?? 'undefined');
    return;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) all.set(path, Array.isArray(value) ? '[]' : '{}');
  for (const [name, item] of entries) flatten(`${path}.${name}`, item, all);
}
