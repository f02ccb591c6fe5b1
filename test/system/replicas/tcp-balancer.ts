/** A plain TCP balancer: it gives each new connection to the next port that accepts it, and passes bytes through unchanged. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpBalancer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #ports: readonly number[] = [];
  #next = 0;

  private constructor() {
    this.#server = createServer((near) => this.#connect(near, this.#inTurn()));
  }

  static async listening(): Promise<TcpBalancer> {
    const balancer = new TcpBalancer();
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** New connections can go to this port. */
  add(port: number): void {
    this.#ports = [...this.#ports, port];
  }

  /** No new connection goes to this port. Existing connections continue. */
  remove(port: number): void {
    this.#ports = this.#ports.filter((other) => other !== port);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #inTurn(): readonly number[] {
    const start = this.#next++ % Math.max(1, this.#ports.length);
    return [...this.#ports.slice(start), ...this.#ports.slice(0, start)];
  }

  /** @param ports the ports to try, in this order */
  #connect(near: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) {
      near.destroy();
      return;
    }
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    const refused = (): void => this.#connect(near, others);
    far.once('error', refused);
    far.once('connect', () => {
      far.off('error', refused);
      this.#join(near, far);
    });
  }

  #join(near: Socket, far: Socket): void {
    near.setNoDelay(true);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        // Bytes that have already arrived are still delivered.
        other.destroySoon();
      });
      one.pipe(other);
    }
  }
}
