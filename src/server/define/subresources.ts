/**
 * Subresources that a definition adds: paths below an object, with koa handlers that receive the object.
 * @module
 */
import type { RowObject } from '../../projections/row.ts';
import type { ApiSubresource } from '../wire/discovery.ts';
import { dns1123LabelMessage } from '../../object-meta/names.ts';
import type { RequestContext } from './request-context.ts';

/** The HTTP methods that a subresource can handle. */
export type SubresourceMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Handles a request below an object. It sets the response on the koa context; long responses should be streams. The timeout is one minute,
 * but the subresources `log`, `exec`, `attach`, `portforward` and `proxy` have no timeout.
 */
export type SubresourceHandler<R> = (ctx: RequestContext, object: R) => unknown;

/** Handlers by method. */
export type SubresourceHandlers<R> = Readonly<Partial<Record<SubresourceMethod, SubresourceHandler<R>>>>;

/** Handlers by the name of the subresource. */
export type Subresources<R> = Readonly<Record<string, SubresourceHandlers<R>>>;

const VERBS: Readonly<Record<SubresourceMethod, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The names of subresources that the framework itself serves. */
const RESERVED: ReadonlySet<string> = new Set(['status', 'scale', 'finalize', 'explain']);

/** Returns the subresources for discovery. */
export function discoveredSubresources(subresources: Subresources<never> | undefined): ApiSubresource[] {
  return Object.entries(subresources ?? {}).map(([name, handlers]) => ({
    name,
    verbs: (Object.keys(handlers) as SubresourceMethod[]).map((method) => VERBS[method]),
  }));
}

/** Returns the first problem with the subresources of a definition, or undefined if there is no problem. */
export function subresourcesProblem(subresources: Subresources<never> | undefined): string | undefined {
  for (const [name, handlers] of Object.entries(subresources ?? {})) {
    const message = dns1123LabelMessage(name);
    if (message !== undefined) return `"${name}": ${message}`;
    if (RESERVED.has(name)) return `"${name}" is reserved for the framework; choose another name`;
    const methods = Object.entries(handlers);
    if (methods.length === 0) return `"${name}" needs at least one handler`;
    for (const [method, handler] of methods) {
      if (!Object.hasOwn(VERBS, method)) return `"${name}": ${method} must be one of ${Object.keys(VERBS).join(', ')}`;
      if (typeof handler !== 'function') return `"${name}": ${method} must be a function`;
    }
  }
  return undefined;
}

/** Returns the handlers of a subresource, or undefined if the definition has none of this name. */
export function handlersOf(
  subresources: Subresources<never> | undefined,
  name: string,
): SubresourceHandlers<RowObject> | undefined {
  if (subresources === undefined || !Object.hasOwn(subresources, name)) return undefined;
  // The handlers receive rows of the definition's type, to which the framework has added metadata.
  return subresources[name] as SubresourceHandlers<RowObject> | undefined;
}
