/**
 * The convergence property of views (docs/resource-versions.md). After any history of sources, replicas and connections, a client that
 * follows the protocol has the rows that a recomputation from scratch gives. The same holds for a client that resumes from any position
 * that was ever handed out.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { ScriptedSource } from '../scripted-source.ts';
import { viewOf } from '../view-rig.ts';
import { FakeEtcd } from './fake-etcd.ts';
import { type Behaviour, contentOf, type Knowledge, ModelClient } from './model-client.ts';
import { flattened, grouped, joined, joinedToMany, ownOperator, rowwise, stacked } from './projections.ts';
import { type Projection, Replica } from './replica.ts';

/** Values whose rows are equal, differ, do not match the selector, are filtered out, or cannot be projected. */
const VALUES = [-5, 3, 13, 15, 18, 25];
const KEYS = ['a-b/x', 'a/x', 'b/x'];
const CLIENTS = (['list', 'pages', 'initial events'] as const).flatMap((mode) =>
  [false, true].map((selective) => ({ mode, selective })),
);

interface Story {
  readonly replicas: number;
  readonly entries: number;
  readonly steps: readonly Step[];
}

/** The relative frequency of each step. Replicas often lag behind and list again, because that is where rows could get lost. */
const STEPS = {
  put: 24,
  delete: 5,
  tick: 3,
  deliver: 16,
  bookmark: 5,
  relist: 8,
  drop: 3,
  restart: 1,
  gone: 1,
  connect: 16,
  receive: 24,
  lose: 3,
  receiveBookmark: 8,
  cut: 8,
  revive: 3,
} as const;

interface Step {
  readonly type: keyof typeof STEPS;
  /** The indexes of the client, replica, source, key and value of the step. */
  readonly client: number;
  readonly replica: number;
  readonly source: number;
  readonly key: number;
  readonly value: number;
  /** The number of revisions by which a list lags behind. */
  readonly back: number;
  /** The number of events or frames that arrive together. */
  readonly times: number;
}

function story(without: readonly Step['type'][], replicas: number): fc.Arbitrary<Story> {
  const types = Object.entries(STEPS)
    .filter(([type]) => !without.includes(type as Step['type']))
    .map(([type, weight]) => ({ weight, arbitrary: fc.constant(type as Step['type']) }));
  const step = fc.record({
    type: fc.oneof(...types),
    client: fc.nat(CLIENTS.length - 1),
    replica: fc.nat(replicas - 1),
    source: fc.nat(2),
    key: fc.nat(KEYS.length - 1),
    value: fc.nat(VALUES.length - 1),
    back: fc.constantFrom(0, 0, 0, 1, 3, 10),
    times: fc.constantFrom(1, 1, 2, 4),
  });
  return fc.record({
    replicas: fc.constant(replicas),
    entries: fc.constantFrom(4, 1000),
    steps: fc.array(step, { maxLength: 200, size: 'max' }),
  });
}

/** The storages, replicas and clients of a story. */
class World {
  readonly etcds: readonly FakeEtcd[];
  readonly replicas: readonly Replica[];
  readonly clients: ModelClient[];
  readonly handedOut: { readonly knowledge: Knowledge; readonly behaviour: Behaviour }[] = [];

