/**
 * A client that follows the Kubernetes protocol: it lists (at once, in pages, or by initial events), watches, resumes from its last
 * version at any replica, and starts over when that version has expired. It sends a request only when the test calls it.
 *
 * The client also compares its rows at each version with the state of upstream at that version. The file is longer than 250 lines
 * because all requests of a client share its state.
 */
import type { Connections, Exchange, Receiver } from './connection.ts';
import { canonical, type Form, PATH, PLURAL, type Request } from './pods.ts';

/** The protocol and list mode of a client. */
export interface Behaviour extends Request {
  readonly protocol: 'h1' | 'h2';
  readonly mode: 'list' | 'pages' | 'initial events';
  readonly timeoutSeconds?: number | undefined;
}

/** The state of a client: rows by key, as canonical JSON, and their position. */
export interface ClientSnapshot {
  readonly rows: ReadonlyMap<string, string>;
  readonly position: bigint;
}

/** Knows the history of upstream, and collects broken guarantees. */
export interface UpstreamHistory {
  /** The expected rows of a request at a position. Undefined if they are unknown because events were dropped. */
  rowsAt(request: Request, position: bigint): ReadonlyMap<string, string> | undefined;
  /** Called with every broken guarantee. */
  report(violation: string): void;
}

interface Item {
  readonly kind?: string;
  readonly code?: number;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface TableItem {
  readonly cells: readonly unknown[];
  readonly object: Item;
}

interface Body {
  readonly metadata: Item['metadata'];
  readonly items?: readonly Item[];
  readonly rows?: readonly TableItem[];
}

/** Statuses after which a client retries: the server is not ready, is shutting down, or is behind. */
const TRY_AGAIN: ReadonlySet<number> = new Set([429, 503, 504]);
const PAGE = 2;

export class WatchingClient {
  readonly behaviour: Behaviour;
  readonly #upstream: UpstreamHistory;
  #rows: Map<string, string>;
  #position: bigint | undefined;
  #exchange: Exchange | undefined;
  #isWatching = false;
  #isPaused = false;
  /** The number of bytes until the connection breaks. */
  #bytesLeft = Number.POSITIVE_INFINITY;
  /** The rows received so far of a list in pages or of initial events. */
  #partial: Map<string, string> | undefined;
  #continue = '';
  readonly history: string[] = [];

  constructor(behaviour: Behaviour, upstream: UpstreamHistory, known?: ClientSnapshot) {
    this.behaviour = behaviour;
    this.#upstream = upstream;
    this.#rows = new Map(known?.rows);
    this.#position = known?.position;
  }

  /** The state of the client. Undefined before the first list, and when it has to start over. */
  get snapshot(): ClientSnapshot | undefined {
    return this.#position === undefined ? undefined : { rows: new Map(this.#rows), position: this.#position };
  }

  /** Whether a watch is open that has delivered everything up to a version of the source. */
  isAt(revision: number): boolean {
    return this.#isWatching && this.#partial === undefined && (this.#position ?? 0n) >> 20n === BigInt(revision);
  }

  /** The state of the client, for messages. */
  describe(): string {
    const { mode, protocol, form } = this.behaviour;
    const at = this.#position === undefined ? 'nowhere' : String(this.#position >> 20n);
    const state = this.#isWatching ? 'watching' : this.#exchange === undefined ? 'idle' : 'requesting';
    return `${protocol} ${mode} ${form}: ${state} at ${at}; ${this.history.slice(-12).join(', ')}`;
  }

