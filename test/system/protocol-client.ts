/**
 * A client that knows nothing but the protocol: it lists (in pages), watches from the version of the list, resumes from the last version it
 * has seen, and lists again when it is told 410. It records whatever would break the promise of versions.
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

  /** Breaks the watch off; the client goes on by itself. */
  cut(): void {
    this.#stream?.cancel();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stream?.cancel();
    await this.#running;
  }

  /** Resolves when the condition holds. @throws Error when the promise of versions is broken, or the signal is aborted first */
  async until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition()) {
      if (this.violations.length > 0) throw new Error(this.violations.join('\n'));
      if (signal.aborted)
        throw new Error(
          `nothing came: ${this.rows.size} rows at ${this.#position}, ${this.lists} lists, ${this.watches} watches`,
        );
      await nextTurn();
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      if (this.#position === '') await this.#list();
      await this.#watch();
    }
  }

  async #list(): Promise<void> {
    this.lists += 1;
    const rows = new Map<string, string>();
    let page: { metadata: { resourceVersion: string; continue?: string }; items: Row[] };
    let next = '';
    do {
      const answer = await this.#http.request(
        `${this.#path}?limit=700${next === '' ? '' : `&continue=${next}`}`,
        this.#headers,
      );
      if (answer.status === 429 || answer.status === 410) return;
      if (answer.status !== 200) throw new Error(`list: ${answer.status} ${answer.text}`);
      page = JSON.parse(answer.text) as typeof page;
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
      if (!this.rows.delete(key)) this.violations.push(`DELETED ${key}, which was not there`);
    } else {
      if ((type === 'ADDED') === this.rows.has(key))
        this.violations.push(`${type} ${key}, which was ${type === 'ADDED' ? '' : 'not '}there`);
      this.rows.set(key, content(row));
    }
    return true;
  }
}

/** A row as JSON without its version: that differs between a list and the event that led to it only when it must. */
export function content(row: Row): string {
  return JSON.stringify({ ...row, metadata: { ...row.metadata, resourceVersion: undefined } });
}
