/**
 * One run of a story: its replicas and clients, the steps that act on them, and the checks at the end.
 *
 * A run does not depend on the real time. After each step, the event loop runs for the number of turns in the story. At the end, turns
 * and time pass until every client holds the expected rows or the limit is reached. The file is longer than 250 lines because the steps
 * share the state of the run.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KubeTransport } from '../../../src/informers/kube-transport.ts';
import { type FakeCluster, FakeClock, seededRandom } from '../../../src/testing/index.ts';
import type { CompleteObject } from '../../../src/server/wire/writes/complete-object.ts';
import { contentOf, HIDDEN, KEYS, podOf, type Request, VALUES } from './pods.ts';
import { ServedReplica } from './served-replica.ts';
import { BEHAVIOURS, type Step, type StepType, type Story } from './story.ts';
import { type Behaviour, type ClientSnapshot, WatchingClient, type UpstreamHistory } from './watching-client.ts';

/** The maximum number of rounds at the end of a story, and the timeout in milliseconds. */
const LIMITS = { rounds: 1000, milliseconds: 10_000 };
const TURNS_OF_A_ROUND = 8;
/** The maximum number of remembered positions that are tested at the end. */
const MAXIMUM_RESUMED = 3;
/** Bytes in a row of a burst: enough to fill the buffers between a server and a client that does not read. */
const NOTE = 6000;

const UPSTREAM_TIMES = [900, 1000, 3000, 11_000, 31_000, 61_000];
const SERVER_TIMES = [1000, 3100, 61_500, 61_500, 61_500, 119_000];

/** The parts of the environment that all runs share. */
export interface SharedEnvironment {
  readonly cluster: FakeCluster;
  readonly transports: readonly KubeTransport[];
  readonly tls: { readonly cert: string; readonly key: string };
  readonly ca: string;
}

/** Runs a story, and knows the history of upstream for its clients. */
export class StoryRun implements UpstreamHistory {
  readonly #story: Story;
  readonly #cluster: FakeCluster;
  readonly #replicas: readonly ServedReplica[];
  readonly #clients: WatchingClient[];
  readonly #remembered: { readonly behaviour: Behaviour; readonly snapshot: ClientSnapshot }[] = [];
  readonly #serverClock = new FakeClock();
  readonly #upstreamClock = new FakeClock();
  readonly #violations: string[] = [];
  readonly #over = new AbortController();
  readonly #exact: boolean;
  /** Every state of upstream, with the first revision of each. */
  readonly #states: { readonly revision: number; readonly pods: ReadonlyMap<string, CompleteObject> }[];
  #injectsFaults = true;

