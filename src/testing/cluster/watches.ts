import type { Cancel, Clock } from '../../clock.ts';
import { parseWatchParameters } from '../../server/wire/watch-parameters.ts';
import type { WatchParameters } from '../../server/wire/watch-parameters.ts';
import { apiErrorOf, badRequest, expired } from '../../server/wire/status.ts';
import { errorFrame } from '../../server/wire/watch-frames.ts';
import { formatOf, onGone } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { waitUntilFresh } from './reads.ts';
import { representation } from './representation.ts';
import type { ResourceTable } from './resource-table.ts';
import { commonHeaders } from './responses.ts';
import { selection } from './selection.ts';
import type { Storage } from './storage.ts';
import { Watcher } from './watcher.ts';

/** Milliseconds between bookmarks. */
export const BOOKMARK_PERIOD = 60_000;

/** The last bookmark comes this much before the end, in milliseconds. */
export const LAST_BOOKMARK_LEAD = 2000;

/** A watch without `timeoutSeconds` lasts between this and twice as many milliseconds. */
const MIN_TIMEOUT = 1_800_000;

/** So many watches are served before others get their turn. */
const SLICE = 200;

export interface WatchesOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly features: Features;
}

/** The open watches of a fake cluster. `resource` always means all of them when it is left out. */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #watchers = new Set<Watcher>();
  readonly #held = new Set<string>();
  readonly #changed = new Set<string>();
  #isHeld = false;

  constructor(options: WatchesOptions, signal: AbortSignal) {
    this.#options = options;
    options.storage.subscribe((events) => {
      for (const { resource } of events) this.#wake(resource);
    }, signal);
    signal.addEventListener('abort', () => this.end(), { once: true });
  }

  /** Opens a watch. Throws what is answered instead of a stream: 400, 406, 422. */
  async open(exchange: Exchange, table: ResourceTable, namespace: string, name: string): Promise<void> {
    const { storage, clock } = this.#options;
    const format = formatOf(exchange, 'watch', { mediaTypes: ['application/json'] });
    const options = this.#parse(exchange, name);
    const selected = selection(table.kind, options);
    const form = representation(table.kind, format.transform, exchange.query, clock);
    const { response } = exchange;
    response.writeHead(200, { ...commonHeaders(exchange), 'Content-Type': 'application/json' });
    response.flushHeaders?.();
    let isGone = false;
    onGone(response, () => {
      isGone = true;
    });
    try {
      const { start } = options;
      if (start.from === 'notOlderThan') await waitUntilFresh(storage, clock, start.resourceVersion);
      if (isGone) return;
      const after = startOf(options, storage.revision);
      if (after < table.log.floor) throw expired(`too old resource version: ${after} (${table.log.floor})`);
      const prefix = namespace === '' ? '' : `${namespace}/`;
      let cancel: Cancel = () => undefined;
      const watcher = new Watcher({
        table,
        response,
        representation: form,
        selection: selected,
        prefix,
        after,
        // A snapshot of its own: the stream may take longer to read it than the next write.
        initial: options.sendInitialEvents ? table.at(storage.revision)?.entries(prefix) : undefined,
        initialEventsEnd: options.sendInitialEventsEnd ? after : undefined,
        isHeld: () => this.#isHeld || this.#held.has(watcher.resource),
        onClose: () => {
          this.#watchers.delete(watcher);
          cancel();
        },
      });
      this.#watchers.add(watcher);
      cancel = this.#schedule(watcher, options);
      watcher.deliver();
    } catch (error) {
      response.end(errorFrame(apiErrorOf(error).status));
    }
  }

  count(resource?: string): number {
    return this.#of(resource).length;
  }

  end(resource?: string): void {
    for (const watcher of this.#of(resource)) watcher.end();
  }

  cut(resource?: string): void {
    for (const watcher of this.#of(resource)) watcher.cut();
  }

  fail(status: object, resource?: string): void {
    for (const watcher of this.#of(resource)) watcher.fail(status);
  }

  /** Sends nothing until released, to watches yet to come neither. */
  hold(resource?: string): void {
    if (resource === undefined) this.#isHeld = true;
    else this.#held.add(resource);
  }

  release(resource?: string): void {
    this.#isHeld = false;
    if (resource === undefined) this.#held.clear();
    else this.#held.delete(resource);
    for (const watcher of this.#of(resource)) watcher.deliver();
  }

  #of(resource: string | undefined): readonly Watcher[] {
    return [...this.#watchers].filter((watcher) => resource === undefined || watcher.resource === resource);
  }

  #parse({ query, info }: Exchange, name: string): WatchParameters {
    const { watchList } = this.#options.features;
    const isWatchPath = info.type === 'resource' && info.isWatchPath;
    const understood = new URLSearchParams(query);
    if (watchList === 'ignored') {
      understood.delete('sendInitialEvents');
      understood.delete('resourceVersionMatch');
    }
    if (isWatchPath && name !== '') narrow(understood, name);
    return parseWatchParameters(understood, { isWatchPath, watchList: watchList === true });
  }

  /** The bookmarks and the end of a watch. */
  #schedule(watcher: Watcher, { timeoutSeconds, allowWatchBookmarks }: WatchParameters): Cancel {
    const { clock, random, features, storage } = this.#options;
    const lasts = timeoutSeconds === undefined ? MIN_TIMEOUT * (1 + random()) : timeoutSeconds * 1000;
    const bookmark = (): void => {
      if (features.bookmarks) watcher.bookmark(storage.revision);
    };
    const cancels = [clock.schedule(lasts, () => watcher.end())];
    if (allowWatchBookmarks) {
      if (lasts > LAST_BOOKMARK_LEAD) cancels.push(clock.schedule(lasts - LAST_BOOKMARK_LEAD, bookmark));
      let cancelNext: Cancel = () => undefined;
      const repeat = (): void => {
        cancelNext = clock.schedule(BOOKMARK_PERIOD, () => {
          repeat();
          bookmark();
        });
      };
      repeat();
      cancels.push(() => cancelNext());
    }
    return () => cancels.forEach((cancel) => cancel());
  }

  /** Writes of one turn of the event loop are delivered together. */
  #wake(resource: string): void {
    if (this.#changed.size === 0) {
      setImmediate(() => {
        const waiting = [...this.#watchers].filter((watcher) => this.#changed.has(watcher.resource));
        this.#changed.clear();
        deliverSliced(waiting);
      });
    }
    this.#changed.add(resource);
  }
}

const deliverSliced = (watchers: readonly Watcher[]): void => {
  for (const watcher of watchers.slice(0, SLICE)) watcher.deliver();
  if (watchers.length > SLICE) setImmediate(() => deliverSliced(watchers.slice(SLICE)));
};

/** The revision after which events are sent. */
const startOf = ({ start }: WatchParameters, current: number): number =>
  start.from === 'after' ? Number(start.resourceVersion) : current;

/** `/watch/…/NAME` selects that name; a selector for another is refused. */
const narrow = (query: URLSearchParams, name: string): void => {
  const given = query.get('fieldSelector') ?? '';
  if (given !== '' && given !== `metadata.name=${name}`)
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  query.set('fieldSelector', `metadata.name=${name}`);
};

/** What the fake cluster can do. May be changed while it runs; open watches are not affected. */
export interface Features {
  /**
   * `true`: initial events and their end bookmark, as kube-apiserver from 1.34 on. `false`: 422 to `sendInitialEvents`, as 1.20.
   * `'ignored'`: `sendInitialEvents` is passed over, as by servers that know nothing of it: a stream without the end bookmark.
   */
  watchList: boolean | 'ignored';
  /** Whether there are bookmarks every minute and before the end. The one after initial events is a matter of `watchList`. */
  bookmarks: boolean;
}

export const defaultFeatures: Readonly<Features> = { watchList: true, bookmarks: true };
