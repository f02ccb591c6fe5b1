/**
 * The requests in progress: at most a number of reads and of writes, of which one user can have a quarter (conformance 9.5).
 * @module
 */
import { ending } from '../../step.ts';
import type { User } from '../define/request-context.ts';
import { RequestCounts } from '../metrics/request-counts.ts';
import { tooManyRequests } from '../wire/status.ts';
import type { ServerState } from './request-state.ts';
import { isHttp2Request } from './http2-request.ts';
import type { Middleware } from './middleware.ts';

/** One user can have one of this number of seats, so that one client cannot keep out all others. */
const SHARES = 4;
/** The users whose requests are not counted: kube-apiserver exempts them too. */
const EXEMPT_GROUP = 'system:masters';
/** The users of the aggregator's polls. If they were refused, the aggregator would take the APIService down. */
const AGGREGATOR: ReadonlySet<string> = new Set(['system:aggregator', 'system:kube-aggregator']);
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const HEALTH = /^\/(?:healthz|livez|readyz)(?:\/|\?|$)/;

/**
 * Refuses a request while too many are in progress. Health requests and the aggregator's own polls are exempt. A watch releases its seat
 * when its initial events are sent. A watch without initial events releases it when its stream is open.
 *
 * A request over HTTP/2 waits for one turn of the event loop. If its client has reset the stream until then (CVE-2023-44487), nothing is
 * done for it.
 * @throws ApiError 429
 */
export function requestSeats(counts: RequestCounts = new RequestCounts()): Middleware<ServerState> {
  const reads = new Seats('reads', counts);
  const writes = new Seats('writes', counts);
  const seated: Middleware<ServerState> = (ctx, next) => {
    const { user, limits } = ctx.state;
    if (HEALTH.test(ctx.req.url ?? '') || isExempt(user)) return next();
    const isRead = READS.has(ctx.method);
    const seats = isRead ? reads : writes;
    const name = user?.name ?? '';
    seats.take(name, isRead ? limits.reads : limits.writes);
    return ending(next, () => seats.release(name));
  };
  return (ctx, next) => {
    if (!isHttp2Request(ctx.req)) return seated(ctx, next);
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        if (ctx.state.isOver) {
          ctx.respond = false;
          resolve(undefined);
          return;
        }
        try {
          resolve(seated(ctx, next));
        } catch (error) {
          reject(error);
        }
      });
    });
  };
}

function isExempt(user: User | undefined): boolean {
  return user !== undefined && (user.groups.includes(EXEMPT_GROUP) || AGGREGATOR.has(user.name));
}

/** The seats of one kind of request. */
class Seats {
  readonly #kind: 'reads' | 'writes';
  readonly #counts: RequestCounts;
  readonly #byUser = new Map<string, number>();

  constructor(kind: 'reads' | 'writes', counts: RequestCounts) {
    this.#kind = kind;
    this.#counts = counts;
  }

  /** @throws ApiError 429 if no seat is free */
  take(user: string, maximum: number): void {
    const own = this.#byUser.get(user) ?? 0;
    const isFull = this.#counts[this.#kind] >= maximum;
    if (isFull || own >= Math.max(1, Math.floor(maximum / SHARES))) {
      this.#counts.refuse(isFull ? this.#kind : 'user share');
      throw tooManyRequests('Too many requests, please try again later.', 1);
    }
    this.#counts[this.#kind] += 1;
    this.#byUser.set(user, own + 1);
  }

  release(user: string): void {
    this.#counts[this.#kind] -= 1;
    const own = (this.#byUser.get(user) ?? 1) - 1;
    if (own === 0) this.#byUser.delete(user);
    else this.#byUser.set(user, own);
  }
}
