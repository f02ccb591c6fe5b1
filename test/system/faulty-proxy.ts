/** A TCP proxy between a client and the cluster. It can interrupt the connections. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A local port that forwards connections to another one.
 *
 * ```
 *   open ──cut()──► all connections break, and new ones break, too
 *   ▲  ├──refuse()──► the port is closed, so connections are refused
 *     │  └──freeze()──► connections stay open, new ones are accepted, and no bytes pass
 *     └──restore()── held bytes pass again
 * ```
 */
export class FaultyProxy {
  readonly port: number;
  readonly #target: number;
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #state: 'open' | 'cut' | 'frozen' = 'open';

  private constructor(listener: Server, target: number) {
    this.#listener = listener;
    this.#target = target;
    this.port = (listener.address() as AddressInfo).port;
    listener.on('connection', (socket: Socket) => this.#forward(socket));
  }

  static async to(target: number): Promise<FaultyProxy> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new FaultyProxy(listener, target);
  }

  cut(): void {
    this.#state = 'cut';
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async refuse(): Promise<void> {
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

  async restore(): Promise<void> {
    this.#state = 'open';
    for (const socket of this.#sockets) socket.resume();
    if (this.#listener.listening) return;
    this.#listener.listen(this.port, '127.0.0.1');
    await once(this.#listener, 'listening');
  }

  #forward(near: Socket): void {
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
