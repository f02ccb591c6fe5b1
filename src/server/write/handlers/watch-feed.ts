/**
 * Keeps objects up to date by a handler's watch.
 *
 * ```
 *   watch ──objects──► gathering ──SYNCED──► following ──┐
 *     ▲                    │ ended, or failed            │
 *     └──────backoff───────┴─────────────────────────────┘
 * ```
 * What was known stays while nothing is heard.
 * @module
 */
import { LinkedAbort, onAbort } from '../../../abort.ts';
import { Backoff } from '../../../informers/collection/backoff.ts';
import { delay } from '../../../clock.ts';
import { reasonOf } from '../../../informers/collection/errors.ts';
import type { StoredObject } from '../../../stores/object-store.ts';
import type { Echoes } from './echoes.ts';
import type { Taken } from './handled-object.ts';
import type { Feed } from './handled-collection.ts';
import type { Awaitable, HandlerEvent, Subscribable } from '../../define/handlers.ts';
import type { Look } from './known-objects.ts';
import type { FeedOptions } from './poll-feed.ts';

type Events = AsyncIterable<HandlerEvent<unknown>> | Subscribable<HandlerEvent<unknown>>;

/** What a {@link WatchFeed} needs. */
export interface WatchFeedOptions extends FeedOptions {
  readonly echoes: Echoes;
  readonly watch: (signal: AbortSignal) => Awaitable<Events>;
  /** @throws TypeError for what is no object of the resource */
  readonly taken: (object: unknown) => Taken;
}

/** See the top of this file. */
export class WatchFeed implements Feed {
  readonly #options: WatchFeedOptions;
  #trouble: string | undefined;
  #lastActivity: number | undefined;
  /** What was told before SYNCED; undefined after. */
  #gathered: Map<string, StoredObject> | undefined;

  constructor(options: WatchFeedOptions) {
    this.#options = options;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  get lastActivity(): number | undefined {
    return this.#lastActivity;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { name, clock, random, log } = this.#options;
    const backoff = new Backoff(clock, random);
    while (!signal.aborted) {
      let failure: unknown;
      try {
        await this.#follow(signal);
      } catch (error) {
        failure = error;
      }
      if (signal.aborted) return;
      const trouble = failure === undefined ? 'the watch has ended' : `the watch failed: ${reasonOf(failure)}`;
      if (failure !== undefined && trouble !== this.#trouble) log.error(`${name}: the watch failed`, failure);
      this.#trouble = trouble;
      await delay(clock, backoff.next(), signal);
    }
  }

  /** Resolves when the watch has ended, or the signal is aborted. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { known, echoes, watch } = this.#options;
    const lifetime = new LinkedAbort(signal);
    echoes.clear();
    this.#gathered = new Map();
    const look = known.look();
    const take = (event: unknown): void => {
      if (!signal.aborted) this.#take(event, look);
    };
    try {
      const events: unknown = await unlessAborted(Promise.resolve(watch(lifetime.signal)), signal);
      if (isAsyncIterable(events)) await drawn(events, take, signal);
      else if (isSubscribable(events)) await pushed(events, take, signal);
      else if (!signal.aborted) throw new TypeError('it answered neither an AsyncIterable nor an Observable');
    } finally {
      look.end();
      lifetime.abort(new Error('the watch is over'));
    }
  }

  #take(event: unknown, look: Look): void {
    const { known, isBusy, taken, clock } = this.#options;
    const { type, object } = Object(event) as { readonly type?: unknown; readonly object?: unknown };
    if (type === 'SYNCED') {
      const gathered = this.#gathered;
      this.#gathered = undefined;
      this.#trouble = undefined;
      if (gathered !== undefined) known.completed(gathered, look, isBusy);
      look.end();
    } else if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      const { key, object: state, hasUid } = taken(object);
      if (this.#gathered === undefined && type === 'DELETED')
        known.toldDeleted(key, hasUid ? state.metadata.uid : undefined);
      else if (this.#gathered === undefined) known.told(key, state);
      else if (type === 'DELETED') this.#gathered.delete(key);
      else this.#gathered.set(key, state);
    } else {
      throw new TypeError(`an event of type ${JSON.stringify(type)}: ADDED, MODIFIED, DELETED and SYNCED are known`);
    }
    this.#lastActivity = clock.now();
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isSubscribable(value: unknown): value is Subscribable<unknown> {
  return typeof value === 'object' && value !== null && 'subscribe' in value && typeof value.subscribe === 'function';
}

/** Takes event by event: whoever makes them waits until one was taken. */
async function drawn(
  events: AsyncIterable<unknown>,
  take: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await unlessAborted(iterator.next(), signal);
      if (next === undefined || next.done === true) return;
      take(next.value);
    }
  } finally {
    // It may hang in what it waits for; nobody waits for that.
    void (async (): Promise<unknown> => iterator.return?.())().catch(() => undefined);
  }
}

function pushed(events: Subscribable<unknown>, take: (event: unknown) => void, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  const removeListener = onAbort(signal, () => resolve());
  const subscription = events.subscribe({
    next: (event) => {
      if (isOver) return;
      try {
        take(event);
      } catch (error) {
        isOver = true;
        reject(error);
      }
    },
    error: (error) => reject(error),
    complete: () => resolve(),
  });
  return promise.finally(() => {
    isOver = true;
    removeListener();
    subscription.unsubscribe();
  });
}

/** Undefined when the signal is aborted first. */
async function unlessAborted<V>(promise: Promise<V>, signal: AbortSignal): Promise<V | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const removeListener = onAbort(signal, () => resolve(undefined));
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    removeListener();
  }
}
