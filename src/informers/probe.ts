/**
 * Checks of a watch that is silent: whether the server has newer versions, and whether a short second watch has an event that it has not
 * sent.
 * @module
 */
import { LinkedAbort } from '../abort.ts';
import type { Clock } from '../clock.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { isAtLeast, isNewer, isOlder } from './collection/source-version.ts';
import { ConnectionError, UpstreamApiError } from './errors.ts';
import type { ListWatch } from './list-watch.ts';
import type { SinkWriter } from './reflector-sink.ts';
import { WatchConnection } from './watch-connection.ts';

/** The time after which the server ends the second watch. */
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
 * The result of a {@link probeWatch}:
 * - `arrived`: the watch has delivered a frame during the probe, or has ended.
 * - `missed`: the server has an event that the watch has not sent.
 * - `works`: no event is missing, although the server has a newer version.
 * - `current`: the server has the version of the frontier. Whether the watch works is not known, because there was nothing to send.
 * - `behind`: the server has an older version: it lags, or was restored from a backup.
 */
export type ProbeResult = 'arrived' | 'missed' | 'works' | 'current' | 'behind';

/** Options of {@link probeWatch}. */
export interface ProbeOptions<T extends SourceObject> extends ShortWatchOptions<T> {
  /** Returns the latest version of the server; undefined if it cannot be read. Then only a watch can show what was missed. */
  readonly latest: (signal: AbortSignal) => Promise<string | undefined>;
}

/**
 * Checks a watch that has been silent. If the version of the server is the frontier, nothing was missed. Otherwise, a second watch from the
 * frontier shows whether there are events. The first watch stays open, because most silent watches are idle.
 * @throws the errors of {@link shortWatch}; the reason of the signal
 */
export async function probeWatch<T extends SourceObject>(
  connection: WatchConnection<T>,
  options: ProbeOptions<T>,
): Promise<ProbeResult> {
  const probe = new LinkedAbort(options.signal);
  const { signal } = probe;
  const arrived = new Error('a frame has arrived');
  void connection.arrived().then(() => probe.abort(arrived));
  try {
    const version = await options.latest(signal);
    const { frontier = '' } = options.writer;
    const needsWatch = version === undefined || isNewer(version, frontier);
    if (needsWatch && (await shortWatch({ ...options, signal }))) return 'missed';
    connection.confirm();
    if (version === frontier) return 'current';
    return version !== undefined && isOlder(version, frontier) ? 'behind' : 'works';
  } catch (error) {
    if (signal.reason === arrived) return 'arrived';
    throw error;
  } finally {
    probe.unlink();
  }
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
