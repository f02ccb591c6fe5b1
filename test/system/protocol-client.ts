/**
 * A client that follows the Kubernetes protocol: it lists in pages, watches from the version of the list, resumes from the last version
 * it has seen, and relists after a 410. It records everything that violates the guarantees of versions.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Http2Client, LineStream, WatchLine } from '../support/https-client.ts';

interface Row {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
}

const keyOf = ({ metadata }: Row): string => `${metadata.namespace ?? ''}/${metadata.name}`;

export class ProtocolClient {
  /** Rows by key, as JSON without their version. */
  readonly rows = new Map<string, string>();
  readonly violations: string[] = [];
  lists = 0;
  watches = 0;
  readonly #http: Http2Client;
  readonly #path: string;
  #position = '';
  #stream: LineStream | undefined;
  #stopped = false;
  #running: Promise<void> | undefined;
  #headers: Readonly<Record<string, string>>;

  constructor(http: Http2Client, path: string, headers: Readonly<Record<string, string>> = {}) {
    this.#http = http;
    this.#path = path;
    this.#headers = headers;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Breaks the watch. The client reconnects. */
  cut(): void {
    this.#stream?.cancel();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stream?.cancel();
    await this.#running;
  }

  /** Resolves when the condition holds. @throws Error if a guarantee of versions is violated, or if the signal is aborted first */
  async until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition()) {
      if (this.violations.length > 0) throw new Error(this.violations.join('\n'));
      if (signal.aborted)
        throw new Error(
          `timed out: ${this.rows.size} rows at ${this.#position}, ${this.lists} lists, ${this.watches} watches`,
        );
      await nextTurn();
    }
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopped) {
        if (this.#position === '') await this.#list();
        await this.#watch();
      }
    } catch (error) {
      // The connection of a client that has been stopped may be closed.
      if (!this.#stopped) throw error;
    }
  }

  async #list(): Promise<void> {
    this.lists += 1;
    const rows = new Map<string, string>();
    let page: { metadata: { resourceVersion: string; continue?: string }; items: Row[] };
    let next = '';
    do {
      const response = await this.#http.request(
        `${this.#path}?limit=700${next === '' ? '' : `&continue=${next}`}`,
        this.#headers,
      );
      if (response.status === 429 || response.status === 410) return;
      if (response.status !== 200) throw new Error(`list: ${response.status} ${response.text}`);
      page = JSON.parse(response.text) as typeof page;
      for (const row of page.items) rows.set(keyOf(row), content(row));
      next = page.metadata.continue ?? '';
    } while (next !== '');
    this.rows.clear();
    for (const [key, row] of rows) this.rows.set(key, row);
    this.#position = page.metadata.resourceVersion;
  }

  async #watch(): Promise<void> {
    this.watches += 1;
    const from = this.#position;
    if (from === '') return;
    const stream = this.#http.watch(
      `${this.#path}?watch=1&allowWatchBookmarks=true&resourceVersion=${from}`,
      this.#headers,
    );
    this.#stream = stream;
    for await (const event of stream) if (!this.#take(event)) break;
    stream.cancel();
  }

  #take({ type, object }: WatchLine): boolean {
    if (type === 'ERROR') {
      const { code } = object as unknown as { code: number };
      if (code !== 410) this.violations.push(`ERROR ${JSON.stringify(object)}`);
      this.#position = '';
      return false;
    }
    const row = object as unknown as Row;
    const version = row.metadata.resourceVersion;
    if (BigInt(version) < BigInt(this.#position)) this.violations.push(`${type} ${version} after ${this.#position}`);
    this.#position = version;
    if (type === 'BOOKMARK') return true;
    const key = keyOf(row);
    if (type === 'DELETED') {
      if (!this.rows.delete(key)) this.violations.push(`DELETED ${key}, which did not exist`);
    } else {
      if ((type === 'ADDED') === this.rows.has(key))
        this.violations.push(`${type} ${key}, which ${type === 'ADDED' ? 'already existed' : 'did not exist'}`);
      this.rows.set(key, content(row));
    }
    return true;
  }
}

/** A row as JSON without its version, which may differ between a list and an event. */
export function content(row: Row): string {
  return JSON.stringify({ ...row, metadata: { ...row.metadata, resourceVersion: undefined } });
}
