/**
 * A koa application whose responses koa completes only if they need it. koa follows each response with listeners and promises. A response that
 * is complete when its middlewares return needs none of them.
 *
 * ```
 *   middlewares ──done, and the response is complete──► nothing
 *               ──not yet complete──► koa: it waits for the promise, sends `ctx.body`, and reports errors of the response
 * ```
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import Koa from 'koa';
import { isHttp2Request } from './http2-request.ts';
import type { ServerState } from './request-state.ts';

type Context = Koa.ParameterizedContext<ServerState>;

export class RequestApplication extends Koa<ServerState> {
  /** The context and the result for which koa is called. */
  #called: { readonly ctx: Context; readonly result: Promise<unknown> } | undefined;
  #koa: ReturnType<Koa['callback']> | undefined;

  constructor() {
    super();
    this.use((ctx) => this.#resultOf(ctx));
  }

  /** Runs middlewares for a request. They return a promise if they are not done yet. */
  handle(request: IncomingMessage, response: ServerResponse, run: (ctx: Context) => unknown): void {
    const ctx = super.createContext<ServerState>(request, response);
    // As koa does before it runs middlewares.
    response.statusCode = 404;
    let done: unknown;
    try {
      done = run(ctx);
    } catch (error) {
      done = Promise.reject(error);
    }
    if (!(done instanceof Promise)) {
      if (!isComplete(ctx)) this.#complete(ctx, Promise.resolve());
      return;
    }
    const result: Promise<unknown> = done;
    if (!isHttp2Request(request)) {
      this.#complete(ctx, result);
      return;
    }
    // Each request of HTTP/2 waits for one turn (see `requestSeats()`). Many are complete after it.
    let isDone = false;
    const settled = (): void => {
      isDone = true;
    };
    result.then(settled, () => undefined);
    setImmediate(() => {
      if (!isDone || !isComplete(ctx)) this.#complete(ctx, result);
    });
  }

  /** Returns the context that the middlewares have, when koa asks for one. */
  override createContext<State = Koa.DefaultState>(
    request: IncomingMessage,
    response: ServerResponse,
  ): Koa.ParameterizedContext<State> {
    // The state of a context that `handle()` made is that of a request.
    const prepared = this.#called?.ctx as Koa.ParameterizedContext<State> | undefined;
    return prepared ?? super.createContext<State>(request, response);
  }

  #complete(ctx: Context, result: Promise<unknown>): void {
    this.#koa ??= this.callback();
    this.#called = { ctx, result };
    const { statusCode } = ctx.res;
    void this.#koa(ctx.req, ctx.res);
    // koa has set it to 404.
    ctx.res.statusCode = statusCode;
    this.#called = undefined;
  }

  #resultOf(ctx: Context): Promise<unknown> {
    if (this.#called?.ctx !== ctx) throw new TypeError('a request must be handled by handle()');
    return this.#called.result;
  }
}

/** Whether nothing is left to do for a response. */
function isComplete({ respond, res }: Context): boolean {
  return respond === false && res.writableEnded;
}
