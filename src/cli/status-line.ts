/**
 * The live line of a running demo.
 * @module
 */
import type { ApiServer } from '../server/index.ts';

/** How often the line is drawn, in milliseconds. */
const INTERVAL_MS = 1000;

/** Draws the line while the signal lasts. Only for a terminal: elsewhere a line a second would be noise. */
export function statusLine(server: ApiServer, terminal: NodeJS.WriteStream, signal: AbortSignal): void {
  let changes = changesOf(server);
  const draw = (): void => {
    const now = changesOf(server);
    const { rows, watchers, ready } = server.counts();
    terminal.write(
      `\r\u001b[K${ready ? 'ready' : 'not ready'} · ${rows} objects · ${watchers} watchers · ${now - changes} events/s `,
    );
    changes = now;
  };
  const timer = setInterval(draw, INTERVAL_MS);
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      terminal.write('\r\u001b[K');
    },
    { once: true },
  );
}

function changesOf(server: ApiServer): number {
  return server.counts().changes;
}
