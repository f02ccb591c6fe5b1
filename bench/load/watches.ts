/**
 * Loads of watches. Events are counted by the ends of their lines, so that the load needs little CPU.
 * @module
 */
import { type Answer, type Connection, connection, type Question, type Target } from './connections.ts';

/** Watches to open. */
export interface Watches {
  readonly target: Target;
  /** The requests of the watches, in turn. */
  readonly questions: readonly Question[];
  readonly watches: number;
  /** The number of watches on a connection. It is 1 over HTTP/1.1. */
  readonly perConnection: number;
}

/** Watches that are read to the end of their initial events. */
export interface InitialReads extends Omit<Watches, 'questions'> {
  readonly question: Question;
  /** The size of the initial events of a watch. */
  readonly bytes: number;
}

const NEWLINE = 10;
/** The maximum number of pieces that are kept of a watch. */
const MAX_SAMPLE = 1000;

/** A group of open watches. */
export class OpenWatches {
  readonly #connections: Connection[];
  readonly #answers: Answer[];
  /** The number of watches that have not received an event, by the number of the event. */
  readonly #missing: number[] = [];
  /** The times at which the last watch received an event, by the number of the event. */
  readonly #last: number[] = [];
  /** The bytes that the first watch received. */
  readonly #sample: Buffer[] = [];
  #wake: (() => void) | undefined;

  private constructor(connections: Connection[], answers: Answer[]) {
    this.#connections = connections;
    this.#answers = answers;
    answers[0]?.body.on('data', (chunk: Buffer) => {
      if (this.#sample.length < MAX_SAMPLE) this.#sample.push(chunk);
    });
    for (const { body } of answers) {
      let lines = 0;
      body.on('error', () => undefined);
      body.on('data', (chunk: Buffer) => {
        for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, end + 1)) {
          this.#received(lines);
          lines += 1;
        }
      });
    }
  }

  /** Opens watches. @throws Error if a response is not 200 */
  static async open({ target, questions, watches, perConnection }: Watches): Promise<OpenWatches> {
    const connections: Connection[] = [];
    const answers: Answer[] = [];
    while (answers.length < watches) {
      const one = await connection(target);
      connections.push(one);
      const count = Math.min(perConnection, watches - answers.length);
      const next = Array.from({ length: count }, (_, index) => questions[(answers.length + index) % questions.length]);
      answers.push(...(await Promise.all(next.map((question = { path: '' }) => opened(one, question)))));
    }
    return new OpenWatches(connections, answers);
  }

  /** Resolves when each watch has received this number of events since it was opened. Returns the time of the last receipt of each. */
  async received(events: number): Promise<readonly number[]> {
    while (this.#last.length < events || this.#missing[events - 1] !== 0)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#last.slice(0, events);
  }

  /** Returns the first events that a watch received, with the ends of their lines. */
  events(count: number): readonly Buffer[] {
    const bytes = Buffer.concat(this.#sample);
    const events: Buffer[] = [];
    for (let start = 0; events.length < count;) {
      const end = bytes.indexOf(NEWLINE, start) + 1;
      if (end === 0) throw new Error(`a watch has received ${events.length} events, not ${count}`);
      events.push(bytes.subarray(start, end));
      start = end;
    }
    return events;
  }

  close(): void {
    for (const one of this.#connections) one.close();
  }

  #received(event: number): void {
    const missing = (this.#missing[event] ?? this.#answers.length) - 1;
    this.#missing[event] = missing;
    if (missing > 0) return;
    this.#last[event] = performance.timeOrigin + performance.now();
    this.#wake?.();
  }
}

/** Reads the initial events of one watch, which has this number of lines. Returns their bytes. */
export async function initialEvents(target: Target, question: Question, lines: number): Promise<Buffer> {
  const one = await connection(target);
  const { body, cancel } = await opened(one, question);
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, end + 1)) received += 1;
    if (received >= lines) break;
  }
  cancel();
  one.close();
  return Buffer.concat(chunks);
}

/**
 * Opens watches at once, and reads each up to a number of bytes. The connections are opened before.
 * @returns the bytes that all watches received, and the duration
 */
export async function readInitialEvents({ target, question, watches, perConnection, bytes }: InitialReads) {
  const connections: Connection[] = [];
  for (let open = 0; open < watches; open += perConnection) connections.push(await connection(target));
  const begin = performance.now();
  const reads = Array.from({ length: watches }, async (_, index) => {
    const one = connections[Math.floor(index / perConnection)];
    if (one !== undefined) await readBytes(await opened(one, question), bytes);
  });
  await Promise.all(reads);
  const milliseconds = performance.now() - begin;
  for (const one of connections) one.close();
  return { requests: watches, bytes: bytes * watches, milliseconds };
}

async function opened(one: Connection, question: Question): Promise<Answer> {
  const started = await one.send(question);
  if (started.status !== 200) throw new Error(`the status of a watch is ${started.status}, not 200`);
  return started;
}

/** Reads a number of bytes, and ends the response. */
function readBytes({ body, cancel }: Answer, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0;
    body.on('error', reject);
    body.once('close', () => reject(new Error(`a watch ended after ${received} of ${bytes} bytes`)));
    body.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received < bytes) return;
      resolve();
      cancel();
    });
  });
}
