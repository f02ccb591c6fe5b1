/**
 * A cache of compressed list bodies. A body stays in it until the rows change or the cache needs the space
 * (docs/contributors/decisions/0010).
 *
 * ```
 *   first request ──► compressing ──► cached ──the rows change, or the entry is evicted──► removed
 *                          │ concurrent requests wait for the same body
 * ```
 * @module
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { ServerDefinitionError } from '../errors.ts';

/** The default maximum size of the cache of a server, in bytes. */
const DEFAULT_BYTES = 64 * 2 ** 20;
/** The fastest level, as in kube-apiserver (conformance 3.5). */
const LEVEL = 1;
/** The size of the chunks of the compressor. Its default of 16 KiB makes it a fifth slower. */
const CHUNK_BYTES = 262_144;

/** The maximum number of bodies that are compressed at once. More would fill the thread pool, which also serves the file system and DNS. */
const CONCURRENT = 2;

const compress = promisify(gzip);

/** A body that is cached or being compressed, with the map that contains it. */
interface Entry {
  readonly key: string;
  readonly body: Promise<Buffer>;
  readonly home: Map<string, Entry>;
}

/** The compressed bodies of all resources of a server. They share one maximum size. */
export class CompressedBodies {
  readonly #cache: LRUCache<Entry, Buffer> | undefined;

  /**
   * @param maxBytes the maximum size of bodies and keys together; 0 disables the cache
   * @throws ServerDefinitionError if `maxBytes` is not a whole number, 0 or more
   */
  constructor(maxBytes: number = DEFAULT_BYTES) {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
      throw new ServerDefinitionError(`compressedListBytes ${maxBytes} must be a whole number, 0 or more`);
    }
    if (maxBytes === 0) return;
    this.#cache = new LRUCache({
      maxSize: maxBytes,
      // Keys count too: they contain selectors of any length, with at most two bytes for each character.
      sizeCalculation: (body, { key }) => body.length + 2 * key.length,
      dispose: (_body, entry) => forget(entry),
    });
  }

  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Compresses a body. It is copied into one buffer when its turn comes, so waiting bodies need no memory. */
  async compress(parts: readonly Buffer[]): Promise<Buffer> {
    if (this.#running >= CONCURRENT) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await compress(Buffer.concat(parts), { level: LEVEL, chunkSize: CHUNK_BYTES });
    } finally {
      // The place goes to the next body, if one waits.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** The size of the cached bodies and keys, in bytes. */
  get bytes(): number {
    return this.#cache?.calculatedSize ?? 0;
  }

  /** @internal */
  keep(entry: Entry, body: Buffer): void {
    this.#cache?.set(entry, body);
    // A body that is larger than the whole cache is not stored.
    if (this.#cache?.has(entry) !== true) forget(entry);
  }

  /** Marks an entry as recently used. @internal */
  touch(entry: Entry): void {
    this.#cache?.get(entry);
  }

  /** @internal */
  drop(entry: Entry): void {
    this.#cache?.delete(entry);
  }
}

/** The compressed lists of one resource in one state of its rows and its log. A key must contain everything else that a body depends on. */
export class StateBodies {
  readonly #all: CompressedBodies;
  readonly #entries = new Map<string, Entry>();
  #retired = false;

  constructor(all: CompressedBodies) {
    this.#all = all;
  }

  /** Returns the body of a key if it is cached or being compressed. */
  known(key: string): Promise<Buffer> | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#all.touch(entry);
    return entry?.body;
  }

  /** Returns the compressed body of a key. Compresses the parts if the body is neither cached nor being compressed. */
  compressed(key: string, parts: readonly Buffer[]): Promise<Buffer> {
    const known = this.known(key);
    if (known !== undefined) return known;
    const body = this.#all.compress(parts);
    const entry: Entry = { key, body, home: this.#entries };
    this.#entries.set(key, entry);
    body.then(
      (bytes) => (this.#retired ? forget(entry) : this.#all.keep(entry, bytes)),
      () => forget(entry),
    );
    return body;
  }

  /** Compresses a body that is not stored, when its turn comes; see {@link CompressedBodies.compress}. */
  compress(parts: readonly Buffer[]): Promise<Buffer> {
    return this.#all.compress(parts);
  }

  /** Removes all bodies, because the rows have changed. Requests that wait for a body still receive it. */
  retire(): void {
    this.#retired = true;
    for (const entry of this.#entries.values()) this.#all.drop(entry);
  }
}

function forget({ key, home }: Entry): void {
  home.delete(key);
}
