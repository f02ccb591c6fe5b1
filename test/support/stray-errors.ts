/** Errors that no promise of the failing code reports: without a domain, each of them ends the process. */
import { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A port on which nothing listens. */
export const REFUSED_PORT = 1;

export const fail = (): never => {
  throw new Error('broken');
};

/** Functions that fail soon after they have returned. */
export const STRAY_ERRORS: Readonly<Record<string, () => void>> = {
  'a timer': () => void setImmediate(fail),
  'a next tick': () => process.nextTick(fail),
  'a promise that nothing awaits': () => {
    void (async () => {
      await nextTurn();
      fail();
    })();
  },
  'a refused connection': () => void connect(REFUSED_PORT, '127.0.0.1'),
  'an emitter without a listener': () => {
    const emitter = new EventEmitter();
    setImmediate(() => emitter.emit('error', new Error('broken')));
  },
  'a stream without a listener': () => void new Readable({ read: () => undefined }).destroy(new Error('broken')),
};

/** Errors that nothing has handled. Without the listener of this class, Node would end the process. */
export class EscapedErrors {
  readonly all: unknown[] = [];
  readonly #record = (error: unknown): void => void this.all.push(error);

  start(): void {
    this.all.length = 0;
    process.on('uncaughtException', this.#record);
    process.on('unhandledRejection', this.#record);
  }

  stop(): void {
    process.off('uncaughtException', this.#record);
    process.off('unhandledRejection', this.#record);
  }
}
