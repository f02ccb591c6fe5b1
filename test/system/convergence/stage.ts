/**
 * Where stories are played: one fake cluster for all of them, and for each story replicas and clients of its own over real sockets.
 *
 * Nothing waits for the time of day. A step is followed by as many turns of the event loop as the story says; in the end turns are given,
 * and time passes, until every client holds what it should, or nothing comes of it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { KubeTransport } from '../../../src/informers/kube-transport.ts';
import { type FakeCluster, fakeCluster, FakeClock, seededRandom } from '../../../src/testing/index.ts';
import type { CompleteObject } from '../../../src/server/wire/writes/complete-object.ts';
import { servingAuthority, servingCertificate } from '../../support/test-server.ts';
import { contentOf, HIDDEN, KEYS, podOf, type Request, VALUES } from './pods.ts';
import { ServedReplica } from './served-replica.ts';
import { BEHAVIOURS, type Step, type StepType, type Story } from './story.ts';
import { type Behaviour, type Knowledge, WatchingClient, type Witness } from './watching-client.ts';

/** Rounds at the end of a story, and milliseconds, until nothing is expected to come any more. */
const PATIENCE = { rounds: 300, milliseconds: 1500 };
const TURNS_OF_A_ROUND = 8;
/** So many of the positions that were remembered are tried at the end. */
const REVIVED = 3;
/** Bytes in a row of a burst: enough of them fill what lies between a server and a client that does not read. */
const NOTE = 6000;

const UPSTREAM_TIMES = [900, 1000, 3000, 11_000, 31_000, 61_000];
const SERVER_TIMES = [1000, 3100, 61_500, 61_500, 61_500, 119_000];

/** The cluster, and what all stories share. */
export class Stage {
  readonly cluster: FakeCluster;
  readonly transports: readonly KubeTransport[];
  readonly tls: { readonly cert: string; readonly key: string };
  readonly ca: string;

  private constructor(cluster: FakeCluster, transports: readonly KubeTransport[], tls: Stage['tls'], ca: string) {
    this.cluster = cluster;
    this.transports = transports;
    this.tls = tls;
    this.ca = ca;
  }

  static async open(): Promise<Stage> {
    const cluster = await fakeCluster();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor());
    const transports = [0, 1].map((number) => new KubeTransport(kubeConfig, { userAgent: `replica-${number}` }));
    return new Stage(cluster, transports, await servingCertificate(), (await servingAuthority()).certificate);
  }

  async close(): Promise<void> {
    await Promise.all(this.transports.map((transport) => transport.close()));
    await this.cluster.close();
  }

  /** Plays a story. @throws Error saying what a client could not rely on */
  async play(story: Story): Promise<void> {
    const performance = new Performance(this, story);
    const failures: unknown[] = [];
    await performance.run().catch((error: unknown) => failures.push(error));
    await performance.clear().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}

class Performance implements Witness {
  readonly #story: Story;
  readonly #cluster: FakeCluster;
  readonly #replicas: readonly ServedReplica[];
  readonly #clients: WatchingClient[];
  readonly #remembered: { readonly behaviour: Behaviour; readonly knowledge: Knowledge }[] = [];
  readonly #serverClock = new FakeClock();
  readonly #upstreamClock = new FakeClock();
  readonly #breaches: string[] = [];
  readonly #over = new AbortController();
  readonly #exact: boolean;
  /** Every state that upstream was in, and from which revision on. */
  readonly #states: { readonly revision: number; readonly pods: ReadonlyMap<string, CompleteObject> }[];
  #misbehaves = true;