  constructor({ cluster, transports, tls, ca }: SharedEnvironment, story: Story) {
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
    const options = {
      revision: () => storage.revision,
      tls,
      ca,
      entries: story.entries,
      serverClock: this.#serverClock,
      upstreamClock: this.#upstreamClock,
      random: seededRandom(story.chance),
      onError: (message: string, detail: unknown) => this.report(`a server logged: ${message}: ${String(detail)}`),
    };
    this.#replicas = transports.slice(0, story.replicas).map((transport) => new ServedReplica(transport, options));
    this.#clients = story.clients.flatMap((index) => {
      const behaviour = BEHAVIOURS[index];
      return behaviour === undefined ? [] : [new WatchingClient(behaviour, this)];
    });
  }

  rowsAt(request: Request, position: bigint): ReadonlyMap<string, string> | undefined {
    return this.#exact ? this.#rowsAt(request, Number(position >> 20n)) : undefined;
  }

  report(violation: string): void {
    this.#violations.push(violation);
  }

  async run(): Promise<void> {
    this.#put(KEYS[0], 13);
    await Promise.all(this.#replicas.map((replica) => replica.start()));
    await this.#until(() => this.#replicas.every(({ isReady }) => isReady), 'the replicas are not ready');
    for (const step of this.#story.steps) {
      await this.#steps[step.type](step);
      for (let turn = 0; turn < step.turns; turn += 1) await nextTurn();
      this.#requireNoViolation();
    }
    await this.#settle();
  }

  /** Stops everything after a success or a failure. */
  async clear(): Promise<void> {
    this.#over.abort();
    for (const client of this.#clients) client.cut();
    for (const pod of this.#cluster.storage.list('pods')) this.#cluster.storage.delete('pods', keyOf(pod));
    for (const replica of this.#replicas) {
      replica.control.endFaults();
      await replica.stop({ graceful: false });
    }
    let isOver = false;
    void Promise.all(this.#replicas.map((replica) => replica.ended())).then(() => (isOver = true));
    // A server in Node.js may keep the watch of a client that has reset its connection (src/dead-sessions.ts).
    const openWatches = (): number => this.#replicas.reduce((sum, { control }) => sum + control.openWatches, 0);
    await this.#until(
      () => isOver && openWatches() === 0,
      () => `not closed: ${openWatches()} upstream watches, ${isOver ? 'no' : 'some'} servers`,
      () => {
        this.#serverClock.advance(6000);
      },
    );
    const left = this.#serverClock.waiting + this.#upstreamClock.waiting;
    if (left > 0) throw new Error(`${left} scheduled tasks were not cancelled`);
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
    tick: () => this.#writeUnrelated(),
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
          this.#injectsFaults && !this.#over.signal.aborted && request.userAgent === userAgent && isList(request),
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
    stop: ({ replica, amount }) => this.#replicas[replica]?.stop({ graceful: amount % 2 === 0 }),
    start: ({ replica }) => this.#replicas[replica]?.start(),
    go: ({ client, replica }) => this.#client(client)?.go(this.#replicas[replica]?.connections),
    pause: ({ client }) => this.#client(client)?.pause(),
    resume: ({ client }) => this.#client(client)?.resume(),
    cutClient: ({ client }) => this.#client(client)?.cut(),
    cutAfter: ({ client, amount }) => this.#client(client)?.cut(1 + amount * 97),
    cutConnections: ({ replica }) => this.#replicas[replica]?.connections?.cut(),
    remember: ({ client: index }) => {
      const client = this.#client(index);
      const snapshot = client?.snapshot;
      if (client !== undefined && snapshot !== undefined)
        this.#remembered.push({ snapshot, behaviour: client.behaviour });
    },
    rewind: ({ client: index, amount }) => {
      const client = this.#client(index);
      const known = this.#remembered.filter(({ behaviour }) => behaviour === client?.behaviour);
      const chosen = known[amount % Math.max(known.length, 1)];
      if (chosen !== undefined) client?.rewind(chosen.snapshot);
    },
  };

  /** Ends all faults, then waits until every client holds the rows of a new projection. */
  async #settle(): Promise<void> {
    this.#injectsFaults = false;
    for (const { control } of this.#replicas) control.endFaults();
    await Promise.all(this.#replicas.map((replica) => replica.start()));
    if (!this.#exact) await this.#relistEverywhere();
    for (const client of this.#clients) client.resume();
    for (const { behaviour, snapshot } of this.#remembered.slice(-MAXIMUM_RESUMED))
      this.#clients.push(new WatchingClient(behaviour, this, snapshot));
    this.#put(HIDDEN, 0);
    const { revision } = this.#cluster.storage;
    let round = 0;
    await this.#until(
      () => this.#clients.every((client) => client.isAt(revision)),
      `some clients did not reach ${revision}`,
      () => {
        round += 1;
        for (const [index, client] of this.#clients.entries())
          client.go(this.#replicas[(index + Math.floor(round / 10)) % this.#replicas.length]?.connections);
        this.#upstreamClock.advance(2000);
        this.#serverClock.advance(10_000);
      },
    );
    for (const client of this.#clients) {
      const expected = this.#rowsAt(client.behaviour, revision);
      const held = client.snapshot?.rows ?? new Map<string, string>();
      if (JSON.stringify([...held].sort()) !== JSON.stringify([...expected].sort()))
        this.report(
          `${client.describe()}: holds ${JSON.stringify([...held])} instead of ${JSON.stringify([...expected])}`,
        );
    }
    this.#requireNoViolation();
  }

  /** Forces a relist, which finds silently dropped events. */
  async #relistEverywhere(): Promise<void> {
    this.#writeUnrelated();
    const before = this.#replicas.map(({ lists }) => lists);
    await this.#until(
      () => this.#replicas.every(({ lists }, index) => lists > (before[index] ?? 0)),
      'the replicas did not relist',
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

  /** Writes an unrelated object. */
  #writeUnrelated(): void {
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

  #requireNoViolation(): void {
    if (this.#violations.length > 0) throw new Error(this.#violations.slice(0, 5).join('\n'));
  }

  /** Runs the event loop until the condition holds. @throws Error if it does not hold in time */
  async #until(
    condition: () => boolean,
    otherwise: string | (() => string),
    push: () => void = () => undefined,
  ): Promise<void> {
    const start = performance.now();
    for (let round = 0; !condition(); round += 1) {
      if (!this.#over.signal.aborted) this.#requireNoViolation();
      if (round > LIMITS.rounds && performance.now() - start > LIMITS.milliseconds) {
        const states = [...this.#replicas, ...this.#clients].map((each) => each.describe());
        throw new Error([typeof otherwise === 'string' ? otherwise : otherwise(), ...states].join('\n'));
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