  /** Sends the next request if none is in flight. */
  go(connections: Connections | undefined): void {
    if (this.#exchange !== undefined || connections === undefined) return;
    if (this.#position !== undefined) this.#watch(connections, `resourceVersion=${this.#position}`);
    else if (this.behaviour.mode === 'initial events') this.#watchList(connections);
    else this.#list(connections);
  }

  pause(): void {
    this.#isPaused = true;
    this.#exchange?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#exchange?.resume();
  }

  /** Breaks the connection, at once or after a number of bytes. */
  cut(bytes = 0): void {
    this.#bytesLeft = bytes;
    if (bytes === 0) this.#exchange?.cancel();
  }

  /** Resets the client to an earlier state. */
  rewind(known: ClientSnapshot): void {
    this.cut();
    this.#rows = new Map(known.rows);
    this.#position = known.position;
    this.#partial = undefined;
    this.#continue = '';
  }

  #list(connections: Connections): void {
    const isPaged = this.behaviour.mode === 'pages';
    const chunks: Buffer[] = [];
    let status = 0;
    const query = isPaged ? [`limit=${PAGE}`, ...(this.#continue === '' ? [] : [`continue=${this.#continue}`])] : [];
    this.#send(connections, true, query, {
      head: (code) => (status = code),
      data: (chunk) => void chunks.push(chunk),
      end: (complete) => {
        this.history.push(`list ${complete ? status : 'cut'}`);
        if (complete) this.#listed(status, Buffer.concat(chunks).toString());
      },
    });
  }

  #listed(status: number, text: string): void {
    if (TRY_AGAIN.has(status)) return;
    if (status === 410 && this.#continue !== '') {
      this.#startOver();
      return;
    }
    if (status !== 200) {
      this.#violation(`the response to a list was ${status} ${text}`);
      return;
    }
    const { metadata, items, rows } = JSON.parse(text) as Body;
    this.#partial ??= new Map();
    for (const item of items ?? rows ?? []) {
      const [key, content] = this.#read(item);
      if (this.#partial.has(key)) this.#violation(`a list has ${key} twice`);
      this.#partial.set(key, content);
    }
    this.#continue = metadata.continue ?? '';
    if (this.#continue === '') this.#replace(BigInt(metadata.resourceVersion));
  }

  #watchList(connections: Connections): void {
    this.#partial = new Map();
    this.#watch(connections, 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan');
  }

  #watch(connections: Connections, from: string): void {
    let status = 0;
    let text = '';
    let isOver = false;
    const after = this.#position;
    const { timeoutSeconds } = this.behaviour;
    const timeout = timeoutSeconds === undefined ? [] : [`timeoutSeconds=${timeoutSeconds}`];
    const bytes: Buffer[] = [];
    this.#send(connections, false, ['watch=1', 'allowWatchBookmarks=true', from, ...timeout], {
      head: (code) => {
        status = code;
        this.#isWatching = status === 200;
        this.history.push(`watch ${after === undefined ? '' : after >> 20n} ${status}`);
      },
      data: (chunk) => {
        bytes.push(chunk);
        if (status !== 200 || !chunk.includes(10)) return;
        const lines = Buffer.concat(bytes).toString().split('\n');
        bytes.splice(0, bytes.length, Buffer.from(lines.pop() ?? ''));
        for (const line of lines) isOver ||= !this.#receive(line);
      },
      end: (complete) => {
        this.#isWatching = false;
        if (this.behaviour.mode === 'initial events') this.#partial = undefined;
        this.history.push(complete ? 'ended' : 'broken');
        text = Buffer.concat(bytes).toString();
        if (status === 200 && complete && text !== '' && !isOver)
          this.#violation(`a watch ended with half a line: ${text}`);
        if (status === 410) this.#startOver();
        else if (complete && status !== 200 && !TRY_AGAIN.has(status))
          this.#violation(`the response to a watch was ${status} ${text}`);
      },
    });
  }

  #send(connections: Connections, isList: boolean, query: readonly string[], receiver: Receiver): void {
    const { protocol, form, namespace, labelSelector, fieldSelector } = this.behaviour;
    const parameters = [...query];
    if (labelSelector !== undefined) parameters.push(`labelSelector=${encodeURIComponent(labelSelector)}`);
    if (fieldSelector !== undefined) parameters.push(`fieldSelector=${encodeURIComponent(fieldSelector)}`);
    const scope = namespace === undefined ? PATH : `${PATH}/namespaces/${namespace}`;
    const accept = acceptOf(form, isList);
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    let isOver = false;
    const exchange = connections.get(protocol, `${scope}/${PLURAL}?${parameters.join('&')}`, accept, {
      head: receiver.head,
      data: (chunk) => {
        const left = this.#bytesLeft;
        this.#bytesLeft -= chunk.length;
        receiver.data(chunk.subarray(0, left));
        if (chunk.length >= left) exchange.cancel();
      },
      end: (complete) => {
        isOver = true;
        this.#exchange = undefined;
        receiver.end(complete);
      },
    });
    if (isOver) return;
    this.#exchange = exchange;
    if (this.#isPaused) exchange.pause();
  }

  /** @returns whether the stream continues */
  #receive(line: string): boolean {
    const { type, object } = JSON.parse(line) as { type: string; object: Item | Body };
    if (type === 'ERROR') {
      const { code = 0 } = object as Item;
      this.history.push(`ERROR ${code}`);
      if (code === 410) this.#startOver();
      else if (!TRY_AGAIN.has(code)) this.#violation(`a watch failed: ${line}`);
      this.#exchange?.cancel();
      return false;
    }
    const table = 'rows' in object ? object.rows?.[0] : undefined;
    const item: Item = table?.object ?? object;
    const version = BigInt(item.metadata.resourceVersion);
    if (this.#partial !== undefined) this.#takeInitial(type, table ?? item, version);
    else if (type === 'BOOKMARK') this.#takeBookmark(version);
    else this.#takeEvent(type, table ?? item, version);
    return true;
  }

  #takeInitial(type: string, item: Item | TableItem, version: bigint): void {
    const [key, content] = this.#read(item);
    if (type === 'ADDED') {
      if (this.#partial?.has(key) === true) this.#violation(`the initial events have ${key} twice`);
      this.#partial?.set(key, content);
      return;
    }
    const { metadata } = 'object' in item ? item.object : item;
    const isEnd = metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
    if (type !== 'BOOKMARK' || !isEnd) this.#violation(`${type} ${key} before the end of the initial events`);
    this.#replace(version);
  }

  #takeBookmark(version: bigint): void {
    if (version < (this.#position ?? 0n)) this.#violation(`BOOKMARK ${version} after ${this.#position}`);
    this.#position = version;
    this.history.push(`BOOKMARK ${version >> 20n}`);
    this.#compare(`at the bookmark`);
  }

  #takeEvent(type: string, item: Item | TableItem, version: bigint): void {
    const [key, content] = this.#read(item);
    const last = this.#rows.get(key);
    const expected = this.#upstream.rowsAt(this.behaviour, version);
    const event = `${type} ${key} ${version >> 20n}`;
    this.history.push(event);
    if (version < (this.#position ?? 0n)) this.#violation(`${event} after ${this.#position}`);
    // An event that was dropped and then found by a list of the same version may be delivered twice.
    if (expected !== undefined) {
      if (version === this.#position) this.#violation(`${event}: all events up to this version had been sent`);
      if (type === 'ADDED' && last !== undefined) this.#violation(`${event}, which already existed`);
      if (type !== 'ADDED' && last === undefined) this.#violation(`${event}, which did not exist`);
      if (type === 'DELETED' && content !== last) this.#violation(`${event} has ${content}, not the last ${last}`);
      if (type === 'MODIFIED' && this.behaviour.form === 'object' && content === last)
        this.#violation(`${event}: no change`);
    }
    if (type === 'DELETED') this.#rows.delete(key);
    else this.#rows.set(key, content);
    this.#position = version;
    this.#compare(`after ${event}`);
  }

  #replace(position: bigint): void {
    this.#rows = this.#partial ?? new Map();
    this.#partial = undefined;
    this.#continue = '';
    this.#position = position;
    this.history.push(`listed ${position >> 20n}`);
    this.#compare('after a list');
  }

  #startOver(): void {
    this.#position = undefined;
    this.#partial = undefined;
    this.#continue = '';
  }

  /** All changes up to the position have been received, so the rows must be those of the position. */
  #compare(when: string): void {
    if (this.#position === undefined) return;
    const expected = this.#upstream.rowsAt(this.behaviour, this.#position);
    if (expected === undefined) return;
    for (const key of new Set([...expected.keys(), ...this.#rows.keys()])) {
      const [is, should] = [this.#rows.get(key), expected.get(key)];
      if (is !== should) this.#violation(`${when}, ${key} is ${short(is)} instead of ${short(should)}`);
    }
  }

  #read(item: Item | TableItem): [key: string, content: string] {
    const { metadata } = 'object' in item ? item.object : item;
    // The last cell is the age.
    const content = 'object' in item ? { cells: item.cells.slice(0, -1), object: item.object } : item;
    return [`${metadata.namespace}/${metadata.name}`, canonical(content)];
  }

  #violation(what: string): void {
    this.#upstream.report(`${this.describe()}: ${what}`);
  }
}

function short(content: string | undefined): string {
  return content?.replaceAll(/n{20,}/g, (note) => `n×${note.length}`) ?? 'nothing';
}

function acceptOf(form: Form, isList: boolean): string {
  if (form === 'object') return 'application/json';
  const as = form === 'table' ? 'Table' : `PartialObjectMetadata${isList ? 'List' : ''}`;
  return `application/json;as=${as};g=meta.k8s.io;v=v1,application/json`;
}
