/**
 * A client that knows the protocol and nothing else: it lists (at once, in pages, or by initial events), watches, resumes from the last
 * version it has been sent, at whatever replica, and starts over when that has expired. It makes a request only when told to.
 *
 * Beside that it is a witness: what it holds at a version is compared with what upstream was at that version.
 */
import type { Connections, Exchange, Receiver } from './connection.ts';
import { canonical, type Form, PATH, PLURAL, type Request } from './pods.ts';

/** How a client behaves. */
export interface Behaviour extends Request {
  readonly protocol: 'h1' | 'h2';
  readonly mode: 'list' | 'pages' | 'initial events';
  readonly timeoutSeconds?: number | undefined;
}

/** What a client knows: rows by key, as canonical JSON, and up to where. */
export interface Knowledge {
  readonly rows: ReadonlyMap<string, string>;
  readonly position: bigint;
}

/** What upstream was. */
export interface Witness {
  /** The rows that a request of this kind gets at a position. Undefined: nobody can tell, as events were left out. */
  rowsAt(request: Request, position: bigint): ReadonlyMap<string, string> | undefined;
  /** Called with every breach of what a client can rely on. */
  report(breach: string): void;
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

/** Answers after which a client tries again: the server is not ready, is ending, or is behind. */
const TRY_AGAIN: ReadonlySet<number> = new Set([429, 503, 504]);
const PAGE = 2;

export class WatchingClient {
  readonly behaviour: Behaviour;
  readonly #witness: Witness;
  #rows: Map<string, string>;
  #position: bigint | undefined;
  #exchange: Exchange | undefined;
  #isWatching = false;
  #isPaused = false;
  /** Bytes to be read before the connection breaks. */
  #bytesLeft = Number.POSITIVE_INFINITY;
  /** Of a list in pages, or of initial events: what has come so far. */
  #partial: Map<string, string> | undefined;
  #continue = '';
  readonly history: string[] = [];

  constructor(behaviour: Behaviour, witness: Witness, known?: Knowledge) {
    this.behaviour = behaviour;
    this.#witness = witness;
    this.#rows = new Map(known?.rows);
    this.#position = known?.position;
  }

  /** What it knows; undefined before the first list, and when it has to start over. */
  get knowledge(): Knowledge | undefined {
    return this.#position === undefined ? undefined : { rows: new Map(this.#rows), position: this.#position };
  }

  /** Whether a watch is open that has brought everything up to a version of the source. */
  isAt(revision: number): boolean {
    return this.#isWatching && this.#partial === undefined && (this.#position ?? 0n) >> 20n === BigInt(revision);
  }

  /** How it stands, for messages. */
  describe(): string {
    const { mode, protocol, form } = this.behaviour;
    const at = this.#position === undefined ? 'nowhere' : String(this.#position >> 20n);
    const state = this.#isWatching ? 'watching' : this.#exchange === undefined ? 'idle' : 'asking';
    return `${protocol} ${mode} ${form}: ${state} at ${at}; ${this.history.slice(-12).join(', ')}`;
  }

  /** The next request, if none is under way. */
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

  /** The connection breaks, at once or after so many more bytes. */
  cut(bytes = 0): void {
    this.#bytesLeft = bytes;
    if (bytes === 0) this.#exchange?.cancel();
  }

