/**
 * Subresources of one's own: paths below an object, answered by plain koa handlers that are given the object.
 * @module
 */
import type { RowObject } from '../../projections/row.ts';
import type { RequestContext } from './request-context.ts';
import type { ApiSubresource } from '../wire/discovery.ts';
import { dns1123LabelMessage } from '../wire/names.ts';

/** Methods that a subresource can answer. */
export type SubresourceMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Answers a request below an object: writes the response to the koa context, as a stream where it is long. It has a minute, but for
 * names that are meant to last: `log`, `exec`, `attach`, `portforward`, `proxy`.
 */
export type SubresourceHandler<R> = (ctx: RequestContext, object: R) => unknown;

/** Handlers by method. */
export type SubresourceHandlers<R> = Readonly<Partial<Record<SubresourceMethod, SubresourceHandler<R>>>>;

/** Subresources by name. */
export type Subresources<R> = Readonly<Record<string, SubresourceHandlers<R>>>;

const VERBS: Readonly<Record<SubresourceMethod, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** These are the framework's own. */
const TAKEN: ReadonlySet<string> = new Set(['status', 'scale', 'finalize']);

/** What discovery tells of them. */
export function discoveredSubresources(subresources: Subresources<never> | undefined): ApiSubresource[] {
  return Object.entries(subresources ?? {}).map(([name, handlers]) => ({
    name,
    verbs: (Object.keys(handlers) as SubresourceMethod[]).map((method) => VERBS[method]),
  }));
}

/** What is wrong with them; undefined when nothing is. */
export function subresourcesProblem(subresources: Subresources<never> | undefined): string | undefined {
  for (const [name, handlers] of Object.entries(subresources ?? {})) {
    const message = dns1123LabelMessage(name);
    if (message !== undefined) return `"${name}": ${message}`;
    if (TAKEN.has(name)) return `"${name}" is one of the framework's own`;
    const methods = Object.entries(handlers);
    if (methods.length === 0) return `"${name}" has no handlers`;
    for (const [method, handler] of methods) {
      if (!Object.hasOwn(VERBS, method)) return `"${name}": ${method} must be one of ${Object.keys(VERBS).join(', ')}`;
      if (typeof handler !== 'function') return `"${name}": ${method} is no function`;
    }
  }
  return undefined;
}

/** The handlers of a name, for the objects that readers get. */
export function handlersOf(
  subresources: Subresources<never> | undefined,
  name: string,
): SubresourceHandlers<RowObject> | undefined {
  if (subresources === undefined || !Object.hasOwn(subresources, name)) return undefined;
  // They were written for objects of the definition's type, which are what the framework hands to them, with its metadata added.
  return subresources[name] as SubresourceHandlers<RowObject> | undefined;
}
