/**
 * The reviews of open watches. A watch that was allowed is reviewed again at an interval, because the rights of its user can change while it
 * is open. Watches with equal specs share their reviews.
 *
 * ```
 *   allowed ──interval──► reviewing ──allows──► allowed
 *                             │ fails ──► uncertain ──interval──► reviewing; after 5 minutes of failures ──► ended
 *                             └──denies──► ended
 * ```
 * Each new decision about an equal spec counts as a review, so a request that is denied also ends the watches that the denial concerns.
 * @module
 */
import type { Cancel, Clock } from '../../clock.ts';
import type { AccessReviewSpec } from './access-review-spec.ts';
import type { AccessDecision, KeyedAuthorizer } from './authorizer.ts';

/** The reviews that run at once, so that the reviews of many watches do not delay those of requests. */
const MAX_REVIEWS = 20;
/** The time for which failing reviews do not end a watch, in milliseconds. */
const TOLERANCE_MS = 300_000;

/** Options of {@link WatchReviews}. */
export interface WatchReviewsOptions {
  readonly clock: Clock;
  /** The time between two reviews of a watch, in milliseconds. */
  readonly interval: number;
  /** Decides again. A decision that it makes is also reported by {@link WatchReviews.decided}. */
  readonly decide: KeyedAuthorizer;
}

/** The watches with one spec. */
interface Group {
  readonly key: string;
  readonly spec: AccessReviewSpec;
  /** The functions that end the watches. */
  readonly ends: Set<(decision: AccessDecision | undefined) => void>;
  /** The time of the next review. */
  due: number;
  /** The time of the first of the reviews that have failed since the last decision. */
  failingSince: number | undefined;
}

/** The open watches of one server, by the specs of their reviews. */
export class WatchReviews {
  readonly #options: WatchReviewsOptions;
  readonly #groups = new Map<string, Group>();
  /** The groups that wait for a review, the next one first. */
  readonly #waiting = new Map<string, Group>();
  #running = 0;
  #cancel: Cancel | undefined;

  constructor(options: WatchReviewsOptions) {
    this.#options = options;
  }

  /** The number of different specs. */
  get size(): number {
    return this.#groups.size;
  }

  /**
   * Reviews an open watch until the returned function is called.
   * @param end is called once when the watch must end: with the denial, or with undefined if reviews have failed for too long
   */
  follow(spec: AccessReviewSpec, key: string, end: (decision: AccessDecision | undefined) => void): () => void {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { key, spec, ends: new Set(), due: 0, failingSince: undefined };
      this.#groups.set(key, group);
      this.#wait(group);
    }
    const { ends } = group;
    ends.add(end);
    return () => {
      ends.delete(end);
      if (ends.size === 0) this.#delete(key, ends);
    };
  }

  /** Records a decision about a spec, of any request. */
  decided(key: string, decision: AccessDecision): void {
    const group = this.#groups.get(key);
    if (group === undefined) return;
    if (!decision.allowed) {
      this.#end(group, decision);
      return;
    }
    group.failingSince = undefined;
    if (this.#waiting.has(key)) this.#wait(group);
  }

  #wait(group: Group): void {
    const { clock, interval } = this.#options;
    group.due = clock.now() + interval;
    // The last in the order of the map.
    this.#waiting.delete(group.key);
    this.#waiting.set(group.key, group);
    this.#schedule();
  }

  /** One timer, of the next review, is enough for all watches. */
  #schedule(): void {
    const [next] = this.#waiting.values();
    if (next === undefined || this.#cancel !== undefined || this.#running >= MAX_REVIEWS) return;
    const { clock } = this.#options;
    this.#cancel = clock.schedule(Math.max(0, next.due - clock.now()), () => {
      this.#cancel = undefined;
      this.#reviewDue();
    });
  }

  #reviewDue(): void {
    const now = this.#options.clock.now();
    for (const group of this.#waiting.values()) {
      if (group.due > now || this.#running >= MAX_REVIEWS) break;
      this.#waiting.delete(group.key);
      void this.#review(group);
    }
    this.#schedule();
  }

  async #review(group: Group): Promise<void> {
    const { decide } = this.#options;
    this.#running += 1;
    try {
      this.decided(group.key, await decide(group.spec, group.key));
    } catch {
      // `decide` has counted and logged the failure.
      this.#failed(group);
    } finally {
      this.#running -= 1;
    }
    if (this.#groups.get(group.key) === group) this.#wait(group);
    else this.#schedule();
  }

  #failed(group: Group): void {
    const now = this.#options.clock.now();
    group.failingSince ??= now;
    if (now - group.failingSince >= TOLERANCE_MS) this.#end(group, undefined);
  }

  #end({ key, ends }: Group, decision: AccessDecision | undefined): void {
    this.#delete(key, ends);
    for (const end of ends) end(decision);
    ends.clear();
  }

  #delete(key: string, ends: Group['ends']): void {
    // A group of the same key can be newer.
    if (this.#groups.get(key)?.ends !== ends) return;
    this.#groups.delete(key);
    this.#waiting.delete(key);
    if (this.#waiting.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
