/**
 * What the middlewares leave for the routes.
 * @module
 */
import type { ParameterizedContext } from 'koa';
import type { RequestInfo } from '../wire/request-info.ts';

/** Who asks. */
export interface User {
  readonly name: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The user of every request with `insecure-dev`. */
export const DEVELOPMENT_USER: User = {
  name: 'kubefacet:insecure-dev',
  uid: undefined,
  groups: ['system:masters', 'system:authenticated'],
  extra: {},
};

/** `ctx.state` of every request. */
export interface RequestState {
  /** Aborted when the response is over: it was sent, or the client has gone. */
  signal: AbortSignal;
  /** The query, parsed once. */
  query: URLSearchParams;
  /** What the request asks for. */
  info: RequestInfo;
  /** Who asks. Undefined on health endpoints only. */
  user: User | undefined;
}

/** The koa context of this server. */
export type RequestContext = ParameterizedContext<RequestState>;
