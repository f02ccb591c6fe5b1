/** A client that lists rows again and again, over one kept connection, and counts the responses. */
import { type Connections, NoConnectionError } from '../convergence/connection.ts';

const PAUSE_MS = 20;
const PATH = '/apis/example.com/v1/namespaces/team-0/upstreamrows';

export class RowReader {
  readonly protocol: 'h1' | 'h2';
  /** The number of responses by status. `lost` counts requests without a complete response, `unsent` those without a connection. */
  readonly responses = new Map<number | 'lost' | 'unsent', number>();
  /** The longest time of a request in milliseconds. */
  longest = 0;
  readonly #connections: Connections;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(protocol: 'h1' | 'h2', connections: Connections) {
    this.protocol = protocol;
    this.#connections = connections;
  }

  start(): void {
    const begin = performance.now();
    let status = 0;
    this.#connections.get(this.protocol, PATH, 'application/json', {
      head: (code) => (status = code),
      data: () => undefined,
      end: (complete, error) => {
        if (this.#isStopped) return;
        const failure = error instanceof NoConnectionError ? 'unsent' : 'lost';
        const outcome = complete ? status : failure;
        this.responses.set(outcome, (this.responses.get(outcome) ?? 0) + 1);
        this.longest = Math.max(this.longest, performance.now() - begin);
        this.#timer = setTimeout(() => this.start(), PAUSE_MS);
      },
    });
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#connections.cut();
  }

  /** The counts as text. */
  summary(): string {
    const outcomes = Array.from(this.responses, ([status, count]) => `${count} × ${status}`);
    return `${outcomes.join(', ')}; ${Math.round(this.longest)} ms maximum`;
  }
}
