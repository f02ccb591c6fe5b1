/**
 * Compressed bodies of lists, kept for as long as the rows they were made of are the present ones (docs/decisions/0010).
 *
 * ```
 *   asked for first ──► being compressed ──► kept ──the rows change, or others were asked for since──► forgotten
 *                            │ whoever asks meanwhile waits for the same one
 * ```
 * @module
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { ServerDefinitionError } from '../errors.ts';

/** What the bodies of one server may take, where nothing else is said. */
const DEFAULT_BYTES = 64 * 2 ** 20;
/** Upstream's level (api-semantics 3.5): the fastest. */
const LEVEL = 1;
/** The compressor hands over its output in pieces of this; pieces of its default, 16 KiB, take it a fifth longer. */
const CHUNK_BYTES = 262_144;

const compress = promisify(gzip);

/** A body, kept or being made, and what it is to be forgotten by. */
interface Entry {
  readonly key: string;
  readonly body: Promise<Buffer>;
  readonly home: Map<string, Entry>;
}

/** The compressed bodies of a server: those of all its resources share one bound. */
export class CompressedBodies {
  readonly #kept: LRUCache<Entry, Buffer> | undefined;

  /**
   * @param maxBytes of bodies and keys together; 0 keeps nothing
   * @throws ServerDefinitionError when that is no number of bytes
   */
  constructor(maxBytes: number = DEFAULT_BYTES) {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
      throw new ServerDefinitionError(`compressedListBytes ${maxBytes} must be a whole number, 0 or more`);
    }
    if (maxBytes === 0) return;
    this.#kept = new LRUCache({
      maxSize: maxBytes,
      // Keys hold selectors, which are as long as clients like, of two bytes a character at most.
      sizeCalculation: (body, { key }) => body.length + 2 * key.length,
      dispose: (_body, entry) => forget(entry),
    });
  }

  /** Bytes of what is kept. */
  get bytes(): number {
    return this.#kept?.calculatedSize ?? 0;
  }

  /** @internal */
  keep(entry: Entry, body: Buffer): void {
    this.#kept?.set(entry, body);
    // It is larger than all the room there is.
    if (this.#kept?.has(entry) !== true) forget(entry);
  }

  /** @internal Whatever was not asked for as lately goes first. */
  touch(entry: Entry): void {
    this.#kept?.get(entry);
  }

  /** @internal */
  drop(entry: Entry): void {
    this.#kept?.delete(entry);
  }
}

/**
 * The compressed lists of one resource in one state of its rows and of its log. A key must say everything that a body depends on besides.
 */
export class StateBodies {
  readonly #all: CompressedBodies;
  readonly #entries = new Map<string, Entry>();
  #retired = false;

  constructor(all: CompressedBodies) {
    this.#all = all;
  }

  /** What is kept, or being made, under a key. */
  known(key: string): Promise<Buffer> | undefined {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#all.touch(entry);
    return entry?.body;
  }

  /** Compresses a body that is there in parts: once for all who ask for it while it is kept. */
  compressed(key: string, parts: readonly Buffer[]): Promise<Buffer> {
    const known = this.known(key);
    if (known !== undefined) return known;
    const body = compress(Buffer.concat(parts), { level: LEVEL, chunkSize: CHUNK_BYTES });
    const entry: Entry = { key, body, home: this.#entries };
    this.#entries.set(key, entry);
    body.then(
      (bytes) => (this.#retired ? forget(entry) : this.#all.keep(entry, bytes)),
      () => forget(entry),
    );
    return body;
  }

  /** The state is over: nobody will ask for it any more. Who waits for a body still gets it. */
  retire(): void {
    this.#retired = true;
    for (const entry of this.#entries.values()) this.#all.drop(entry);
  }
}

function forget({ key, home }: Entry): void {
  home.delete(key);
}
