/**
 * The middlewares that fill `ctx.state`: the signal of the request, its query, and its parsed method and path.
 * @module
 */
import { LRUCache } from 'lru-cache';
import { ENDED } from '../../abort.ts';
import type { AccessDecision } from '../access/authorizer.ts';
import type { RequestContext, RequestState, User } from '../define/request-context.ts';
import { parseQuery } from '../wire/query.ts';
import { type RequestInfo, requestInfo as parseRequestInfo } from '../wire/request-info.ts';
import type { Limits } from '../wire/limits.ts';
import { ApiError, badRequest } from '../wire/status.ts';
import type { Middleware } from './middleware.ts';

/** The maximum number of targets of requests that are kept. */
const MAX_TARGETS = 4096;
/** The maximum length of a target that is kept. */
const MAX_TARGET = 512;

/** The state of a request, with the parts that only the server reads. */
export interface ServerState extends RequestState {
  /** The parsed method and path. */
  info: RequestInfo;
  /** The decision about the request; undefined before authorization, and if the decision is not known. */
  decision: AccessDecision | undefined;
  /** Whether the request has ended: `signal` is aborted, or would be. Reading it costs nothing. */
  readonly isOver: boolean;
}

/** The state of one request. Most requests end before anything waits for their signal, so it is made when it is first read. */
class OpenState implements ServerState {
  requestId = '';
  declare limits: Limits;
  declare query: URLSearchParams;
  /** Missing before authentication. */
  declare user: User | undefined;
  declare info: RequestInfo;
  declare decision: AccessDecision | undefined;
  #isOver = false;
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;

  get isOver(): boolean {
    return this.#isOver || this.#signal?.aborted === true;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      this.#controller = new AbortController();
      this.#signal = this.#controller.signal;
      if (this.#isOver) this.#controller.abort(ENDED);
    }
    return this.#signal;
  }

  /** Replaces the signal by one that is also aborted for another reason. */
  set signal(signal: AbortSignal) {
    this.#signal = signal;
  }

  end(): void {
    this.#isOver = true;
    this.#controller?.abort(ENDED);
  }
}

/**
 * Sets `ctx.state`, whose signal is aborted when the response ends or the client disconnects. It must run before any middleware that
 * awaits, because the response could end in the meantime.
 */
export function requestState(): Middleware<ServerState> {
  return (ctx, next) => {
    const state = new OpenState();
    ctx.state = state;
    const end = (): void => state.end();
    ctx.res.on('close', end);
    // Node 24: if a client resets its HTTP/2 stream with NO_ERROR while the server writes, only the request emits an event.
    ctx.req.on('aborted', end);
    return next();
  };
}

/** Ends a request before its response ends: the signal is aborted. */
export function endRequest(state: ServerState): void {
  if (!(state instanceof OpenState)) throw new TypeError('the state was not made by requestState()');
  state.end();
}

/** Returns the name of a request in the log. */
export function requestText({ method, url, state }: RequestContext): string {
  return `${method} ${url} (request ${state.requestId})`;
}

/** The parts of the target of a GET, which many requests have in common. */
interface Target {
  readonly info: RequestInfo;
  /** The query without `?`. */
  readonly query: string;
}

/**
 * Sets `ctx.state.query` and `ctx.state.info`. The targets of the last GETs are kept: they share the info, which is frozen.
 * @throws ApiError 400 for a request target that has no path or that cannot be decoded
 */
export function requestInfoMiddleware(): Middleware<ServerState> {
  const targets = new LRUCache<string, Target>({ max: MAX_TARGETS });
  return (ctx, next) => {
    const { state } = ctx;
    const { method, url = '' } = ctx.req;
    const isKept = method === 'GET' && url.length <= MAX_TARGET;
    const known = isKept ? targets.get(url) : undefined;
    if (known !== undefined) {
      state.query = parseQuery(known.query);
      state.info = known.info;
      return next();
    }
    const path = pathOf(ctx);
    const query = ctx.querystring;
    state.query = parseQuery(query);
    state.info = infoOf(ctx.method, path, state);
    if (isKept) targets.set(url, { info: frozen(state.info), query });
    return next();
  };
}

function frozen(info: RequestInfo): RequestInfo {
  if (info.type === 'resource') Object.freeze(info.parts);
  return Object.freeze(info);
}

/**
 * For a path that ends with `/watch` or `/proxy`, and so names no resource, a kube-apiserver responds with 500, even to clients that it has
 * not authenticated. This server treats it as a path without a resource here. After authentication, the route responds with an error.
 */
function infoOf(method: string, path: string, { query, limits }: ServerState): RequestInfo {
  try {
    return parseRequestInfo(method, path, query, limits);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 500) throw error;
    return { type: 'nonResource', path: decodeURIComponent(path), verb: method.toLowerCase() };
  }
}

/** Returns the path of a request. The target may be a whole URL or an arbitrary text. For such a text, koa throws or returns null. */
function pathOf(ctx: RequestContext): string {
  try {
    const path: string | null = ctx.path;
    if (path?.startsWith('/')) return path;
  } catch (error) {
    throw badRequest('the target of the request is not a URL', { cause: error });
  }
  throw badRequest('the target of the request has no path');
}
