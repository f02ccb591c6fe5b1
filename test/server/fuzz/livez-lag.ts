/** The lag of a server: the slowest response of `/livez` while something else happens. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ClientOptions } from '../../support/https-client.ts';

/** The polls during one measurement. */
export interface Lag {
  /** The milliseconds of the slowest response. */
  readonly slowest: number;
  /** The number of responses, which all had the status 200. */
  readonly responses: number;
}

/** Polls `/livez` in another thread, so that the work of the test delays nothing but the server. */
export class LivezPoller {
  readonly #worker: Worker;

  constructor({ port, ca }: Pick<ClientOptions, 'port' | 'ca'>) {
    this.#worker = new Worker(new URL('livez-poller.ts', import.meta.url), { workerData: { port, ca } });
  }

  /** Runs `work` and returns the lag during it. @throws Error if a response is not 200 */
  async during(work: () => Promise<void>): Promise<Lag> {
    await this.#ask();
    await work();
    return this.#ask();
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(): Promise<Lag> {
    const answer = once(this.#worker, 'message') as Promise<[Lag]>;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
    this.#worker.postMessage('ask');
    const [lag] = await answer;
    return lag;
  }
}
