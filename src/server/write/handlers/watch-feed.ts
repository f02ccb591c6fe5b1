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
import { outsideDomain, UserDomain } from '../../user-domain.ts';
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
      let trouble = 'the watch has ended';
      try {
        await this.#follow(signal);
      } catch (error) {
        trouble = `the watch failed: ${reasonOf(error)}`;
        if (!signal.aborted && trouble !== this.#trouble) log.error(`${name}: the watch failed`, error);
      }
      if (signal.aborted) return;
      this.#trouble = trouble;
      await delay(clock, backoff.next(), signal);
    }
  }

  /** Starts a watch and reads its events. Resolves when the watch has ended or the signal is aborted. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { known, superseded, watch } = this.#options;
    const { name, log } = this.#options;
    const lifetime = new LinkedAbort(signal);
    superseded.clear();
    this.#initial = new Map();
    const observation = known.observe();
    let isOver = false;
    /** Errors of the watch's code outside of its iterator or observable: of a timer, a socket, an emitter. */
    const strays: unknown[] = [];
    const onStray = (error: unknown): void => {
      if (isOver) log.error(`${name}: code of the watch failed after the watch had ended`, error);
      else strays.push(error);
      lifetime.abort(new Error('the watch has failed'));
    };
    const domain = new UserDomain(onStray);
    const reading: Reading = {
      domain,
      onStray,
      signal: lifetime.signal,
      take: (event) => {
        if (!lifetime.signal.aborted) this.#take(event, observation);
      },
    };
    try {
      const events: unknown = await valueUnlessAborted(
        domain.run(() => watch(lifetime.signal)),
        lifetime.signal,
      );
      if (isAsyncIterable(events)) await takeFromIterator(events, reading);
      else if (isSubscribable(events)) await takeFromObservable(events, reading);
      else if (!lifetime.signal.aborted) throw new TypeError('it returned neither an AsyncIterable nor an Observable');
      if (strays.length > 0) throw strays[0];
    } finally {
      isOver = true;
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

/** A watch while its events are read. */
interface Reading {
  /** The domain of the user's code. */
  readonly domain: UserDomain;
  readonly onStray: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly take: (event: unknown) => void;
}

/** Takes the events of an iterator, one after the other. */
async function takeFromIterator(
  events: AsyncIterable<unknown>,
  { domain, signal, take, onStray }: Reading,
): Promise<void> {
  const iterator = await domain.run(() => ({ of: events[Symbol.asyncIterator]() }));
  try {
    for (;;) {
      const next = await valueUnlessAborted(
        domain.run(() => iterator.of.next()),
        signal,
      );
      if (signal.aborted) return;
      if (typeof next !== 'object' || next === null) throw new TypeError(`the iterator returned ${String(next)}`);
      if (next.done === true) return;
      take(next.value);
    }
  } finally {
    // The iterator may never finish, so its end is not awaited.
    domain.run(() => iterator.of.return?.()).catch(onStray);
  }
}

/** Takes the events of an observable. Rejects with an error of the observable or of `take`. */
async function takeFromObservable(
  events: Subscribable<unknown>,
  { domain, signal, take, onStray }: Reading,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  const next = (event: unknown): void => {
    if (isOver) return;
    try {
      outsideDomain(() => take(event));
    } catch (error) {
      isOver = true;
      reject(error);
    }
  };
  const observer = { next, error: (error: unknown) => reject(error), complete: () => resolve() };
  const removeListener = onAbort(signal, () => resolve());
  const subscribed = domain.run(() => ({ subscription: events.subscribe(observer) }));
  try {
    await Promise.all([subscribed, promise]);
  } finally {
    isOver = true;
    removeListener();
    // The failure of `subscribe` has been thrown above.
    subscribed
      .then(({ subscription }) => domain.run(() => subscription.unsubscribe()).catch(onStray))
      .catch(() => undefined);
  }
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
