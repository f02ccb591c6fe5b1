/**
 * Sequences of writes, as data.
 *
 * In paths and bodies, words in braces stand for what differs between servers: `{name}`, the name of the scenario's object; `{uid}`, its
 * uid; `{rv}`, its newest version; `{rv1}`, its first.
 */
import { API_VERSION, COLLECTION } from './resources.ts';

/** One request of a scenario. */
export interface WriteStep {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Text is sent as it is, all else as JSON. */
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** What else a request has. */
export interface StepOptions {
  /** After the question mark. */
  readonly query?: string | undefined;
  /** Media type of the body; empty for none. */
  readonly type?: string | undefined;
  readonly accept?: string | undefined;
  /** Instead of the usual one. */
  readonly path?: string | undefined;
}

/** Requests in a row on objects that nobody else uses. */
export interface WriteScenario {
  /** Of api-semantics. */
  readonly section: string;
  readonly title: string;
  /** Is created first. */
  readonly existing: object | undefined;
  readonly steps: readonly WriteStep[];
  /** Is read afterwards. */
  readonly path: string;
}

/** The object of the scenario. */
export const OBJECT = `${COLLECTION}/{name}`;
export const STATUS = `${OBJECT}/status`;
export const SCALE = `${OBJECT}/scale`;

function step(
  method: WriteStep['method'],
  usual: string,
  body: unknown,
  type: string,
  options: StepOptions,
): WriteStep {
  const { query, accept, path = usual } = options;
  const mediaType = options.type ?? (body === undefined ? '' : type);
  return {
    method,
    path: query === undefined ? path : `${path}?${query}`,
    body,
    headers: {
      ...(mediaType === '' ? {} : { 'Content-Type': mediaType }),
      ...(accept === undefined ? {} : { Accept: accept }),
    },
  };
}

const JSON_TYPE = 'application/json';

export const get = (options: StepOptions = {}): WriteStep => step('GET', OBJECT, undefined, '', options);
export const post = (body: unknown, options: StepOptions = {}): WriteStep =>
  step('POST', COLLECTION, body, JSON_TYPE, options);
export const put = (body: unknown, options: StepOptions = {}): WriteStep =>
  step('PUT', OBJECT, body, JSON_TYPE, options);
export const merge = (body: unknown, options: StepOptions = {}): WriteStep =>
  step('PATCH', OBJECT, body, 'application/merge-patch+json', options);
export const json = (body: unknown, options: StepOptions = {}): WriteStep =>
  step('PATCH', OBJECT, body, 'application/json-patch+json', options);
/** Server-side apply, by a manager unless the query is given. */
export const apply = (body: unknown, options: StepOptions = {}): WriteStep =>
  step('PATCH', OBJECT, body, 'application/apply-patch+yaml', { query: 'fieldManager=one', ...options });
export const del = (body?: unknown, options: StepOptions = {}): WriteStep =>
  step('DELETE', OBJECT, body, JSON_TYPE, options);

/** A flunder of the name of the scenario. */
export function flunder(
  metadata: object = {},
  content: object = { spec: { reference: 'a' } },
): Record<string, unknown> {
  return { apiVersion: API_VERSION, kind: 'Flunder', metadata: { name: '{name}', ...metadata }, ...content };
}

/** The same at the version that is there. */
export function current(metadata: object = {}, content?: object): Record<string, unknown> {
  return flunder({ resourceVersion: '{rv}', ...metadata }, content);
}

type Row = readonly [title: string, steps: WriteStep | readonly WriteStep[]];

function scenarios(section: string, rows: readonly Row[], existing: object | undefined, path: string): WriteScenario[] {
  return rows.map(([title, steps]) => ({
    section,
    title,
    existing,
    steps: 'method' in steps ? [steps] : steps,
    path,
  }));
}

/** Each row begins with nothing. */
export function onNothing(section: string, rows: readonly Row[], path: string = OBJECT): WriteScenario[] {
  return scenarios(section, rows, undefined, path);
}

/** Each row begins with an object that is there. */
export function onObject(section: string, rows: readonly Row[], existing: object = flunder()): WriteScenario[] {
  return scenarios(section, rows, existing, OBJECT);
}
