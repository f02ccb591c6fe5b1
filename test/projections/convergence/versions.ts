/**
 * The convergence property of versions of upstream views (docs/resource-versions.md): replicas, skipped spans, positions of lost histories, exact
 * lists, pages and writes. It is the executable model of the contract, with the real view.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { contentOf, EtcdHistory } from './etcd-history.ts';
import { contentOfRow, revisionOf, VersionedClient, type VersionedKnowledge } from './versioned-client.ts';
import { VersionedReplica } from './versioned-replica.ts';
import { VersionedWrite } from './versioned-write.ts';

/** Values whose rows are equal, differ, do not match the selector, are filtered out, or cannot be projected. */
const VALUES = [-5, 3, 13, 15, 18, 25];
const KEYS = ['a/v', 'a/w', 'a/x', 'a/y', 'a/z'];

/** The relative frequency of each step. */
const STEPS = {
  put: 20,
  touch: 10,
  delete: 4,
  tick: 3,
  deliver: 20,
  drop: 2,
  silence: 2,
  bookmark: 5,
  relist: 6,
  restart: 1,
  restore: 1,
  bump: 1,
  connect: 16,
  page: 4,
  receive: 24,
  receiveBookmark: 6,
  cut: 5,
  revive: 4,
  readExactly: 5,
  write: 6,
  writeStep: 12,
} as const;

type StepType = keyof typeof STEPS;

interface Step {
  readonly type: StepType;
  readonly client: number;
  readonly replica: number;
  readonly key: number;
  readonly value: number;
  /** The number of revisions that a restore undoes. */
  readonly back: number;
  readonly times: number;
}

interface Story {
  readonly entries: number;
  readonly steps: readonly Step[];
}

const REPLICAS = 2;

class World {
  history = new EtcdHistory();
  readonly replicas: readonly VersionedReplica[];
  readonly clients: VersionedClient[];
  readonly handedOut: VersionedKnowledge[] = [];
  readonly #hasTruth: boolean;
  readonly #writes = new Set<VersionedWrite>();

  constructor({ entries, steps }: Story) {
    this.#hasTruth = !steps.some(({ type }) => type === 'drop');
    for (const key of KEYS) this.history.put(key, 25);
    this.replicas = Array.from({ length: REPLICAS }, () => new VersionedReplica(this.history, entries));
    this.clients = [false, false, true].map((selective) => this.client({ selective }));
  }

