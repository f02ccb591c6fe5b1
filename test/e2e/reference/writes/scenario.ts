/**
 * Sequences of writes, as data.
 *
 * In paths and bodies, words in braces stand for values that differ between servers: `{name}` is the name of the scenario's object, `{uid}`
 * its uid, `{rv}` its newest version, and `{rv1}` its first version.
 */
import { API_VERSION, COLLECTION } from './resources.ts';

/** One request of a scenario. */
export interface WriteStep {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Text is sent unchanged, other values as JSON. */
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Other options of a request. */
export interface StepOptions {
  /** The query, without the question mark. */
  readonly query?: string | undefined;
  /** The media type of the body. Empty for none. */
  readonly type?: string | undefined;
  readonly accept?: string | undefined;
  /** Replaces the usual path. */
  readonly path?: string | undefined;
}

/** Consecutive requests on objects that no other scenario uses. */
export interface WriteScenario {
  /** The section of the conformance tables. */
  readonly section: string;
  readonly title: string;
  /** The object to create first. */
  readonly existing: object | undefined;
  readonly steps: readonly WriteStep[];
  /** The path to read at the end. */
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

export function get(options: StepOptions = {}): WriteStep {
  return step('GET', OBJECT, undefined, '', options);
}

export function post(body: unknown, options: StepOptions = {}): WriteStep {
  return step('POST', COLLECTION, body, JSON_TYPE, options);
}

export function put(body: unknown, options: StepOptions = {}): WriteStep {
  return step('PUT', OBJECT, body, JSON_TYPE, options);
}

export function merge(body: unknown, options: StepOptions = {}): WriteStep {
  return step('PATCH', OBJECT, body, 'application/merge-patch+json', options);
}

export function json(body: unknown, options: StepOptions = {}): WriteStep {
  return step('PATCH', OBJECT, body, 'application/json-patch+json', options);
}

/** Server-side apply, with a field manager unless a query is given. */
export function apply(body: unknown, options: StepOptions = {}): WriteStep {
  return step('PATCH', OBJECT, body, 'application/apply-patch+yaml', { query: 'fieldManager=one', ...options });
}

export function del(body?: unknown, options: StepOptions = {}): WriteStep {
  return step('DELETE', OBJECT, body, JSON_TYPE, options);
}

/** A flunder with the name of the scenario. */
export function flunder(
  metadata: object = {},
  content: object = { spec: { reference: 'a' } },
): Record<string, unknown> {
  return { apiVersion: API_VERSION, kind: 'Flunder', metadata: { name: '{name}', ...metadata }, ...content };
}

/** A flunder with the current version of the scenario's object. */
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

/** Scenarios that begin without an object. */
export function onNothing(section: string, rows: readonly Row[], path: string = OBJECT): WriteScenario[] {
  return scenarios(section, rows, undefined, path);
}

/** Scenarios that begin with an existing object. */
export function onObject(section: string, rows: readonly Row[], existing: object = flunder()): WriteScenario[] {
  return scenarios(section, rows, existing, OBJECT);
}
