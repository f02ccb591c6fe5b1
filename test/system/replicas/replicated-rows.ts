/**
 * Two replicas behind a plain TCP balancer, over a cluster in another process, with watchers and readers. Steps kill replicas, and replace
 * them as a rolling update does.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { certificateAuthority } from '../../../src/certificates.ts';
import { type Connections, connectionsTo } from '../convergence/connection.ts';
import { ClusterProcess, type PodState } from './cluster-process.ts';
import { TEAMS } from './pods.ts';
import { Replica, type ReplicaSettings } from './replica.ts';
import { RowReader } from './row-reader.ts';
import { RowWatcher, type WatchedRows } from './row-watcher.ts';
import { TcpBalancer } from './tcp-balancer.ts';
import { WatchStatistics } from './watch-statistics.ts';

export interface ReplicatedRowsOptions {
  readonly watchers: number;
  /** Whether clients use the aggregator of the cluster, or connect to the balancer. */
  readonly through: 'balancer' | 'aggregator';
  /** The arguments of the replicas, after those for their files. */
  readonly args?: readonly string[] | undefined;
}

/** The time from the SIGTERM until the balancer has noticed it: kubelet, endpoints and kube-proxy need it in a cluster. */
const PROPAGATION_MS = 500;
/** The number of HTTP/2 watchers that share a connection. */
const PER_CONNECTION = 10;
/** The time in which all watchers must receive everything that was written before. */
const CATCH_UP_MS = 120_000;
/** The HTTP/2 stream window, which is that of Go's clients. */
const WINDOW = 4 * 2 ** 20;

export class ReplicatedRows {
  readonly upstream = new WatchStatistics();
  readonly local = new WatchStatistics();
  readonly readers: RowReader[] = [];
  readonly #options: ReplicatedRowsOptions;
  readonly #cluster: ClusterProcess;
  readonly #balancer: TcpBalancer;
  readonly #folder: string;
  readonly #caBundle: string;
  readonly #replicas: Replica[] = [];
  readonly #ended: Replica[] = [];
  readonly #watchers: RowWatcher[] = [];
  readonly #connections: Connections[] = [];
  #version = '1';

  private constructor(
    options: ReplicatedRowsOptions,
    cluster: ClusterProcess,
    balancer: TcpBalancer,
    files: { readonly folder: string; readonly caBundle: string },
  ) {
    this.#options = options;
    this.#cluster = cluster;
    this.#balancer = balancer;
    this.#folder = files.folder;
    this.#caBundle = files.caBundle;
  }

  /** Starts everything. Resolves when every watcher has an open watch. */
  static async open(options: ReplicatedRowsOptions): Promise<ReplicatedRows> {
    const cluster = await ClusterProcess.started();
    const balancer = await TcpBalancer.listening();
    const authority = await certificateAuthority('replicas');
    const { certificate, key } = await authority.issue({
      commonName: 'kubefacet',
      dnsNames: ['localhost', 'kubefacet.kubefacet.svc'],
      usage: 'server',
    });
    const folder = await mkdtemp(join(tmpdir(), 'kubefacet-replicas-'));
    const contents = { kubeconfig: cluster.access.kubeConfig, 'tls.crt': certificate, 'tls.key': key };
    for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
    const rows = new ReplicatedRows(options, cluster, balancer, { folder, caBundle: authority.certificate });
    try {
      await rows.#start();
      return rows;
    } catch (error) {
      await rows.close();
      throw error;
    }
  }

