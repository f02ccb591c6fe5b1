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
import type { BodyPart } from './body-parts.ts';
import { ByteBudget, type Kept } from './byte-budget.ts';
import { Compressions } from './compressions.ts';
import { DeflatedParts } from './deflated-parts.ts';

/** The fastest level, as in kube-apiserver (conformance 3.5). */
const LEVEL = 1;
/** The size of the chunks of the compressor. Its default of 16 KiB makes it a fifth slower. */
const CHUNK_BYTES = 262_144;

const compress = promisify(gzip);

/** A body that is cached or being compressed, with the map that contains it. */
class Entry implements Kept {
  readonly key: string;
  readonly body: Promise<Buffer>;
  /** The size of the body and its key, once the body is compressed. */
  size = 0;
  readonly #home: Map<string, Entry>;

  constructor(key: string, body: Promise<Buffer>, home: Map<string, Entry>) {
    this.key = key;
    this.body = body;
    this.#home = home;
  }

  readonly drop = (): void => void this.#home.delete(this.key);
}

/** The compressed bodies of all resources of a server. They share one budget. */
export class CompressedBodies {
  /** The blocks of parts of bodies. */
  readonly blocks: DeflatedParts;
  readonly #budget: ByteBudget;
  readonly #compressions = new Compressions();

  constructor(budget: ByteBudget = new ByteBudget()) {
    this.#budget = budget;
    this.blocks = new DeflatedParts(budget, this.#compressions);
  }

  /** Compresses a body. It is copied into one buffer when its turn comes, so waiting bodies need no memory. */
  compress(parts: readonly Buffer[]): Promise<Buffer> {
    return this.#compressions.run(() => compress(Buffer.concat(parts), { level: LEVEL, chunkSize: CHUNK_BYTES }));
  }

  /** @internal */
  keep(entry: Entry, { length }: Buffer): void {
    // Keys count too: they contain selectors of any length, with at most two bytes for each character.
    entry.size = length + 2 * entry.key.length;
    this.#budget.keep(entry);
  }

  /** Marks an entry as recently used. @internal */
  touch(entry: Entry): void {
    this.#budget.touch(entry);
  }

  /** @internal */
  drop(entry: Entry): void {
    this.#budget.drop(entry);
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
    return this.#made(key, () => this.#all.compress(parts));
  }

  /** Like {@link compressed}, for parts of which some were compressed before. */
  joined(key: string, parts: readonly BodyPart[]): Promise<Buffer> {
    return this.#made(key, async () => Buffer.concat(await this.#all.blocks.gzip(parts)));
  }

  /** Returns a compressed body that is not cached, in parts. */
  blocks(parts: readonly BodyPart[]): Promise<Buffer[]> {
    return this.#all.blocks.gzip(parts);
  }

  #made(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.known(key);
    if (known !== undefined) return known;
    const body = make();
    const entry = new Entry(key, body, this.#entries);
    this.#entries.set(key, entry);
    body.then((bytes) => (this.#retired ? entry.drop() : this.#all.keep(entry, bytes)), entry.drop);
    return body;
  }

  /** Removes all bodies, because the rows have changed. Requests that wait for a body still receive it. */
  retire(): void {
    this.#retired = true;
    for (const entry of this.#entries.values()) this.#all.drop(entry);
  }
}
