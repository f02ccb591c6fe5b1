/**
 * The thread of a store, as the store calls it.
 * @module
 */
import { Worker } from 'node:worker_threads';
import { errorMessage } from '../../error-message.ts';
import { SqliteCallError } from './sqlite-failure.ts';
import type { SqliteCalls, SqliteResponse } from './sqlite-messages.ts';

/** The calls of a thread. */
export interface SqliteCaller {
  /** Sends a request and returns its result. @throws SqliteCallError */
  call<Name extends keyof SqliteCalls>(
    name: Name,
    call: SqliteCalls[Name]['call'],
  ): Promise<SqliteCalls[Name]['result']>;
}

/** A thread that can be ended. */
export interface SqliteThread extends SqliteCaller {
  /** Ends the thread immediately. Pending calls fail. Never rejects. */
  terminate(): Promise<void>;
}

interface PendingCall {
  readonly resolve: (result: never) => void;
  readonly reject: (error: SqliteCallError) => void;
}

/** A thread with one open file. It keeps the process alive only while a call is pending. */
export class WorkerThread implements SqliteThread {
  readonly #worker: Worker;
  readonly #path: string;
  /** The calls without a response, in the order in which they were sent. */
  readonly #pending: PendingCall[] = [];
  #end: SqliteCallError | undefined;

  /** @param path the file, for messages */
  constructor(path: string) {
    this.#path = path;
    // The compiler does not rewrite this name, so it depends on whether this file was compiled.
    const file = import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js';
    // Node.js 22 prints a warning in each thread that loads `node:sqlite`. The docs say instead that it is experimental there.
    const execArgv = ['--disable-warning=ExperimentalWarning'];
    this.#worker = new Worker(new URL(file, import.meta.url), { name: 'kubefacet-sqlite', execArgv });
    this.#worker.unref();
    this.#worker.on('message', (response: SqliteResponse) => this.#onResponse(response));
    this.#worker.on('error', (error) => this.#onEnd(errorMessage(error)));
    this.#worker.on('exit', () => this.#onEnd('it was terminated'));
  }

  call<Name extends keyof SqliteCalls>(
    name: Name,
    call: SqliteCalls[Name]['call'],
  ): Promise<SqliteCalls[Name]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      this.#pending.push({ resolve, reject });
      this.#worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage({ name, call });
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #onResponse(response: SqliteResponse): void {
    const pending = this.#pending.shift();
    if (this.#pending.length === 0) this.#worker.unref();
    if ('failure' in response) pending?.reject(new SqliteCallError(response.failure));
    else pending?.resolve(response.result as never);
  }

  #onEnd(reason: string): void {
    const message = `the thread of ${this.#path} has ended: ${reason}`;
    this.#end ??= new SqliteCallError({ kind: 'unknown', message, isBroken: true });
    for (const { reject } of this.#pending.splice(0)) reject(this.#end);
  }
}
