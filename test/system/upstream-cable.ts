/** What lies between a client and the cluster: bytes pass, or do not. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A port on this machine that leads to another.
 *
 * ```
 *   whole ──cut()──► every connection is broken, new ones too
 *     ▲  ├──unplug()──► and there is nobody to connect to
 *     │  └──freeze()──► connections stay, new ones are accepted, and nothing passes any more
 *     └──mend()── what was frozen passes again
 * ```
 */
export class Cable {
  readonly port: number;
  readonly #target: number;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #state: 'whole' | 'cut' | 'frozen' = 'whole';

  private constructor(listener: Server, target: number) {
    this.#listener = listener;
    this.#target = target;
    this.port = (listener.address() as AddressInfo).port;
    listener.on('connection', (socket: Socket) => this.#join(socket));
  }

  static async to(target: number): Promise<Cable> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Cable(listener, target);
  }

  cut(): void {
    this.#state = 'cut';
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async unplug(): Promise<void> {
    this.cut();
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    await closed;
  }

  freeze(): void {
    this.#state = 'frozen';
    for (const socket of this.#sockets) socket.pause();
  }

  async mend(): Promise<void> {
    this.#state = 'whole';
    for (const socket of this.#sockets) socket.resume();
    if (this.#listener.listening) return;
    this.#listener.listen(this.port, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  #join(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#state === 'frozen') from.pause();
    }
    if (this.#state === 'cut') near.resetAndDestroy();
  }
}
