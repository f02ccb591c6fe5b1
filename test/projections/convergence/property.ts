/**
 * The convergence property of views (docs/resource-versions.md): whatever happens to sources, replicas and connections, a client that follows the
 * protocol ends up with the rows that recomputing from scratch gives, and so does one that goes on from any position ever handed out.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { ScriptedSource } from '../scripted-source.ts';
import { viewOf } from '../view-rig.ts';
import { FakeEtcd } from './fake-etcd.ts';
import { type Behaviour, contentOf, type Knowledge, ModelClient } from './model-client.ts';
import { flattened, grouped, joined, joinedToMany, ownOperator, rowwise, stacked } from './projections.ts';
import { type Projection, Replica } from './replica.ts';

/** Values whose rows are equal, differ, do not match the selector, are filtered out, or can not be projected. */
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

/** How often what happens. Replicas lag behind, and lists bridge the lag: that is where rows get lost. */
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
  /** Which client, replica, source, key and value it is about. */
  readonly client: number;
  readonly replica: number;
  readonly source: number;
  readonly key: number;
  readonly value: number;
  /** How far a list lags behind. */
  readonly back: number;
  /** How many events or frames arrive together. */
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

/** Everything that a story is about. */
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

  run({ type, client: whose, replica: which, source, key, value, back, times }: Step): void {
    const etcd = this.etcds[source % this.etcds.length]!;
    const replica = this.replicas[which]!;
    const reader = replica.reader(source);
    const client = this.clients[whose % this.clients.length]!;
    const repeatedly = (what: () => void): void => Array.from({ length: times }).forEach(what);
    const happens: Record<Step['type'], () => void> = {
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
        const known = this.handedOut[(whose * 37 + key * 11 + value) % this.handedOut.length];
        if (known !== undefined) this.clients.push(this.#client(known.behaviour, known.knowledge));
      },
    };
    happens[type]();
  }

  /** Everything is delivered, and what was dropped in silence is found by a list. */
  calm(dropped: boolean): void {
    if (dropped) for (const etcd of this.etcds) etcd.tick();
    for (const replica of this.replicas) replica.catchUp(dropped);
  }

  #client(behaviour: Behaviour, known?: Knowledge): ModelClient {
    return new ModelClient(behaviour, (knowledge) => this.handedOut.push({ knowledge, behaviour }), known);
  }
}

/** Plays a story to its end, and then until everything is calm. */
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
  // And from every position ever handed out, at any replica.
  for (const { knowledge, behaviour } of handedOut) {
    for (const first of replicas.keys()) check(new ModelClient(behaviour, () => {}, knowledge), first);
  }
}

/** Lets a client go on until it has all there is. It changes the replica now and then: pages of a local view need one that stays. */
function settle(client: ModelClient, replicas: readonly Replica[], first: number): void {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (!client.connected) client.connect(replicas[(first + Math.floor(turn / 50)) % replicas.length]!.view);
    else if (!client.receive()) return;
  }
  expect.fail('a client does not come to rest');
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

/** A projection, and what may happen to it. */
export interface ViewProperty {
  readonly name: string;
  readonly projection: Projection;
  readonly stories: fc.Arbitrary<Story>;
}

const local = { flattened, joined, joinedToMany, grouped, stacked };

export const VIEW_PROPERTIES: readonly ViewProperty[] = [
  { name: 'two replicas of an upstream view', projection: rowwise, stories: story(['drop'], 2) },
  {
    // A new process would hide that anything was dropped, see "What the reflector owes".
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

/** @throws Error of fast-check with the shortest story after which a client does not hold what it should */
export function viewConverges({ projection, stories }: ViewProperty, parameters: fc.Parameters<[Story]>): void {
  fc.assert(
    fc.property(stories, (one) => play(projection, one)),
    parameters,
  );
}