  client(known: Pick<VersionedKnowledge, 'selective'> | VersionedKnowledge): VersionedClient {
    const checks = { truth: this.#hasTruth };
    const record = (one: VersionedKnowledge): void => void this.handedOut.push(one);
    return new VersionedClient({ selective: known.selective, checks, record }, 'rows' in known ? known : undefined);
  }

  run({ type, client: clientIndex, replica: replicaIndex, key: keyIndex, value, back, times }: Step): void {
    const replica = this.replicas[replicaIndex]!;
    const client = this.clients[clientIndex % this.clients.length]!;
    const key = KEYS[keyIndex]!;
    const n = VALUES[value]!;
    const repeatedly = (action: () => void): void => Array.from({ length: times }).forEach(action);
    const known = this.handedOut[(clientIndex * 37 + keyIndex * 11 + value) % this.handedOut.length];
    const actions: Record<StepType, () => void> = {
      put: () => this.write(() => this.history.put(key, n)),
      touch: () => this.write(() => this.history.put(key, this.history.objects.get(key)?.n ?? n)),
      delete: () => this.write(() => this.history.delete(key)),
      tick: () => this.write(() => this.history.tick()),
      deliver: () => repeatedly(() => replica.deliver(this.history)),
      drop: () => replica.deliver(this.history, true),
      silence: () => void (replica.isSilent = true),
      bookmark: () => replica.bookmark(this.history),
      relist: () => replica.relist(this.history),
      restart: () => replica.restart(this.history),
      restore: () => this.#restore(back, false),
      bump: () => this.#restore(back, true),
      connect: () => client.connect(replica, this.history, false),
      page: () => client.connect(replica, this.history, true),
      receive: () => repeatedly(() => client.receive()),
      receiveBookmark: () => client.receiveBookmark(),
      cut: () => client.cut(),
      revive: () => void (known && this.clients.push(this.client(known))),
      readExactly: () => known && client.readExactly(replica, known),
      write: () => {
        const row = client.rows.get(key);
        if (row !== undefined) this.#writes.add(new VersionedWrite(row, replica, n));
      },
      writeStep: () => {
        for (const one of this.#writes) if (this.write(() => one.step(this.history))) this.#writes.delete(one);
      },
    };
    actions[type]();
  }

  /** Writes to upstream. A replica with revisions of a lost history notices before the counter overtakes it. */
  write<T>(write: () => T): T {
    for (const replica of this.replicas) replica.recognise(this.history, this.history.revision + 1);
    return write();
  }

  #restore(back: number, isBumped: boolean): void {
    const at = Math.max(12, this.history.revision - back);
    this.history = new EtcdHistory({ parent: this.history, at, isBumped });
    for (const replica of this.replicas) replica.recognise(this.history, this.history.revision);
  }

  /** Delivers everything. Events that were dropped silently are found by lists. */
  calm(): void {
    this.write(() => this.history.tick());
    for (const replica of this.replicas) {
      if (!this.#hasTruth) replica.relist(this.history);
      replica.catchUp(this.history);
    }
  }
}

/** Plays a story to its end, and checks all clients. */
function play(story: Story): void {
  const world = new World(story);
  for (const step of story.steps) world.run(step);
  world.calm();
  for (const replica of world.replicas) world.client({ selective: false }).seeCurrent(replica);
  const resumed = world.handedOut.flatMap((known) =>
    world.replicas.map((first) => ({ client: world.client(known), first })),
  );
  for (const known of world.handedOut)
    for (const replica of world.replicas) world.client(known).readExactly(replica, known);
  const clients = [...world.clients.map((client) => ({ client, first: world.replicas[0]! })), ...resumed];
  for (const { client, first } of clients) settle(world, client, first);
  for (const { client } of clients.slice(0, world.clients.length)) writeFromCache(world, client);
}

/** Lets a client read until nothing is left, and checks its rows. */
function settle({ history, replicas }: World, client: VersionedClient, first: VersionedReplica): void {
  for (let turn = 0; turn < 1000; turn += 1) {
    const replica = turn < 50 ? first : replicas[Math.floor(turn / 50) % replicas.length]!;
    if (!client.connected) client.connect(replica, history, false);
    else if (!client.receive()) {
      // A restore has undone the position at which a watch waits. The watch times out, and the next one is checked against upstream.
      if (client.position !== undefined && revisionOf(client.position) > history.revision) {
        client.cut();
        continue;
      }
      const rows = [...history.objects].flatMap(([key, object]) => {
        const content = contentOf(object);
        return content === undefined || (client.selective && Number.parseInt(content, 10) < 1) ? [] : [[key, content]];
      });
      const found = Object.fromEntries([...client.rows].map(([key, row]) => [key, contentOfRow(row)]));
      expect(found, 'rows in the end').to.deep.equal(Object.fromEntries(rows));
      return;
    }
  }
  expect.fail('a client does not stop reading');
}

/** A controller that writes the rows of its informer through the replica of its watch is rejected at most until the row is sent again. */
function writeFromCache(world: World, client: VersionedClient): void {
  for (const key of client.rows.keys()) {
    for (let attempt = 0; ; attempt += 1) {
      const { replica } = client;
      const [row, mine] = [replica?.view.get(key), client.rows.get(key)];
      if (replica === undefined || row === undefined || mine === undefined) expect.fail(`${key} is not shown`);
      if (replica.view.stateSince(row, BigInt(mine.object.metadata.resourceVersion)) === 'unchanged') break;
      expect(attempt, `the write of ${key} is rejected forever`).to.be.lessThan(2);
      replica.view.resend(key);
      world.history.tick();
      replica.bookmark(world.history);
      settle(world, client, replica);
    }
  }
}

function story(without: readonly StepType[]): fc.Arbitrary<Story> {
  const types = Object.entries(STEPS)
    .filter(([type]) => !without.includes(type as StepType))
    .map(([type, weight]) => ({ weight, arbitrary: fc.constant(type as StepType) }));
  const step = fc.record({
    type: fc.oneof(...types),
    client: fc.nat(2),
    replica: fc.nat(REPLICAS - 1),
    key: fc.nat(KEYS.length - 1),
    value: fc.nat(VALUES.length - 1),
    back: fc.integer({ min: 1, max: 15 }),
    times: fc.constantFrom(1, 1, 2, 4),
  });
  return fc.record({
    entries: fc.constantFrom(6, 1000, 1000),
    steps: fc.array(step, { maxLength: 160, size: 'max' }),
  });
}

/** A kind of stories. */
export interface VersionProperty {
  readonly name: string;
  readonly stories: fc.Arbitrary<Story>;
}

export const VERSION_PROPERTIES: readonly VersionProperty[] = [
  { name: 'two replicas, with writes', stories: story(['drop', 'restore', 'bump']) },
  { name: 'an upstream that was restored from a backup', stories: story(['drop', 'bump']) },
  { name: 'an upstream that was restored with other revisions', stories: story(['drop', 'restore']) },
  {
    name: 'an upstream that drops events in silence for one replica',
    stories: story(['restore', 'bump', 'write', 'writeStep']),
  },
];

/** Plays random stories. @throws Error of fast-check, with the shortest story that breaks a promise */
export function versionsHold({ stories }: VersionProperty, parameters: fc.Parameters<[Story]>): void {
  fc.assert(fc.property(stories, play), parameters);
}
