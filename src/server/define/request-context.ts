/**
 * The context of a request, as handlers and routes receive it.
 * @module
 */
import type { ParameterizedContext } from 'koa';
import type { Limits } from '../wire/limits.ts';

/** An authenticated user. */
export interface User {
  readonly name: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The user of every request with `authentication: 'insecure-dev'`. */
export const DEVELOPMENT_USER: User = {
  name: 'kubefacet:insecure-dev',
  uid: undefined,
  groups: ['system:masters', 'system:authenticated'],
  extra: {},
};

/** The state of a request: `ctx.state`. */
export interface RequestState {
  /** The id of the request: the first 64 characters of the header `Audit-Id` of its response. The log of the server names it. */
  requestId: string;
  /** Aborted when the response was sent, when the client has disconnected, or when the request has exceeded its timeout. */
  signal: AbortSignal;
  /** The limits of requests: the option `limits` of the server, with its defaults. */
  limits: Limits;
  /** The parsed query. */
  query: URLSearchParams;
  /** The user of the request. Undefined on health endpoints only. */
  user: User | undefined;
}

/** The koa context of a request. */
export type RequestContext = ParameterizedContext<RequestState>;
