/**
 * The property of `authorize: 'rows'`: whatever rows and rights change, on any replica and after restarts, each user sees exactly the rows of
 * its namespaces, or a 410, and never receives a byte of another row. ROWS_RUNS sets the number of random histories.
 */
import { expect } from 'chai';
import { configMap, settled } from '../../../src/testing/informers/index.ts';
import type { ClientResponse, Http2Client, LineStream, WatchLine } from '../../support/https-client.ts';
import { BASE, until } from '../../support/test-server.ts';
import { NAMESPACES, PLURALS, SECRET, secretPod, seeded, type State, USERS, World } from './rows-world.ts';

const RUNS = Number(process.env['ROWS_RUNS'] ?? 4);
const STEPS = 60;
/** The age of a checkpoint does not matter, but a history should resume recent ones, too. */
const CHECKPOINTS = 40;

/** What a client knew at a version. */
interface Checkpoint {
  readonly user: string;
  readonly plural: string;
  readonly version: string;
  readonly state: State;
}

interface OpenWatch {
  readonly user: string;
  readonly plural: string;
  readonly state: Map<string, string>;
  readonly stream: LineStream;
  /** The replica of the watch. */
  readonly http2: Http2Client;
  readonly log: string[];
  isOpen: boolean;
  /** The last version of a complete state; empty before. */
  version: string;
}

type Item = { readonly metadata: { namespace: string; name: string; resourceVersion: string }; readonly is: string };

class History {
  readonly world: World;
  readonly #random: () => number;
  readonly #checkpoints: Checkpoint[] = [];
  readonly #watches: OpenWatch[] = [];
  #version = 0;
  readonly counts = { honoured: 0, expired: 0, lists: 0, pages: 0, restarts: 0, events: 0 };

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.world = new World(this.#random);
  }

