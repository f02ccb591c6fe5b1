/**
 * How a reflector is doing, in words.
 * @module
 */
import type { Clock } from '../clock.ts';
import { isForbidden, isNotFound, StaleListError, type TransformError } from './errors.ts';

/** How a source is doing, apart from what is stored. */
export interface ReflectorHealth {
  /** Whether a complete state has been read, and the resource has not ceased to exist since. */
  readonly hasRead: boolean;
  /** False when what is stored must not be trusted any more. A lost connection does not make it so. */
  readonly ready: boolean;
  /** What is wrong; undefined when all is well. */
  readonly message: string | undefined;
  /** When something last came, in milliseconds since the epoch. */
  readonly lastActivity: number | undefined;
}

/** For so long, in milliseconds, a resource that has vanished keeps its objects: an API server that restarts knows no CRDs for a moment. */
const MISSING_FOR = 60_000;
/** For so long, in milliseconds, states that are too old are taken for those of a replica that lags. */
const STALE_FOR = 120_000;
/** So many omitted objects are known by key. */
const KNOWN_OMITTED = 1000;

/** Takes notes of what happens, and puts them into one line. */
export class ReflectorStatus {
  readonly #clock: Clock;
  readonly #omitted = new Map<string, string>();
  #hasRead = false;
  #lastActivity: number | undefined;
  #failure: string | undefined;
  #missingSince: number | undefined;
  #staleSince: number | undefined;
  #polled: string | undefined;
  #subscriber: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get hasRead(): boolean {
    return this.#hasRead;
  }

  /** A complete state has been read; these objects were left out of it. */
  read(omitted: readonly TransformError[]): void {
    this.#hasRead = true;
    this.#staleSince = undefined;
    this.#omitted.clear();
    for (const error of omitted) this.omitted(error.key, error);
    this.connected();
    this.heard();
  }

  /** A request was accepted: what was wrong is over. */
  connected(): void {
    this.#failure = undefined;
    this.#missingSince = undefined;
  }

  /** Something came. */
  heard(): void {
    this.#lastActivity = this.#clock.now();
  }

  /** An object was left out; undefined: it is in, or no more. */
  omitted(key: string, error: TransformError | undefined): void {
    if (error === undefined) this.#omitted.delete(key);
    else if (this.#omitted.size < KNOWN_OMITTED || this.#omitted.has(key)) this.#omitted.set(key, error.message);
  }

  polled(reason: string, interval: number): void {
    this.#polled = `polled every ${interval / 1000} s, because ${reason}`;
  }

  subscriberFailed(error: unknown): void {
    this.#subscriber = `a subscriber failed: ${messageOf(error)}`;
  }

  failed(error: unknown): void {
    const now = this.#clock.now();
    this.#failure = messageOf(error);
    if (isNotFound(error)) this.#missingSince ??= now;
    else this.#missingSince = undefined;
    if (error instanceof StaleListError) this.#staleSince ??= now;
    if (isForbidden(error)) this.#failure = `not allowed: ${this.#failure}`;
  }

  /** Whether it is time to say that the resource has ceased to exist. True once. */
  takeGone(): boolean {
    if (!this.#hasRead || this.#missingSince === undefined) return false;
    if (this.#clock.now() - this.#missingSince < MISSING_FOR) return false;
    this.#hasRead = false;
    this.#omitted.clear();
    return true;
  }

  health(): ReflectorHealth {
    const stale = this.#staleSince !== undefined && this.#clock.now() - this.#staleSince >= STALE_FOR;
    const missing = this.#missingSince !== undefined;
    return {
      hasRead: this.#hasRead,
      ready: this.#hasRead && !missing && !stale,
      message: this.#message(stale, missing),
      lastActivity: this.#lastActivity,
    };
  }

  #message(stale: boolean, missing: boolean): string | undefined {
    if (this.#failure !== undefined) {
      if (stale)
        return `${this.#failure}; if etcd was restored from a backup, restart this process to accept what it holds`;
      if (missing && this.#hasRead) return `the resource is not there any more: ${this.#failure}`;
      return this.#failure;
    }
    if (this.#omitted.size > 0) {
      const [first] = this.#omitted.values();
      return this.#omitted.size === 1 ? first : `${first} (and ${this.#omitted.size - 1} more objects)`;
    }
    if (this.#subscriber !== undefined) return this.#subscriber;
    return this.#polled ?? (this.#hasRead ? undefined : 'the first complete state has not arrived');
  }
}

/** One line, whatever was thrown. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, ' ').trim();
}
