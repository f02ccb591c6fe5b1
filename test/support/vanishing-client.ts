/** An HTTP/2 client that can reset its connection at the worst moment: while the server writes. */
import { once } from 'node:events';
import http2, { type ClientHttp2Session } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

export class VanishingClient {
  readonly session: ClientHttp2Session;
  readonly #tcp: Socket;

  private constructor(session: ClientHttp2Session, tcp: Socket) {
    this.session = session;
    this.#tcp = tcp;
  }

  /** Connects, and waits until nothing is being written on either side. */
  static async to(port: number): Promise<VanishingClient> {
    const tcp = connect(port, '127.0.0.1');
    const socket = connectTls({ socket: tcp, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    const session = http2.connect('https://localhost', { createConnection: () => socket });
    for (const each of [tcp, session]) each.on('error', () => undefined);
    await once(session, 'remoteSettings');
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    return new VanishingClient(session, tcp);
  }

  /** Sends a request and reads nothing of its response. */
  send(): void {
    this.session
      .request()
      .on('error', () => undefined)
      .end();
  }

  /**
   * Sends a request and resets the connection. Node.js loses the reset in a server that responds at once with two writes, the second of which
   * begins while the first one is in progress.
   */
  async sendAndReset(): Promise<void> {
    this.send();
    await nextTurn();
    this.#tcp.resetAndDestroy();
    for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  }
}