  /** It is as it was. */
  rewind(known: Knowledge): void {
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
      end: (whole) => {
        this.history.push(`list ${whole ? status : 'cut'}`);
        if (whole) this.#listed(status, Buffer.concat(chunks).toString());
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
      this.#breach(`a list was answered ${status} ${text}`);
      return;
    }
    const { metadata, items, rows } = JSON.parse(text) as Body;
    this.#partial ??= new Map();
    for (const item of items ?? rows ?? []) {
      const [key, content] = this.#read(item);
      if (this.#partial.has(key)) this.#breach(`a list has ${key} twice`);
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
        for (const line of lines) isOver ||= !this.#take(line);
      },
      end: (whole) => {
        this.#isWatching = false;
        if (this.behaviour.mode === 'initial events') this.#partial = undefined;
        this.history.push(whole ? 'ended' : 'broken');
        text = Buffer.concat(bytes).toString();
        if (status === 200 && whole && text !== '' && !isOver) this.#breach(`a watch ended with half a line: ${text}`);
        if (status === 410) this.#startOver();
        else if (whole && status !== 200 && !TRY_AGAIN.has(status))
          this.#breach(`a watch was answered ${status} ${text}`);
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
      end: (whole) => {
        isOver = true;
        this.#exchange = undefined;
        receiver.end(whole);
      },
    });
    if (isOver) return;
    this.#exchange = exchange;
    if (this.#isPaused) exchange.pause();
  }

  /** @returns whether the stream goes on */
  #take(line: string): boolean {
    const { type, object } = JSON.parse(line) as { type: string; object: Item | Body };
    if (type === 'ERROR') {
      const { code = 0 } = object as Item;
      this.history.push(`ERROR ${code}`);
      if (code === 410) this.#startOver();
      else if (!TRY_AGAIN.has(code)) this.#breach(`a watch failed: ${line}`);
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
      if (this.#partial?.has(key) === true) this.#breach(`${key} is twice among the initial events`);
      this.#partial?.set(key, content);
      return;
    }
    const { metadata } = 'object' in item ? item.object : item;
    const isEnd = metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
    if (type !== 'BOOKMARK' || !isEnd) this.#breach(`${type} ${key} before the end of the initial events`);
    this.#replace(version);
  }

  #takeBookmark(version: bigint): void {
    if (version < (this.#position ?? 0n)) this.#breach(`BOOKMARK ${version} after ${this.#position}`);
    this.#position = version;
    this.history.push(`BOOKMARK ${version >> 20n}`);
    this.#compare(`at the bookmark`);
  }

  #takeEvent(type: string, item: Item | TableItem, version: bigint): void {
    const [key, content] = this.#read(item);
    const last = this.#rows.get(key);
    const wanted = this.#witness.rowsAt(this.behaviour, version);
    const event = `${type} ${key} ${version >> 20n}`;
    this.history.push(event);
    if (version < (this.#position ?? 0n)) this.#breach(`${event} after ${this.#position}`);
    // An event that was left out and found by a list of the same version may be told twice.
    if (wanted !== undefined) {
      if (version === this.#position) this.#breach(`${event}: everything up to it had been sent`);
      if (type === 'ADDED' && last !== undefined) this.#breach(`${event}, which was there`);
      if (type !== 'ADDED' && last === undefined) this.#breach(`${event}, which was not there`);
      if (type === 'DELETED' && content !== last) this.#breach(`${event} has ${content}, not the last ${last}`);
      if (type === 'MODIFIED' && this.behaviour.form === 'object' && content === last)
        this.#breach(`${event}: no change`);
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

  /** Everything up to its position has been sent: so its rows are those of that position. */
  #compare(when: string): void {
    if (this.#position === undefined) return;
    const wanted = this.#witness.rowsAt(this.behaviour, this.#position);
    if (wanted === undefined) return;
    for (const key of new Set([...wanted.keys(), ...this.#rows.keys()])) {
      const [is, should] = [this.#rows.get(key), wanted.get(key)];
      if (is !== should) this.#breach(`${when} it holds ${short(is)} under ${key}; it should be ${short(should)}`);
    }
  }

  #read(item: Item | TableItem): [key: string, content: string] {
    const { metadata } = 'object' in item ? item.object : item;
    // The last cell is the age.
    const content = 'object' in item ? { cells: item.cells.slice(0, -1), object: item.object } : item;
    return [`${metadata.namespace}/${metadata.name}`, canonical(content)];
  }

  #breach(what: string): void {
    this.#witness.report(`${this.describe()}: ${what}`);
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