  async run(): Promise<void> {
    await this.world.start(0);
    await this.world.start(1);
    for (let number = 0; number < 6; number += 1) this.#change();
    for (const user of USERS) await this.world.grant(user, this.#rights());
    for (let step = 0; step < STEPS; step += 1) {
      // At most 100 reviews begin in a second.
      await this.world.advance(1000);
      await this.#step();
      await this.#quiesce();
    }
  }

  async end(): Promise<void> {
    for (const { stream } of this.#watches) stream.cancel();
    await Promise.all(this.world.replicas.map((_, at) => this.world.stop(at)));
  }

  async #step(): Promise<void> {
    const kind = this.#random();
    if (kind < 0.33) for (let count = 1 + this.#below(3); count > 0; count -= 1) this.#change();
    else if (kind < 0.45) await this.world.grant(this.#one(USERS), this.#rights());
    else if (kind < 0.6) await this.#list();
    else if (kind < 0.68) await this.#pages();
    else if (kind < 0.73) await this.#namespaced();
    else if (kind < 0.78) await this.#exact();
    else if (kind < 0.88) await this.#watch();
    else if (kind < 0.94) await this.#resume();
    else if (kind < 0.97) await this.#hurry();
    else if (kind < 0.98) await this.#restart();
    else if (kind < 0.99) await this.world.advance(61_000);
    else await this.world.advance(301_000);
    if (this.#random() < 0.2) this.world.pods.bookmark();
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #one<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  #rights(): 'all' | ReadonlySet<string> {
    if (this.#random() < 0.15) return 'all';
    return new Set(NAMESPACES.filter(() => this.#random() < 0.5));
  }

  /** Adds, changes or deletes a row, or the claim of a row. */
  #change(): void {
    const { pods, claims } = this.world;
    const namespace = this.#one(NAMESPACES);
    const number = this.#below(3);
    const key = `${namespace}/${SECRET}${namespace}.${number}`;
    this.#version += 1;
    if (this.#random() < 0.2) {
      const claim = configMap(key, { is: `${SECRET}${namespace}.c${this.#version}` });
      if (claims.get(key) === undefined) claims.add(claim);
      else if (this.#random() < 0.5) claims.modify(claim);
      else claims.delete(key);
      return;
    }
    const changed = secretPod(namespace, number, this.#version);
    if (pods.get(key) === undefined) pods.add(changed);
    else if (this.#random() < 0.5) pods.modify(changed);
    else pods.delete(key);
  }

  async #get(
    user: string,
    path: string,
    { accept = '*/*', http2 = this.#one(this.world.replicas).http2 } = {},
  ): Promise<ClientResponse> {
    const response = await http2.request(`${BASE}/${path}`, { 'x-remote-user': user, accept });
    this.#check(user, `${JSON.stringify(response.headers)} ${response.text}`);
    return response;
  }

  /** Checks that a text contains no secret that the user may not see, also in the tokens of lists. */
  #check(user: string, text: string): void {
    const tokens = [...text.matchAll(/"continue":"([^"]+)"/g)].map(([, token = '']) =>
      Buffer.from(token, 'base64url').toString(),
    );
    for (const part of [text, ...tokens]) {
      for (const [, namespace = ''] of part.matchAll(/secret-([a-z0-9-]+)\./g)) {
        if (!this.world.sees(user, namespace)) {
          throw new Error(`${user} received a row of ${namespace}, of which it has no right: ${part}`);
        }
      }
    }
  }

  #items(response: ClientResponse): { state: State; list: Record<string, any> } {
    const list = JSON.parse(response.text) as Record<string, any>;
    const items = list['items'] as Item[];
    return { list, state: new Map(items.map(({ metadata, is }) => [`${metadata.namespace}/${metadata.name}`, is])) };
  }

  #keep(checkpoint: Checkpoint): void {
    this.#checkpoints.push(checkpoint);
    if (this.#checkpoints.length > CHECKPOINTS) this.#checkpoints.splice(this.#below(CHECKPOINTS), 1);
  }

  async #list(): Promise<void> {
    const [user, plural] = [this.#one(USERS), this.#one(PLURALS)];
    const accept = this.#one([
      'application/json',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      'application/yaml',
    ]);
    const { http2 } = this.#one(this.world.replicas);
    const response = await this.#get(user, plural, { accept, http2 });
    expect(response.status, response.text).to.equal(200);
    this.counts.lists += 1;
    const expected = this.world.expected(user, plural);
    for (const key of expected.keys()) expect(response.text).to.contain(key.slice(key.indexOf('/') + 1));
    if (accept !== 'application/json') return;
    const { list, state } = this.#items(response);
    expect([...state]).to.deep.equal([...expected].sort(byKey));
    const checkpoint = { user, plural, version: list['metadata'].resourceVersion, state };
    this.#keep(checkpoint);
    // A watch from the version of a list is honoured, if no change comes between them.
    if (this.#random() < 0.5) {
      const watch = await this.#open(checkpoint, `&resourceVersion=${checkpoint.version}`, http2);
      for (let count = 3; count > 0; count -= 1) this.#change();
      await this.#quiesce();
      expect(watch.log.join('\n')).not.to.contain('"type":"ERROR"');
    }
  }

  async #pages(): Promise<void> {
    const [user, plural] = [this.#one(USERS), this.#one(PLURALS)];
    const expected = this.world.expected(user, plural);
    const found = new Map<string, string>();
    let hasChanged = false;
    for (let token = ''; ;) {
      const response = await this.#get(user, `${plural}?limit=2${token === '' ? '' : `&continue=${token}`}`);
      if (response.status === 410) {
        expect(hasChanged).to.equal(true);
        this.counts.expired += 1;
        // The token for the rest of the list is of the same set.
        return;
      }
      expect(response.status, response.text).to.equal(200);
      const { list, state } = this.#items(response);
      for (const [key, is] of state) {
        expect(found.has(key)).to.equal(false);
        found.set(key, is);
      }
      const { continue: next = '', remainingItemCount } = list['metadata'];
      expect(remainingItemCount ?? 0).to.equal(expected.size - found.size);
      this.counts.pages += 1;
      if (next === '') break;
      token = next;
      if (this.#random() < 0.3) {
        const before = this.world.namespaces();
        this.#change();
        // A namespace that gets its first row, or loses its last one, is a change of the set.
        hasChanged ||= this.world.namespaces() !== before;
      }
      if (this.#random() < 0.2) {
        // Events of changes before the grant may still be on their way.
        await this.#quiesce();
        await this.world.grant(user, this.#rights());
        hasChanged = true;
      }
      // The positions of podclaims are those of one replica.
      if (plural === 'podclaims') hasChanged = true;
    }
    expect([...found]).to.deep.equal([...expected].sort(byKey));
  }

  async #namespaced(): Promise<void> {
    const [user, plural, namespace] = [this.#one(USERS), this.#one(PLURALS), this.#one(NAMESPACES)];
    // A decision is kept for ten seconds.
    await this.world.advance(10_000);
    const response = await this.#get(user, `namespaces/${namespace}/${plural}`);
    const name = `${SECRET}${namespace}.${this.#below(3)}`;
    const { http2 } = this.#one(this.world.replicas);
    const one = await http2.request(`${BASE}/namespaces/${namespace}/${plural}/${name}`, { 'x-remote-user': user });
    if (!this.world.sees(user, namespace)) {
      expect([response.status, one.status]).to.deep.equal([403, 403]);
      expect(one.text.replaceAll(name, '')).not.to.contain(SECRET);
      return;
    }
    const expected = this.world.expected(user, plural, namespace);
    expect([...this.#items(response).state]).to.deep.equal([...expected].sort(byKey));
    expect(one.status).to.equal(expected.has(`${namespace}/${name}`) ? 200 : 404);
  }

  async #exact(): Promise<void> {
    if (this.#checkpoints.length === 0) return;
    const { user, plural, version, state } = this.#one(this.#checkpoints);
    const path = `${plural}?resourceVersion=${version}&resourceVersionMatch=Exact`;
    const response = await this.#get(user, path);
    if (response.status === 410) {
      this.counts.expired += 1;
      return;
    }
    expect(response.status, response.text).to.equal(200);
    expect([...this.#items(response).state]).to.deep.equal([...state].sort(byKey));
  }

  /** Opens a watch: from any version that a client of the user has received, or with initial events. */
  async #watch(): Promise<void> {
    const isNew = this.#checkpoints.length === 0 || this.#random() < 0.2;
    const start = isNew
      ? { user: this.#one(USERS), plural: this.#one(PLURALS), version: '', state: new Map<string, string>() }
      : this.#one(this.#checkpoints.slice(this.#random() < 0.7 ? -6 : 0));
    const from = isNew
      ? this.#one(['', '&resourceVersion=0', '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'])
      : `&resourceVersion=${start.version}`;
    await this.#open(start, from, this.#one(this.world.replicas).http2);
  }

  async #open({ user, plural, version, state }: Checkpoint, from: string, http2: Http2Client): Promise<OpenWatch> {
    const isNew = version === '';
    const stream = http2.watch(`${BASE}/${plural}?watch=1&allowWatchBookmarks=true${from}`, { 'x-remote-user': user });
    const log: string[] = [];
    const watch: OpenWatch = { user, plural, state: new Map(state), stream, http2, log, isOpen: true, version };
    this.#watches.push(watch);
    let isFirst = true;
    void (async () => {
      for await (const line of stream) {
        if (line.type === 'ERROR' && isFirst) this.counts.expired += 1;
        isFirst = false;
        this.#receive(watch, line);
      }
      watch.isOpen = false;
    })().catch((error: unknown) => {
      watch.isOpen = false;
      this.#failure ??= error;
    });
    await until(() => stream.status !== 0);
    expect(stream.status).to.equal(200);
    // An ERROR is sent at once.
    for (let turn = 0; turn < 20; turn += 1) await settled();
    if (!isNew && watch.isOpen) this.counts.honoured += 1;
    return watch;
  }

  #failure: unknown;

  #receive(watch: OpenWatch, { type, object }: WatchLine): void {
    const text = JSON.stringify({ type, object });
    watch.log.push(text);
    this.#check(watch.user, text);
    this.counts.events += 1;
    if (type === 'ERROR') {
      expect((object as { code?: number }).code, text).to.equal(410);
      return;
    }
    const { metadata, is } = object as unknown as Item;
    const key = `${metadata.namespace}/${metadata.name}`;
    if (type === 'DELETED') expect(watch.state.delete(key), text).to.equal(true);
    else if (type !== 'BOOKMARK') {
      expect(watch.state.has(key), text).to.equal(type === 'MODIFIED');
      watch.state.set(key, is);
    }
    const { user, plural } = watch;
    // During initial events, the version of a row is not that of a complete state. A bookmark ends them.
    const isInitial = watch.version === '' && type !== 'BOOKMARK';
    if (!isInitial) {
      watch.version = metadata.resourceVersion;
      this.#keep({ user, plural, version: metadata.resourceVersion, state: new Map(watch.state) });
    }
  }

  #isComplete({ user, plural, state }: OpenWatch): boolean {
    const expected = this.world.expected(user, plural);
    return state.size === expected.size && [...expected].every(([key, is]) => state.get(key) === is);
  }

  /** Ends a watch, and continues from its last version, as clients do after a timeout. */
  async #resume(): Promise<void> {
    const last = this.#watches.findLast(({ version }) => version !== '');
    if (last === undefined) return;
    last.stream.cancel();
    await this.#open({ ...last }, `&resourceVersion=${last.version}`, this.#one(this.world.replicas).http2);
  }

  /** Continues a watch of a replica that does not know new rights and new namespaces yet, on the one that knows them. */
  async #hurry(): Promise<void> {
    const { world } = this;
    const last = this.#watches.findLast(({ version, isOpen }) => version !== '' && isOpen);
    if (last === undefined) return;
    const other = this.world.replicas.find(({ http2 }) => http2 !== last.http2) ?? this.#one(world.replicas);
    const begun = { user: last.user, plural: last.plural, version: '', state: new Map<string, string>() };
    await this.#open(begun, '', other.http2);
    await this.#quiesce();
    await world.advance(1000);
    const rights = world.rights.get(last.user) ?? 'all';
    world.slow = world.replicas.findIndex(({ http2 }) => http2 === last.http2);
    // The slow replica does not show rows that the user may no longer see, so no right is lost.
    const more = this.#rights();
    if (this.#random() < 0.5) {
      world.change(last.user, rights === 'all' || more === 'all' ? 'all' : new Set([...rights, ...more]));
    }
    for (let count = 6; count > 0; count -= 1) {
      this.#change();
      for (let turn = this.#below(40); turn > 0; turn -= 1) await settled();
    }
    last.stream.cancel();
    await this.#open({ ...last }, `&resourceVersion=${last.version}`, other.http2);
    world.slow = undefined;
    await world.reviewed();
  }

  async #restart(): Promise<void> {
    const at = this.#below(2);
    await this.world.stop(at);
    await this.world.start(at);
    this.counts.restarts += 1;
  }

  /** Waits until each open watch shows exactly the rows that its user may see now, or has ended. */
  async #quiesce(): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (let turn = 1; ; turn += 1) {
      if (this.#failure !== undefined) throw this.#failure;
      const behind = this.#watches.filter((watch) => watch.isOpen && !this.#isComplete(watch));
      if (behind.length === 0) break;
      const [first] = behind;
      if (Date.now() > deadline && first !== undefined) {
        expect([...first.state].sort(byKey), `${first.user} ${first.plural}\n${first.log.join('\n')}`).to.deep.equal(
          [...this.world.expected(first.user, first.plural)].sort(byKey),
        );
      }
      await settled();
      // Reviews can wait for the next second.
      if (turn % 500 === 0) await this.world.advance(1000);
    }
    for (let at = this.#watches.length - 1; at >= 0; at -= 1)
      if (!this.#watches[at]?.isOpen) this.#watches.splice(at, 1);
  }
}

/** The order of keys in a list: `a-b/x` comes before `a/x`. */
function byKey([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return one < other ? -1 : 1;
}

describe("authorize: 'rows'", () => {
  it('shows each user exactly the rows of its namespaces, or a 410, in random histories', async function () {
    this.timeout(60_000 + RUNS * 60_000);
    const total = { honoured: 0, expired: 0, lists: 0, pages: 0, restarts: 0, events: 0 };
    for (let run = 0; run < RUNS; run += 1) {
      const seed = Number(process.env['ROWS_SEED'] ?? 1) + run;
      const history = new History(seed);
      try {
        await history.run();
      } catch (error) {
        throw new Error(`ROWS_SEED=${seed}: ${(error as Error).message}`, { cause: error });
      } finally {
        await history.end();
      }
      for (const [name, count] of Object.entries(history.counts)) total[name as keyof typeof total] += count;
    }
    if (process.env['ROWS_RUNS'] !== undefined) console.log(total);
    // The histories are not vacuous.
    for (const [name, count] of Object.entries(total)) expect(count, name).to.be.greaterThan(0);
  });
});
