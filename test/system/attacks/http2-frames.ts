/** Frames of HTTP/2 that no client library would send. Headers are encoded without compression, so that a test can send any bytes. */
import type { TLSSocket } from 'node:tls';
import { type ClientOptions } from '../../support/https-client.ts';
import { rawSocket } from './raw-connection.ts';

const TIMEOUT_MS = 60_000;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

export type HeaderPair = readonly [name: string, value: string];

/** Returns the bytes of a frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Returns header fields as literals that are never indexed (RFC 7541, 6.2.3). */
export function headerBlock(pairs: readonly HeaderPair[]): Buffer {
  return Buffer.concat(pairs.flatMap(([name, value]) => [Buffer.of(0x10), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits (RFC 7541, 5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.of(...bytes, rest);
}

/** Returns the frames of a request. A body ends the stream. */
export function requestFrames(stream: number, pairs: readonly HeaderPair[], body?: string): Buffer {
  const flags = END_HEADERS + (body === undefined ? END_STREAM : 0);
  const head = frame(FRAME.headers, flags, stream, headerBlock(pairs));
  return body === undefined ? head : Buffer.concat([head, frame(FRAME.data, END_STREAM, stream, Buffer.from(body))]);
}

/** The reaction of the server to a stream. */
export interface Reaction {
  /** `response`, `reset CODE` or `goaway CODE` (RFC 9113, 7), or `closed`. */
  readonly end: string;
  /** The bytes of the body. */
  readonly body: string;
}

/** A connection of HTTP/2 whose client writes frames. */
export class FrameConnection {
  readonly socket: TLSSocket;
  #received: Buffer = Buffer.alloc(0);
  readonly #bodies = new Map<number, string>();
  readonly #ends = new Map<number, string>();
  #end: string | undefined;
  readonly #wakes = new Set<() => void>();

  /** @param settings the payload of the first SETTINGS frame */
  constructor(options: ClientOptions, settings: Buffer = Buffer.alloc(0)) {
    this.socket = rawSocket(options, 'h2');
    this.socket.write(PREFACE);
    this.socket.write(frame(FRAME.settings, 0, 0, settings));
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.socket.on('close', () => {
      this.#end ??= 'closed';
      this.#wake();
    });
  }

  /** Whether the server has ended the connection, or has said that it will. */
  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  write(...frames: readonly Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames));
  }

  /** Resolves when a stream, or the connection, has ended. */
  async reaction(stream = 1): Promise<Reaction> {
    await this.#until(() => this.#ends.has(stream) || this.#end !== undefined);
    return { end: this.#ends.get(stream) ?? this.#end ?? '', body: this.#bodies.get(stream) ?? '' };
  }

  /** Resolves when the connection has ended, and returns the reason. */
  async end(): Promise<string> {
    await this.#until(() => this.#end !== undefined);
    return this.#end ?? '';
  }

  close(): void {
    this.socket.destroy();
  }

  #until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the server does not react')), TIMEOUT_MS);
      const check = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#wakes.delete(check);
        resolve();
      };
      this.#wakes.add(check);
      check();
    });
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 9) {
      const length = this.#received.readUIntBE(0, 3);
      if (this.#received.length < 9 + length) break;
      const [type = 0, flags = 0] = this.#received.subarray(3, 5);
      const stream = this.#received.readUInt32BE(5);
      this.#frame(type, flags, stream, this.#received.subarray(9, 9 + length));
      this.#received = this.#received.subarray(9 + length);
    }
    this.#wake();
  }

  #frame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === FRAME.data) this.#bodies.set(stream, (this.#bodies.get(stream) ?? '') + payload.toString('latin1'));
    if (type === FRAME.reset) this.#ends.set(stream, `reset ${payload.readUInt32BE(0)}`);
    if (type === FRAME.goaway && payload.readUInt32BE(4) !== 0) this.#end = `goaway ${payload.readUInt32BE(4)}`;
    const ends = (type === FRAME.data || type === FRAME.headers) && (flags & END_STREAM) !== 0;
    if (ends && !this.#ends.has(stream)) this.#ends.set(stream, 'response');
  }
}
