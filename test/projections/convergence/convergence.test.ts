/**
 * The convergence property (docs/resource-versions.md): whatever happens to sources, replicas and connections, a client that follows the
 * protocol ends up with the rows that recomputing from scratch gives, and so does one that goes on from any position ever handed out.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { ScriptedSource } from '../scripted-source.ts';
import { tens, tensOfOwn, viewOf } from '../view-rig.ts';
import { FakeEtcd } from './fake-etcd.ts';
import { contentOf, type Knowledge, ModelClient } from './model-client.ts';
import { type Projection, Replica } from './replica.ts';

/** Values whose rows are equal, differ, do not match the selector, are filtered out, or can not be projected. */
const VALUES = [-5, 3, 7, 13, 15, 18, 25];
const KEYS = ['a-b/x', 'a/x', 'a/y', 'b/x'];
const CLIENTS = (['list', 'pages', 'initial events'] as const).flatMap((mode) =>
  [false, true].map((selective) => ({ mode, selective })),
);

interface Story {
  readonly replicas: number;
  readonly entries: number;
  readonly steps: readonly Step[];
}

const STEPS = {
  put: 24,
  delete: 5,
  tick: 3,
  deliver: 26,
  bookmark: 5,
  relist: 5,
  drop: 3,
  restart: 1,
  gone: 1,
  connect: 14,
  receive: 34,
  lose: 3,
  receiveBookmark: 6,
  cut: 5,
} as const;

interface Step {
  readonly type: keyof typeof STEPS;
  /** Which client, replica, key, value it is about; how far a list lags behind. */
  readonly client: number;
  readonly replica: number;
  readonly key: number;
  readonly value: number;
  readonly back: number;
}

function story(without: readonly Step['type'][], replicas: number): fc.Arbitrary<Story> {
  const types = Object.entries(STEPS)
    .filter(([type]) => !without.includes(type as Step['type']))
    .map(([type, weight]) => ({ weight, arbitrary: fc.constant(type as Step['type']) }));
  const step = fc.record({
    type: fc.oneof(...types),
    client: fc.nat(CLIENTS.length - 1),
    replica: fc.nat(replicas - 1),
    key: fc.nat(KEYS.length - 1),
    value: fc.nat(VALUES.length - 1),
    back: fc.constantFrom(0, 0, 0, 1, 3, 10),
  });
  return fc.record({
    replicas: fc.constant(replicas),
    entries: fc.constantFrom(4, 1000),
    steps: fc.array(step, { maxLength: 200, size: 'max' }),
  });
}

/** Plays a story to its end, and then until everything is calm. */
function play(projection: Projection, { replicas: count, entries, steps }: Story): void {
  const etcd = new FakeEtcd();
  for (const key of KEYS.slice(0, 3)) etcd.put(key, 25);
  const replicas = Array.from({ length: count }, (_, number) => new Replica(etcd, projection, entries, number));
  const handedOut: { knowledge: Knowledge; client: ModelClient }[] = [];
  const clients = CLIENTS.map((behaviour) => {
    const client: ModelClient = new ModelClient(behaviour, (knowledge) => handedOut.push({ knowledge, client }));
    return client;
  });
  for (const step of steps) run(step, etcd, replicas[step.replica]!, clients[step.client]!);

  // Calm: everything is delivered, and what was dropped in silence is found by a list.
  if (steps.some(({ type }) => type === 'drop')) {
    etcd.tick();
    for (const replica of replicas) replica.relist(0);
  }
  for (const replica of replicas) replica.catchUp();
  const expected = fromScratch(projection, etcd);
  const late = handedOut.map(({ knowledge, client }) => new ModelClient(client.behaviour, () => {}, knowledge));
  for (const [index, client] of [...clients, ...late].entries()) {
    settle(client, replicas, index);
    const wanted = client.behaviour.selective ? expected.selected : expected.all;
    expect(Object.fromEntries(client.rows), `client ${index}`).to.deep.equal(wanted);
  }
}

function run(step: Step, etcd: FakeEtcd, replica: Replica, client: ModelClient): void {
  switch (step.type) {
    case 'put':
      etcd.put(KEYS[step.key]!, VALUES[step.value]!);
      break;
    case 'delete':
      etcd.delete(KEYS[step.key]!);
      break;
    case 'tick':
      etcd.tick();
      break;
    case 'deliver':
      replica.deliver();
      break;
    case 'drop':
      replica.deliver(true);
      break;
    case 'bookmark':
      replica.bookmark();
      break;
    case 'relist':
      replica.relist(step.back);
      break;
    case 'restart':
      replica.restart(step.back);
      break;
    case 'gone':
      replica.gone();
      break;
    case 'connect':
      client.connect(replica.view);
      break;
    case 'receive':
      client.receive();
      break;
    case 'lose':
      client.receive(true);
      break;
    case 'receiveBookmark':
      client.receiveBookmark();
      break;
    case 'cut':
      client.cut();
      break;
    default:
      expect.fail();
  }
}

/** Lets a client go on, at one replica after the other, until it has all there is. */
function settle(client: ModelClient, replicas: readonly Replica[], seed: number): void {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (!client.connected) client.connect(replicas[(seed + turn) % replicas.length]!.view);
    else if (!client.receive()) return;
  }
  expect.fail('a client does not come to rest');
}

function fromScratch(projection: Projection, etcd: FakeEtcd): { all: object; selected: object } {
  const source = ScriptedSource.at(etcd.revision, ...etcd.at(etcd.revision).values());
  const rows = [...viewOf(projection(source)).snapshot().rows.range('')];
  const content = (selected: typeof rows): object =>
    Object.fromEntries(selected.map((row) => [row.key, contentOf(row)]));
  return { all: content(rows), selected: content(rows.filter(({ object }) => Number(object['n']) >= 1)) };
}

describe('A client that follows the protocol', function () {
  this.timeout(60_000);
  const converges = (projection: Projection, stories: fc.Arbitrary<Story>, numRuns: number): void => {
    fc.assert(
      fc.property(stories, (one) => play(projection, one)),
      { numRuns },
    );
  };

  it('loses nothing at two replicas of an upstream view', () => {
    converges(tens, story(['drop'], 2), 300);
  });

  it('loses nothing at one process of an upstream view whose upstream drops events in silence', () => {
    // A new process would hide that anything was dropped, see "What the reflector owes".
    converges(tens, story(['restart', 'gone'], 1), 200);
  });

  it('loses nothing at two replicas of a local view, whatever their upstreams drop', () => {
    converges(tensOfOwn, story([], 2), 200);
  });
});