  constructor(projection: Projection, { replicas, entries }: Story) {
    this.etcds = Array.from({ length: projection.sources }, () => new FakeEtcd());
    for (const etcd of this.etcds) for (const key of KEYS) etcd.put(key, 25);
    this.replicas = Array.from(
      { length: replicas },
      (_, number) => new Replica(this.etcds, projection, entries, number),
    );
    this.clients = CLIENTS.map((behaviour) => this.#client(behaviour));
  }

  run({ type, client: clientIndex, replica: replicaIndex, source, key, value, back, times }: Step): void {
    const etcd = this.etcds[source % this.etcds.length]!;
    const replica = this.replicas[replicaIndex]!;
    const reader = replica.reader(source);
    const client = this.clients[clientIndex % this.clients.length]!;
    const repeatedly = (action: () => void): void => Array.from({ length: times }).forEach(action);
    const actions: Record<Step['type'], () => void> = {
      put: () => etcd.put(KEYS[key]!, VALUES[value]!),
      delete: () => etcd.delete(KEYS[key]!),
      tick: () => etcd.tick(),
      deliver: () => repeatedly(() => reader.deliver(false)),
      drop: () => reader.deliver(true),
      bookmark: () => reader.bookmark(),
      relist: () => reader.relist(back),
      restart: () => replica.restart(back),
      gone: () => reader.source.gone(),
      connect: () => client.connect(replica.view),
      receive: () => repeatedly(() => client.receive()),
      lose: () => client.receive(true),
      receiveBookmark: () => client.receiveBookmark(),
      cut: () => client.cut(),
      revive: () => {
        const known = this.handedOut[(clientIndex * 37 + key * 11 + value) % this.handedOut.length];
        if (known !== undefined) this.clients.push(this.#client(known.behaviour, known.knowledge));
      },
    };
    actions[type]();
  }

  /** Delivers everything. If events were dropped silently, a list finds them. */
  calm(dropped: boolean): void {
    if (dropped) for (const etcd of this.etcds) etcd.tick();
    for (const replica of this.replicas) replica.catchUp(dropped);
  }

  #client(behaviour: Behaviour, known?: Knowledge): ModelClient {
    return new ModelClient(behaviour, (knowledge) => this.handedOut.push({ knowledge, behaviour }), known);
  }
}

/** Plays a story to its end, delivers everything, and checks all clients. */
function play(projection: Projection, story: Story): void {
  const world = new World(projection, story);
  for (const step of story.steps) world.run(step);
  world.calm(story.steps.some(({ type }) => type === 'drop'));
  const { etcds, replicas, clients, handedOut } = world;
  const expected = fromScratch(projection, etcds);
  const check = (client: ModelClient, first: number): void => {
    settle(client, replicas, first);
    const wanted = client.behaviour.selective ? expected.selected : expected.all;
    expect(Object.fromEntries(client.rows), JSON.stringify(client.behaviour)).to.deep.equal(wanted);
  };
  for (const client of clients) check(client, 0);
  // New clients resume from every position that was handed out, at every replica.
  for (const { knowledge, behaviour } of handedOut) {
    for (const first of replicas.keys()) check(new ModelClient(behaviour, () => {}, knowledge), first);
  }
}

/** Lets a client read until nothing is left. It stays with a replica for a while, because the pages of a local view need one replica. */
function settle(client: ModelClient, replicas: readonly Replica[], first: number): void {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (!client.connected) client.connect(replicas[(first + Math.floor(turn / 50)) % replicas.length]!.view);
    else if (!client.receive()) return;
  }
  expect.fail('a client does not stop reading');
}

function fromScratch(projection: Projection, etcds: readonly FakeEtcd[]): { all: object; selected: object } {
  const sources = etcds.map((etcd) => ScriptedSource.at(etcd.revision, ...etcd.at(etcd.revision).values()));
  const rows = [
    ...viewOf(projection.of(...sources))
      .snapshot()
      .rows.range(''),
  ];
  const content = (selected: typeof rows): object =>
    Object.fromEntries(selected.map((row) => [row.key, contentOf(row)]));
  return { all: content(rows), selected: content(rows.filter(({ object }) => Number(object['n']) >= 1)) };
}

/** A projection and the stories to play with it. */
export interface ViewProperty {
  readonly name: string;
  readonly projection: Projection;
  readonly stories: fc.Arbitrary<Story>;
}

const local = { flattened, joined, joinedToMany, grouped, stacked };

export const VIEW_PROPERTIES: readonly ViewProperty[] = [
  { name: 'two replicas of an upstream view', projection: rowwise, stories: story(['drop'], 2) },
  {
    // A new process would hide dropped events.
    name: 'one process of an upstream view whose upstream drops events in silence',
    projection: rowwise,
    stories: story(['restart', 'gone'], 1),
  },
  { name: 'two replicas of a view of an unknown operator', projection: ownOperator, stories: story([], 2) },
  ...Object.entries(local).map(([name, projection]) => ({
    name: `two replicas of a ${name} view`,
    projection,
    stories: story([], 2),
  })),
];

/** Plays random stories. @throws Error of fast-check, with the shortest story after which a client has wrong rows */
export function viewConverges({ projection, stories }: ViewProperty, parameters: fc.Parameters<[Story]>): void {
  fc.assert(
    fc.property(stories, (one) => play(projection, one)),
    parameters,
  );
}
