/**
 * Which way the objects of handlers are kept up to date.
 * @module
 */
import type { CheckedHandlers } from './checked-handlers.ts';
import type { Echoes } from './echoes.ts';
import type { Feed } from './handled-collection.ts';
import type { Handlers } from '../../define/handlers.ts';
import { type FeedOptions, PollFeed } from './poll-feed.ts';
import { WatchFeed } from './watch-feed.ts';

const POLL_EVERY_MS = 10_000;

/** By their watch, else by their list; undefined where there is neither. */
export function feedOf(
  handlers: Handlers<object>,
  checked: CheckedHandlers,
  echoes: Echoes | undefined,
  options: FeedOptions,
): Feed | undefined {
  if (typeof handlers.watch === 'function' && echoes !== undefined) {
    const watch = handlers.watch.bind(handlers);
    return new WatchFeed({
      ...options,
      echoes,
      watch: (signal) => watch({ user: undefined, signal, dryRun: false }),
      taken: (object) => checked.taken(object),
    });
  }
  if (handlers.list === undefined) return undefined;
  const every = handlers.pollEvery ?? POLL_EVERY_MS;
  return new PollFeed({
    ...options,
    every,
    list: (signal) => checked.list({ user: undefined, dryRun: false, signal }),
  });
}