  /** Broken guarantees of all watchers, and errors in the logs of the replicas. */
  get violations(): readonly string[] {
    const errors = [...this.#replicas, ...this.#ended].flatMap((replica) => replica.errors);
    return [...this.upstream.violations, ...this.local.violations, ...errors];
  }

  /** Begins to write at a rate per second. */
  write(rate: number): Promise<void> {
    return this.#cluster.write(rate);
  }

  /** Kills the oldest replica, and starts another one. Resolves when the new one receives connections. */
  async kill(): Promise<void> {
    const replica = this.#oldest();
    await replica.kill();
    this.#balancer.remove(replica.port);
    this.#ended.push(replica);
    await this.#add();
  }

  /**
   * Replaces all replicas one after the other, as a Deployment with `maxSurge: 1` and `maxUnavailable: 0` does. Returns the exit codes.
   * @param version the version of the rows of the new replicas
   */
  async roll(version = this.#version): Promise<(number | null)[]> {
    this.#version = version;
    const codes: (number | null)[] = [];
    for (let left = this.#replicas.length; left > 0; left -= 1) {
      await this.#add();
      const replica = this.#oldest();
      replica.terminate();
      await pause(PROPAGATION_MS);
      this.#balancer.remove(replica.port);
      codes.push(await replica.exit());
      this.#ended.push(replica);
    }
    return codes;
  }

  /**
   * Resolves when every watcher has an open watch, and has received a write of its rows from after the call. The log of a new replica begins
   * at its start, so a watcher whose last event is older cannot resume there.
   * @throws Error after two minutes
   */
  async caughtUp(): Promise<void> {
    const { sequences: before } = await this.#cluster.look();
    for (;;) {
      const { sequences } = await this.#cluster.look();
      const written = new Set(
        Object.keys(sequences)
          .filter((key) => sequences[key] !== before[key])
          .map(namespaceOf),
      );
      if (Object.keys(before).every((key) => written.has(namespaceOf(key)))) {
        await this.#all((watcher) => watcher.hasReached(sequences));
        return;
      }
      await pause(PROPAGATION_MS);
    }
  }

  /** Ends the writes, and resolves when every watcher has the rows of the last one. @throws Error after two minutes */
  async converged(): Promise<PodState> {
    const rest = await this.#cluster.rest();
    await this.#all((watcher) => watcher.hasConverged(rest.sequences, this.#version));
    return rest;
  }

  async close(): Promise<void> {
    for (const client of [...this.#watchers, ...this.readers]) client.stop();
    for (const connections of this.#connections) connections.cut();
    await Promise.all(this.#replicas.map((replica) => replica.kill()));
    this.#balancer.close();
    this.#cluster.close();
    await rm(this.#folder, { recursive: true });
  }

  async #start(): Promise<void> {
    await Promise.all([this.#add(), this.#add()]);
    if (this.#options.through === 'aggregator') await this.#cluster.register(this.#balancer.port, this.#caBundle);
    for (const protocol of ['h1', 'h2'] as const) this.readers.push(new RowReader(protocol, this.#connect()));
    let shared: Connections | undefined;
    for (let index = 0; index < this.#options.watchers; index += 1) {
      const watched = watchedAt(index);
      if (watched.protocol === 'h1' || index % (2 * PER_CONNECTION) === 1) shared = this.#connect();
      const connections = shared ?? this.#connect();
      const statistics = watched.plural === 'upstreamrows' ? this.upstream : this.local;
      this.#watchers.push(new RowWatcher(watched, connections, statistics));
    }
    for (const client of [...this.#watchers, ...this.readers]) client.start();
    await this.#all(({ isWatching }) => isWatching);
  }

  #connect(): Connections {
    const { access } = this.#cluster;
    const isDirect = this.#options.through === 'balancer';
    const [port, ca] = isDirect
      ? [this.#balancer.port, this.#caBundle]
      : ([access.port, access.caCertificate] as const);
    const connections = connectionsTo(port, ca, { client: access.client, window: WINDOW });
    this.#connections.push(connections);
    return connections;
  }

  async #add(): Promise<void> {
    const settings: ReplicaSettings = {
      folder: this.#folder,
      version: this.#version,
      args: this.#options.args ?? [],
    };
    const replica = await Replica.ready(settings);
    this.#replicas.push(replica);
    this.#balancer.add(replica.port);
  }

  #oldest(): Replica {
    const replica = this.#replicas.shift();
    if (replica === undefined) throw new Error('no replica runs');
    return replica;
  }

  /** Resolves when the condition holds for all watchers. @throws Error that describes the others after two minutes */
  async #all(condition: (watcher: RowWatcher) => boolean): Promise<void> {
    const deadline = performance.now() + CATCH_UP_MS;
    for (;;) {
      const behind = this.#watchers.filter((watcher) => !condition(watcher));
      if (behind.length === 0) return;
      if (performance.now() > deadline) {
        throw new Error(`watchers are behind:\n${behind.map((watcher) => watcher.describe()).join('\n')}`);
      }
      await pause(20);
    }
  }
}

/** One watcher in 40 watches all rows, the others those of one team. Half of all watch `upstreamrows`, and half use HTTP/2. */
function watchedAt(index: number): WatchedRows {
  const round = Math.floor(index / 4);
  return {
    protocol: index % 2 === 0 ? 'h1' : 'h2',
    plural: index % 4 < 2 ? 'upstreamrows' : 'localrows',
    team: round % 40 === 0 ? undefined : round % TEAMS,
    by: round % 3 === 0 ? 'label' : 'namespace',
    mode: round % 2 === 0 ? 'list' : 'initial events',
  };
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
