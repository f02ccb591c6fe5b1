/**
 * The memory of the lists that are being built or sent. A client that reads slowly keeps its body in memory, so many of them together
 * could exhaust the heap before a garbage collection shows it.
 *
 * ```
 *   hold ──add, share──► counted ──the response has ended──► released
 *     └──too much is held by others, or by other requests of the user──► 429
 * ```
 * @module
 */
import { tooManyRequests } from '../wire/status.ts';

/** One user can hold one of this number of parts, so that one client cannot keep out all others. */
const SHARES = 4;
/** The value of `Retry-After` in seconds. */
const RETRY_SECONDS = 1;

/** The bodies of all lists of a server. */
export class BodyMemory {
  /** The number of requests that were refused. */
  refused = 0;
  readonly #maximum: () => number;
  readonly #byUser = new Map<string, number>();
  /** The number of holds of each buffer that several responses share. It is counted once. */
  readonly #shared = new Map<ArrayBufferLike, number>();
  #bytes = 0;

  /** @param maximum returns the maximum size of all bodies together, in bytes */
  constructor(maximum: () => number) {
    this.#maximum = maximum;
  }

  /** The size of all bodies, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins the response to a request of a user. */
  hold(user: string): BodyHold {
    return new BodyHold(this, user);
  }

  /** @throws ApiError 429. The only body of a server, or of a user, can have any size. @internal */
  add(user: string, bytes: number, held: number): void {
    const own = this.#byUser.get(user) ?? 0;
    const maximum = this.#maximum();
    const isFull = this.#bytes > held && this.#bytes + bytes > maximum;
    if (isFull || (own > held && own + bytes > maximum / SHARES)) this.#refuse();
    this.#bytes += bytes;
    this.#byUser.set(user, own + bytes);
  }

  /** @internal */
  remove(user: string, bytes: number): void {
    this.#bytes -= bytes;
    const own = (this.#byUser.get(user) ?? 0) - bytes;
    if (own === 0) this.#byUser.delete(user);
    else this.#byUser.set(user, own);
  }

  /** @throws ApiError 429 if the buffer is not counted yet, and all others together reach the maximum. @internal */
  share(buffer: ArrayBufferLike, held: number): void {
    const holds = this.#shared.get(buffer) ?? 0;
    if (holds === 0) {
      if (this.#bytes - held >= this.#maximum()) this.#refuse();
      this.#bytes += buffer.byteLength;
    }
    this.#shared.set(buffer, holds + 1);
  }

  /** @internal */
  unshare(buffer: ArrayBufferLike): void {
    const holds = (this.#shared.get(buffer) ?? 0) - 1;
    if (holds > 0) {
      this.#shared.set(buffer, holds);
      return;
    }
    this.#shared.delete(buffer);
    this.#bytes -= buffer.byteLength;
  }

  #refuse(): never {
    this.refused += 1;
    throw tooManyRequests('the server sends too many large lists, please try again later', RETRY_SECONDS);
  }
}

/** What one response holds, until it is released. */
export class BodyHold {
  readonly #memory: BodyMemory;
  readonly #user: string;
  readonly #shared: ArrayBufferLike[] = [];
  #sharedBytes = 0;
  #bytes = 0;

  constructor(memory: BodyMemory, user: string) {
    this.#memory = memory;
    this.#user = user;
  }

  /** Counts bytes before they are allocated. @throws ApiError 429 if too many are held */
  add(bytes: number): void {
    this.#memory.add(this.#user, bytes, this.#bytes);
    this.#bytes += bytes;
  }

  /** Counts bytes that other responses may send too. @throws ApiError 429 if too many are held, and these are not counted yet */
  share({ buffer }: Buffer): void {
    this.#memory.share(buffer, this.#bytes + this.#sharedBytes);
    this.#shared.push(buffer);
    this.#sharedBytes += buffer.byteLength;
  }

  release(): void {
    this.#memory.remove(this.#user, this.#bytes);
    this.#bytes = 0;
    for (const buffer of this.#shared) this.#memory.unshare(buffer);
    this.#shared.length = 0;
    this.#sharedBytes = 0;
  }
}