  constructor({ cluster, transports, tls, ca }: Stage, story: Story) {
    const { storage } = cluster;
    this.#story = story;
    this.#cluster = cluster;
    this.#exact = story.steps.every(({ type }) => type !== 'drop');
    storage.expireHistory();
    this.#states = [{ revision: storage.revision, pods: new Map() }];
    storage.subscribe((events) => {
      for (const { resource, revision } of events) {
        if (resource !== 'pods') continue;
        const pods = storage.list('pods').map((pod): [string, CompleteObject] => [keyOf(pod), pod]);
        this.#states.push({ revision, pods: new Map(pods) });
      }
    }, this.#over.signal);
    const surroundings = {
      revision: () => storage.revision,
      tls,
      ca,
      entries: story.entries,
      serverClock: this.#serverClock,
      upstreamClock: this.#upstreamClock,
      random: seededRandom(story.chance),
      onError: (message: string, detail: unknown) => this.report(`a server logged: ${message}: ${String(detail)}`),
    };
    this.#replicas = transports.slice(0, story.replicas).map((transport) => new ServedReplica(transport, surroundings));
    this.#clients = story.clients.flatMap((index) => {
      const behaviour = BEHAVIOURS[index];
      return behaviour === undefined ? [] : [new WatchingClient(behaviour, this)];
    });
  }

  rowsAt(request: Request, position: bigint): ReadonlyMap<string, string> | undefined {
    return this.#exact ? this.#rowsAt(request, Number(position >> 20n)) : undefined;
  }

  report(breach: string): void {
    this.#breaches.push(breach);
  }

  async run(): Promise<void> {
    this.#put(KEYS[0], 13);
    await Promise.all(this.#replicas.map((replica) => replica.start()));
    await this.#until(() => this.#replicas.every(({ isReady }) => isReady), 'the replicas are not ready');
    for (const step of this.#story.steps) {
      await this.#steps[step.type](step);
      for (let turn = 0; turn < step.turns; turn += 1) await nextTurn();
      this.#requireNoBreach();
    }
    await this.#calm();
  }

  /** Ends everything, whatever has come of it. */
  async clear(): Promise<void> {
    this.#over.abort();
    for (const client of this.#clients) client.cut();
    for (const pod of this.#cluster.storage.list('pods')) this.#cluster.storage.delete('pods', keyOf(pod));
    for (const replica of this.#replicas) {
      replica.control.behave();
      await replica.stop({ inPeace: false });
    }
    let isOver = false;
    void Promise.all(this.#replicas.map((replica) => replica.ended())).then(() => (isOver = true));
    const { api } = this.#cluster;
    const open = (): string => `${api.openWatches('pods')} watches of upstream, ${isOver ? 'no' : 'some'} servers`;
    await this.#until(
      () => isOver && api.openWatches('pods') === 0,
      () => `still there: ${open()}`,
      () => {
        this.#serverClock.advance(6000);
      },
    );
    const left = this.#serverClock.waiting + this.#upstreamClock.waiting;
    if (left > 0) throw new Error(`${left} clock are left behind`);
  }

  readonly #steps: Readonly<Record<StepType, (step: Step) => void | Promise<void>>> = {
    put: ({ key, value }) => this.#put(KEYS[key] ?? KEYS[0], VALUES[value] ?? 13),
    delete: ({ key }) => {
      const { storage } = this.#cluster;
      const name = KEYS[key] ?? KEYS[0];
      if (storage.get('pods', name) !== undefined) storage.delete('pods', name);
    },
    burst: ({ key, amount }) => {
      for (let write = 0; write < 4 * (amount + 1); write += 1)
        this.#put(KEYS[(key + (write % 2)) % KEYS.length] ?? KEYS[0], 13 + 12 * (Math.floor(write / 2) % 2), NOTE);
    },
    tick: () => this.#tick(),
    cut: () => this.#cluster.api.cutWatches('pods'),
    end: () => this.#cluster.api.endWatches('pods'),
    expired: () => this.#cluster.api.failWatches({ code: 410 }, 'pods'),
    expire: () => this.#cluster.storage.expireHistory(),
    gap: ({ key, value, amount }) => {
      this.#cluster.api.cutWatches('pods');
      for (let write = 0; write < amount; write += 1)
        this.#put(KEYS[(key + write) % KEYS.length] ?? KEYS[0], VALUES[(value + write) % VALUES.length] ?? 13);
      this.#cluster.storage.expireHistory();
    },
    failLists: ({ replica, amount }) => {
      const userAgent = `replica-${replica}`;
      const code = [500, 503, 410, 429, 403, 422][amount] ?? 500;
      this.#cluster.api.failNext(
        (request) =>
          this.#misbehaves && !this.#over.signal.aborted && request.userAgent === userAgent && isList(request),
        { code },
        2,
      );
    },
    hold: ({ replica }) => this.#replicas[replica]?.control.hold(),
    deliver: ({ replica, amount }) => this.#replicas[replica]?.control.deliver(amount),
    release: ({ replica }) => this.#replicas[replica]?.control.release(),
    lag: ({ replica, amount }) => {
      const control = this.#replicas[replica]?.control;
      if (control !== undefined) control.lag = amount;
    },
    drop: ({ replica }) => this.#replicas[replica]?.control.drop(1),
    upstreamTime: ({ amount }) => this.#upstreamClock.advance(UPSTREAM_TIMES[amount] ?? 1000),
    serverTime: ({ amount }) => this.#serverClock.advance(SERVER_TIMES[amount] ?? 1000),
    stop: ({ replica, amount }) => this.#replicas[replica]?.stop({ inPeace: amount % 2 === 0 }),
    start: ({ replica }) => this.#replicas[replica]?.start(),
    go: ({ client, replica }) => this.#client(client)?.go(this.#replicas[replica]?.connections),
    pause: ({ client }) => this.#client(client)?.pause(),
    resume: ({ client }) => this.#client(client)?.resume(),
    cutClient: ({ client }) => this.#client(client)?.cut(),
    cutAfter: ({ client, amount }) => this.#client(client)?.cut(1 + amount * 97),
    cutConnections: ({ replica }) => this.#replicas[replica]?.connections?.cut(),
    remember: ({ client: index }) => {
      const client = this.#client(index);
      const knowledge = client?.knowledge;
      if (client !== undefined && knowledge !== undefined)
        this.#remembered.push({ knowledge, behaviour: client.behaviour });
    },
    rewind: ({ client: index, amount }) => {
      const client = this.#client(index);
      const known = this.#remembered.filter(({ behaviour }) => behaviour === client?.behaviour);
      const chosen = known[amount % Math.max(known.length, 1)];
      if (chosen !== undefined) client?.rewind(chosen.knowledge);
    },
  };

  /** Nothing is in anybody's way any more; then every client comes to hold what a fresh projection gives. */
  async #calm(): Promise<void> {
    this.#misbehaves = false;
    for (const { control } of this.#replicas) control.behave();
    await Promise.all(this.#replicas.map((replica) => replica.start()));
    if (!this.#exact) await this.#relistEverywhere();
    for (const client of this.#clients) client.resume();
    for (const { behaviour, knowledge } of this.#remembered.slice(-REVIVED))
      this.#clients.push(new WatchingClient(behaviour, this, knowledge));
    this.#put(HIDDEN, 0);
    const { revision } = this.#cluster.storage;
    let round = 0;
    await this.#until(
      () => this.#clients.every((client) => client.isAt(revision)),
      `not all clients reach ${revision}`,
      () => {
        round += 1;
        for (const [index, client] of this.#clients.entries())
          client.go(this.#replicas[(index + Math.floor(round / 10)) % this.#replicas.length]?.connections);
        this.#upstreamClock.advance(2000);
        this.#serverClock.advance(10_000);
      },
    );
    for (const client of this.#clients) {
      const wanted = this.#rowsAt(client.behaviour, revision);
      const held = client.knowledge?.rows ?? new Map<string, string>();
      if (JSON.stringify([...held].sort()) !== JSON.stringify([...wanted].sort()))
        this.report(
          `${client.describe()}: holds ${JSON.stringify([...held])} instead of ${JSON.stringify([...wanted])}`,
        );
    }
    this.#requireNoBreach();
  }

  /** What was left out in silence is found by a list. */
  async #relistEverywhere(): Promise<void> {
    this.#tick();
    const before = this.#replicas.map(({ lists }) => lists);
    await this.#until(
      () => this.#replicas.every(({ lists }, index) => lists > (before[index] ?? 0)),
      'the replicas do not list again',
      () => {
        this.#cluster.api.failWatches({ code: 410 }, 'pods');
        this.#upstreamClock.advance(2000);
      },
    );
  }

  #client(index: number): WatchingClient | undefined {
    return this.#clients[index % this.#clients.length];
  }

  #put(key: string, value: number, noteLength?: number): void {
    const { storage } = this.#cluster;
    const pod = podOf(key, value, noteLength);
    if (storage.get('pods', key) === undefined) storage.create('pods', pod);
    else storage.update('pods', pod);
  }

  /** A write of something else. */
  #tick(): void {
    const { storage } = this.#cluster;
    const { name } = storage.create('configmaps', { metadata: { namespace: 'default', name: 'tick' } }).metadata;
    storage.delete('configmaps', `default/${name}`);
  }

  #rowsAt(request: Request, revision: number): ReadonlyMap<string, string> {
    const state = this.#states.findLast((one) => one.revision <= revision);
    const rows = new Map<string, string>();
    for (const [key, pod] of state?.pods ?? []) {
      const content = contentOf(pod, request);
      if (content !== undefined) rows.set(key, content);
    }
    return rows;
  }

  #requireNoBreach(): void {
    if (this.#breaches.length > 0) throw new Error(this.#breaches.slice(0, 5).join('\n'));
  }

  /** Gives turns until something is so. @throws Error when it does not become so */
  async #until(
    condition: () => boolean,
    otherwise: string | (() => string),
    push: () => void = () => undefined,
  ): Promise<void> {
    const start = performance.now();
    for (let round = 0; !condition(); round += 1) {
      if (!this.#over.signal.aborted) this.#requireNoBreach();
      if (round > PATIENCE.rounds && performance.now() - start > PATIENCE.milliseconds) {
        const who = [...this.#replicas, ...this.#clients].map((each) => each.describe());
        throw new Error([typeof otherwise === 'string' ? otherwise : otherwise(), ...who].join('\n'));
      }
      push();
      for (let turn = 0; turn < TURNS_OF_A_ROUND; turn += 1) await nextTurn();
    }
  }
}

function keyOf({ metadata }: CompleteObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function isList({ verb, query }: { readonly verb: string; readonly query: URLSearchParams }): boolean {
  return verb === 'list' || query.get('sendInitialEvents') === 'true';
}
