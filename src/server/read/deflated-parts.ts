/**
 * The deflated blocks of parts of bodies. A block is deflated once for all bodies with its part, and kept on the budget of the server.
 * @module
 */
import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import type { KeptOfLeaf } from '../../projections/leaf.ts';
import { type GzipBlock, gzipBlock, gzipMember, storedBlock } from '../wire/gzip-blocks.ts';
import type { BodyPart } from './body-parts.ts';
import type { ByteBudget, Kept } from './byte-budget.ts';
import type { Compressions } from './compressions.ts';

/** The fastest level, as in kube-apiserver (conformance 3.5). A block must end at a byte, and the next one begins there. */
const OPTIONS = { level: 1, finishFlush: constants.Z_SYNC_FLUSH } as const;
/** Smaller parts are stored without compression: the start and the end of a list. */
const MIN_BYTES = 1024;
/** The estimated size of the objects that keep a block. */
const OVERHEAD = 400;

const deflate = promisify(deflateRaw);

/** A block that is kept, or being deflated. Requests for the same part wait for it. */
class KeptBlock implements Kept, KeptOfLeaf {
  readonly work: Promise<GzipBlock>;
  block: GzipBlock | undefined;
  size = 0;
  isReleased = false;
  readonly #part: WeakRef<BodyPart>;
  readonly #budget: ByteBudget;

  constructor(part: BodyPart, work: Promise<GzipBlock>, budget: ByteBudget) {
    this.#part = new WeakRef(part);
    this.work = work;
    this.#budget = budget;
  }

  readonly drop = (): void => {
    const part = this.#part.deref();
    if (part?.block === this) part.block = undefined;
  };

  readonly release = (): void => {
    this.isReleased = true;
    this.#budget.drop(this);
  };
}

/** The blocks of all resources of a server. */
export class DeflatedParts {
  /** The number of blocks that were deflated. */
  deflations = 0;
  readonly #budget: ByteBudget;
  readonly #compressions: Compressions;

  constructor(budget: ByteBudget, compressions: Compressions) {
    this.#budget = budget;
    this.#compressions = compressions;
  }

  /** Returns the body as a gzip member, in parts. Only the parts without a block are deflated. */
  async gzip(parts: readonly BodyPart[]): Promise<Buffer[]> {
    const found = parts.map((part) => this.#blockOf(part));
    await Promise.all(found.filter((block) => block instanceof Promise));
    const blocks: GzipBlock[] = [];
    for (const block of found) blocks.push(block instanceof Promise ? await block : block);
    return gzipMember(blocks);
  }

  #blockOf(part: BodyPart): GzipBlock | Promise<GzipBlock> {
    if (part.block instanceof KeptBlock) {
      this.#budget.touch(part.block);
      return part.block.block ?? part.block.work;
    }
    if (part.bytes.length < MIN_BYTES) return storedBlock(part.bytes);
    const work = this.#deflate(part.bytes);
    if (part.isShared) this.#keep(part, work);
    return work;
  }

  #keep(part: BodyPart, work: Promise<GzipBlock>): void {
    const kept = new KeptBlock(part, work, this.#budget);
    part.block = kept;
    work.then((block) => {
      kept.block = block;
      kept.size = block.deflated.length + OVERHEAD;
      if (kept.isReleased) kept.drop();
      else this.#budget.keep(kept);
    }, kept.drop);
  }

  async #deflate(bytes: Buffer): Promise<GzipBlock> {
    this.deflations += 1;
    const deflated = await this.#compressions.run(() => deflate(bytes, OPTIONS));
    // The result can be a small part of the compressor's buffer.
    const own = Buffer.allocUnsafeSlow(deflated.length);
    own.set(deflated);
    return gzipBlock(bytes, own);
  }
}
