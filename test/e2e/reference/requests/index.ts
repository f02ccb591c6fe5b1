/** All compared requests. */
import { EXTREMES } from './extremes.ts';
import { GETS } from './gets.ts';
import { LISTS } from './lists.ts';
import { NEGOTIATION } from './negotiation.ts';
import { PATHS } from './paths.ts';
import type { ComparedRequest } from './compared-request.ts';
import { SELECTORS } from './selectors.ts';
import { SHARDS, SHARDS_SECTION } from './shards.ts';
import { LIVE_WATCHES, WATCH_OPENED } from './watches.ts';

export type { ComparedRequest } from './compared-request.ts';
export { SHARDS_SECTION };

/** Requests that read a fixed state. */
export const REQUESTS: readonly ComparedRequest[] = [
  ...LISTS,
  ...GETS,
  ...WATCH_OPENED,
  ...NEGOTIATION,
  ...SELECTORS,
  ...PATHS,
  ...EXTREMES,
  ...SHARDS,
];

/** Watches that are open during changes. */
export const LIVE_REQUESTS: readonly ComparedRequest[] = LIVE_WATCHES;
