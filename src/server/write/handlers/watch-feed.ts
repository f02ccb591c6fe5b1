/**
 * A feed that reads the events of the handler `watch`.
 *
 * ```
 *   watch ──objects──► initial   ──SYNCED──► following ──┐
 *     ▲                    │ ended, or failed            │
 *     └──────backoff───────┴─────────────────────────────┘
 * ```
 * Between two watches, the known objects stay in the view.
 * @module
 */
import { LinkedAbort, onAbort } from '../../../abort.ts';
import { delay } from '../../../clock.ts';
import { Backoff } from '../../../informers/collection/backoff.ts';
import { reasonOf } from '../../../informers/collection/errors.ts';
import type { StoredObject } from '../../../stores/object-store.ts';
import type { Awaitable, HandlerEvent, Subscribable } from '../../define/handlers.ts';
import type { Feed } from './handled-collection.ts';
import type { HandledObject } from './handled-object.ts';
import type { Observation } from './known-objects.ts';
import type { FeedOptions } from './poll-feed.ts';
import type { SupersededStates } from './superseded-states.ts';

type Events = AsyncIterable<HandlerEvent<unknown>> | Subscribable<HandlerEvent<unknown>>;

/** The parts that a {@link WatchFeed} uses. */
export interface WatchFeedOptions extends FeedOptions {
  readonly superseded: SupersededStates;
  readonly watch: (signal: AbortSignal) => Awaitable<Events>;
  /** Checks an object of an event. @throws TypeError if it is not an object of the resource */
  readonly checked: (object: unknown) => HandledObject;
}

/** The feed of a resource whose handlers have `watch`. */
export class WatchFeed implements Feed {
  readonly #options: WatchFeedOptions;
  #trouble: string | undefined;
  #lastActivity: number | undefined;
  /** The objects that were delivered before SYNCED; undefined after it. */
  #initial: Map<string, StoredObject> | undefined;

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

  /** Starts a watch and reads its events. Resolves when the watch has ended or the signal is aborted. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { known, superseded, watch } = this.#options;
    const lifetime = new LinkedAbort(signal);
    superseded.clear();
    this.#initial = new Map();
    const observation = known.observe();
    const take = (event: unknown): void => {
      if (!signal.aborted) this.#take(event, observation);
    };
    try {
      const events: unknown = await valueUnlessAborted(Promise.resolve(watch(lifetime.signal)), signal);
      if (isAsyncIterable(events)) await takeFromIterator(events, take, signal);
      else if (isSubscribable(events)) await takeFromObservable(events, take, signal);
      else if (!signal.aborted) throw new TypeError('it returned neither an AsyncIterable nor an Observable');
    } finally {
      observation.end();
      lifetime.abort(new Error('the watch has ended'));
    }
  }

  #take(event: unknown, observation: Observation): void {
    const { known, isBusy, checked, clock } = this.#options;
    const { type, object } = Object(event) as { readonly type?: unknown; readonly object?: unknown };
    if (type === 'SYNCED') {
      const initial = this.#initial;
      this.#initial = undefined;
      this.#trouble = undefined;
      if (initial !== undefined) known.recordAll(initial, observation, isBusy);
      observation.end();
    } else if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      const { key, object: state, hasUid } = checked(object);
      if (this.#initial === undefined && type === 'DELETED')
        known.recordWatchedDeletion(key, hasUid ? state.metadata.uid : undefined);
      else if (this.#initial === undefined) known.recordWatched(key, state);
      else if (type === 'DELETED') this.#initial.delete(key);
      else this.#initial.set(key, state);
    } else {
      throw new TypeError(
        `an event has the type ${JSON.stringify(type)}; it must be ADDED, MODIFIED, DELETED or SYNCED`,
      );
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

/** Passes the events of an iterator to `take`, one after the other. */
async function takeFromIterator(
  events: AsyncIterable<unknown>,
  take: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await valueUnlessAborted(iterator.next(), signal);
      if (next === undefined || next.done === true) return;
      take(next.value);
    }
  } finally {
    // The iterator may never finish, so its end is not awaited.
    void (async (): Promise<unknown> => iterator.return?.())().catch(() => undefined);
  }
}

/** Passes the events of an observable to `take`. Rejects with an error of the observable or of `take`. */
function takeFromObservable(
  events: Subscribable<unknown>,
  take: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
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

/** Returns the value of the promise, or undefined if the signal is aborted first. */
async function valueUnlessAborted<V>(promise: Promise<V>, signal: AbortSignal): Promise<V | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const removeListener = onAbort(signal, () => resolve(undefined));
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    removeListener();
  }
}
