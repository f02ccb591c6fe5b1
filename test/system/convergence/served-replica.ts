/** A replica: a kubefacet server with separate informers. It can be stopped and restarted. */
import type { Clock } from '../../../src/clock.ts';
import { KubeListWatch } from '../../../src/informers/kube-list-watch.ts';
import type { KubeTransport } from '../../../src/informers/kube-transport.ts';
import { informerFactory, type InformerFactory } from '../../../src/informers/index.ts';
import { type ApiServer, apiServer } from '../../../src/server/index.ts';
import type { FakeClock } from '../../../src/testing/informers/index.ts';
import { type Connections, connectionsTo } from './connection.ts';
import { GROUP, ranks } from './pods.ts';
import { ControlledListWatch, UpstreamControl } from './controlled-upstream.ts';

/** The options that all replicas of a story share. */
export interface ReplicaOptions {
  readonly revision: () => number;
  readonly tls: { readonly cert: string; readonly key: string };
  readonly ca: string;
  /** The number of entries in the log of the view. */
  readonly entries: number;
  /** The clock of servers, for bookmarks, deadlines and staggered ends of watches. */
  readonly serverClock: FakeClock;
  /** The clock of informers, for delays after failures and read timeouts. */
  readonly upstreamClock: FakeClock;
  readonly random: () => number;
  /** Called with each error that a server logs. */
  readonly onError: (message: string, detail: unknown) => void;
}

export class ServedReplica {
  readonly control: UpstreamControl;
  readonly #transport: KubeTransport;
  readonly #options: ReplicaOptions;
  #process:
    | { readonly server: ApiServer; readonly informers: InformerFactory; readonly connections: Connections }
    | undefined;
  #starting: Promise<void> | undefined;
  readonly #closing: Promise<unknown>[] = [];
  readonly #left: Connections[] = [];

  constructor(transport: KubeTransport, options: ReplicaOptions) {
    this.#transport = transport;
    this.#options = options;
    this.control = new UpstreamControl(options.revision);
  }

  /** Undefined while no process runs. */
  get connections(): Connections | undefined {
    return this.#process?.connections;
  }

  get isReady(): boolean {
    return this.#process?.server.counts().ready === true;
  }

  /** The number of complete states that the running process has read. */
  get lists(): number {
    const metrics = this.#process?.informers.pods.metrics;
    return metrics === undefined ? 0 : metrics.lists + metrics.watchLists;
  }

  /** The state of the replica, for messages. */
  describe(): string {
    return JSON.stringify(this.#process?.informers.sources() ?? 'stopped');
  }

  /** Starts a process if none runs. Resolves when it listens. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Ends the process, gracefully or not. {@link ended} resolves when it has ended. */
  async stop({ graceful }: { readonly graceful: boolean }): Promise<void> {
    await this.#starting;
    const process = this.#process;
    if (process === undefined) return;
    this.#starting = undefined;
    this.#process = undefined;
    this.#closing.push(process.server.close(), process.informers.close());
    if (graceful) this.#left.push(process.connections);
    else process.connections.cut();
  }

  async ended(): Promise<void> {
    for (const connections of this.#left) connections.cut();
    await Promise.all(this.#closing);
  }

  async #start(): Promise<void> {
    const { serverClock, upstreamClock, random, entries, tls, ca, onError } = this.#options;
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
      clock: clockWithImmediateTasks(serverClock),
      random,
    });
    await server.listen({ port: 0, host: '127.0.0.1', tls });
    this.#process = { server, informers, connections: connectionsTo(server.port, ca) };
  }
}

/** A clock that advances only on request, but runs tasks without delay immediately. */
function clockWithImmediateTasks(clock: FakeClock): Clock {
  return {
    now: () => clock.now(),
    schedule: (milliseconds, callback) => {
      if (milliseconds > 0) return clock.schedule(milliseconds, callback);
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    },
  };
}
