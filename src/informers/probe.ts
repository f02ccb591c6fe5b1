/**
 * A short second watch, which shows whether watches work and whether a silent watch has missed an event.
 * @module
 */
import type { Clock } from '../clock.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { isAtLeast } from './collection/source-version.ts';
import { ConnectionError, UpstreamApiError } from './errors.ts';
import type { ListWatch } from './list-watch.ts';
import type { SinkWriter } from './reflector-sink.ts';
import { WatchConnection } from './watch-connection.ts';

/** The time after which the server ends the watch. */
const TIMEOUT_S = 5;
/** The time after that at which the client ends it. */
const SLACK_MS = 2000;

/** Options of {@link shortWatch}. */
export interface ShortWatchOptions<T extends SourceObject> {
  readonly listWatch: ListWatch<T>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly writer: SinkWriter<T>;
}

/**
 * Opens a watch from the frontier that the server ends after 5 s. Its frames are not applied. A bookmark at the frontier or later shows that
 * the server has sent all events, and so does a clean end.
 * @returns whether there is an event that was not applied yet
 * @throws IdleTimeoutError if the server sends nothing and does not end the watch; ConnectionError if the watch ends too early; the errors of
 * `ListWatch.watch`
 */
export async function shortWatch<T extends SourceObject>(options: ShortWatchOptions<T>): Promise<boolean> {
  const { writer } = options;
  const watch = { resourceVersion: writer.resumeFrom, allowWatchBookmarks: true, timeoutSeconds: TIMEOUT_S };
  const connection = await WatchConnection.open({ ...options, options: watch, slack: SLACK_MS });
  try {
    for (;;) {
      const frame = await connection.next();
      if (frame === undefined) {
        if (connection.hasLastedMinimum) return false;
        throw new ConnectionError(`${options.listWatch.name}: the server ends watches at once`);
      }
      if (frame.type === 'ERROR') throw new UpstreamApiError(frame.object);
      if (frame.type === 'BOOKMARK') {
        const version = frame.object.metadata?.resourceVersion;
        if (version !== undefined && isAtLeast(version, writer.frontier ?? version)) return false;
      } else if (writer.isNew(frame.object)) return true;
    }
  } finally {
    connection.close();
  }
}
