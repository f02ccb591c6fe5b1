/** A replica: a kubefacet server with informers of its own, which can be stopped and started anew. */
import type { Clock } from '../../../src/clock.ts';
import { KubeListWatch } from '../../../src/informers/kube-list-watch.ts';
import type { KubeTransport } from '../../../src/informers/kube-transport.ts';
import { informerFactory, type InformerFactory } from '../../../src/informers/index.ts';
import { type ApiServer, apiServer } from '../../../src/server/index.ts';
import type { FakeClock } from '../../../src/testing/informers/index.ts';
import { type Connections, connectionsTo } from './connection.ts';
import { GROUP, ranks } from './pods.ts';
import { ControlledListWatch, UpstreamControl } from './upstream.ts';

/** What the replicas of a story share. */
export interface Surroundings {
  readonly revision: () => number;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly ca: string;
  /** Entries in the log of the view. */
  readonly entries: number;
  /** Of servers: bookmarks, deadlines, staggered ends. */
  readonly serverClock: FakeClock;
  /** Of informers: waits after failures, limits of silence. */
  readonly upstreamClock: FakeClock;
  readonly random: () => number;
  /** Told of what a server logs as an error. */
  readonly onError: (message: string, detail: unknown) => void;
}

export class ServedReplica {
  readonly control: UpstreamControl;
  readonly #transport: KubeTransport;
  readonly #surroundings: Surroundings;
  #process:
    | { readonly server: ApiServer; readonly informers: InformerFactory; readonly connections: Connections }
    | undefined;
  #starting: Promise<void> | undefined;
  readonly #closing: Promise<unknown>[] = [];
  readonly #left: Connections[] = [];

  constructor(transport: KubeTransport, surroundings: Surroundings) {
    this.#transport = transport;
    this.#surroundings = surroundings;
    this.control = new UpstreamControl(surroundings.revision);
  }

  /** Undefined while there is no process. */
  get connections(): Connections | undefined {
    return this.#process?.connections;
  }

  get isReady(): boolean {
    return this.#process?.server.counts().ready === true;
  }

  /** Complete states read by the process that runs. */
  get lists(): number {
    const metrics = this.#process?.informers.pods.metrics;
    return metrics === undefined ? 0 : metrics.lists + metrics.watchLists;
  }

  /** How it stands, for messages. */
  describe(): string {
    return JSON.stringify(this.#process?.informers.sources() ?? 'stopped');
  }

  /** A new process, if there is none. Resolves when it listens. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** The process ends, in peace or not; {@link ended} resolves when it has. */
  async stop({ inPeace }: { readonly inPeace: boolean }): Promise<void> {
    await this.#starting;
    const process = this.#process;
    if (process === undefined) return;
    this.#starting = undefined;
    this.#process = undefined;
    this.#closing.push(process.server.close(), process.informers.close());
    if (inPeace) this.#left.push(process.connections);
    else process.connections.cut();
  }

  async ended(): Promise<void> {
    for (const connections of this.#left) connections.cut();
    await Promise.all(this.#closing);
  }

  async #start(): Promise<void> {
    const { serverClock, upstreamClock, random, entries, tls, ca, onError } = this.#surroundings;
    const informers = informerFactory({
      clock: upstreamClock,
      random,
      listWatch: (source) => new ControlledListWatch(new KubeListWatch(this.#transport, source), this.control),
    });
    const silent = (): void => undefined;
    const server = apiServer({
      apis: [{ group: GROUP, version: 'v1', resources: [ranks(informers.pods, entries)] }],
      authentication: 'insecure-dev',
      log: { debug: silent, info: silent, warn: silent, error: onError },
      clock: eager(serverClock),
      random,
    });
    await server.listen({ port: 0, host: '127.0.0.1', tls });
    this.#process = { server, informers, connections: connectionsTo(server.port, ca) };
  }
}

/** Time stands still until told; what is to happen at once, does. */
function eager(clock: FakeClock): Clock {
  return {
    now: () => clock.now(),
    schedule: (milliseconds, callback) => {
      if (milliseconds > 0) return clock.schedule(milliseconds, callback);
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    },
  };
}
