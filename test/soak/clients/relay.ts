/** A TCP relay whose connections can be cut. It passes bytes through unchanged, including TLS. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Relay {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();

  private constructor(port: () => number) {
    this.#server = createServer((near) => {
      const far = connect(port(), '127.0.0.1');
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      for (const [one, other] of [pair, [far, near]] as const) {
        one.setNoDelay(true);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          // Bytes that have already arrived are still delivered.
          other.destroySoon();
          this.#pairs.delete(pair);
        });
        one.pipe(other);
      }
    });
  }

  /** @param port returns the target port; it is called for each connection */
  static async to(port: () => number): Promise<Relay> {
    const relay = new Relay(port);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections: either with a reset, or by closing both sides in the middle of the data. Returns their number. */
  cut({ reset }: { readonly reset: boolean }): number {
    const pairs = [...this.#pairs];
    for (const socket of pairs.flat()) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
    return pairs.length;
  }

  close(): void {
    this.#server.close();
    this.cut({ reset: false });
  }
}
