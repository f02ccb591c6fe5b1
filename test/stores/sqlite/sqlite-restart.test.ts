import { expect } from 'chai';
import fc from 'fast-check';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';
import { ExpiredError } from '../../../src/projections/errors.ts';
import { MaterializedView } from '../../../src/projections/materialized-view.ts';
import type { ObjectStore, Versioned } from '../../../src/stores/object-store.ts';
import { restoreSqliteFile } from '../../../src/stores/sqlite/restore-file.ts';
import type { SqliteStoreOptions } from '../../../src/stores/sqlite/sqlite-store.ts';
import { NEVER, task, TASKS, titleOf, whenever } from '../tasks.ts';
import { SqliteFiles } from './sqlite-files.ts';

const IDENTITY = { version: 'v1', group: 'example.com', kind: 'Task', namespaced: true, keepsUid: true };

/** A store as a server uses it, with the view that its clients read. */
class Process {
  readonly tasks: ObjectStore;
  readonly view: MaterializedView;
  readonly #close: () => Promise<void>;

  private constructor(files: SqliteFiles, path: string, options: Partial<SqliteStoreOptions>) {
    const store = files.open({ path, ...options });
    this.tasks = store.open(TASKS);
    this.view = new MaterializedView(this.tasks.objects, { ...IDENTITY, definition: '' });
    this.view.start();
    this.#close = () => store.close();
  }

  static async start(files: SqliteFiles, path: string, options: Partial<SqliteStoreOptions> = {}): Promise<Process> {
    const process = new Process(files, path, options);
    await whenever(process.tasks.objects, () => process.tasks.objects.hasSynced);
    return process;
  }

  async create(key: string, title = key): Promise<Versioned> {
    return this.tasks.create(task(key, title), NEVER);
  }

  /** Returns the events that a client receives which resumes at a position. */
  eventsFrom(position: bigint): string[] {
    const cursor = this.view.watchFrom(position);
    const events: string[] = [];
    for (let event = cursor.next(); event !== undefined; event = cursor.next()) {
      const { after, before } = event.entry;
      const row = (after ?? before)!;
      events.push(`${before === undefined ? 'ADDED' : after === undefined ? 'DELETED' : 'MODIFIED'} ${row.key}`);
    }
    return events;
  }

  rows(): string[] {
    return [...nodeOf(this.tasks.objects).entries()]
      .map(([key, object]) => `${key} ${titleOf(object)} ${object.metadata.resourceVersion}`)
      .toSorted();
  }

  async stop(): Promise<void> {
    this.view.stop();
    await this.#close();
  }
}

describe('sqliteStore() after a restart', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  it('has all objects at their revisions, and continues the counter', async () => {
    const path = files.path();
    const first = await Process.start(files, path);
    await first.create('shop/a');
    const gone = await first.create('shop/b');
    const last = await first.tasks.delete('shop/b', gone.revision, NEVER);
    const rows = first.rows();
    await first.stop();
    const second = await Process.start(files, path);
    expect(second.rows()).to.deep.equal(rows);
    expect((await second.create('shop/c')).revision).to.equal(last.revision + 1);
  });

  it('resumes watches exactly, from each position of the log', async () => {
    const path = files.path();
    const first = await Process.start(files, path);
    const positions = [first.view.position];
    const record = (): number => positions.push(first.view.position);
    const a = await first.create('shop/a');
    record();
    await first.create('shop/b');
    record();
    const changed = await first.tasks.replace(task('shop/a', 'changed'), a.revision, NEVER);
    record();
    await first.tasks.delete('shop/a', changed.revision, NEVER);
    record();
    await first.stop();
    const second = await Process.start(files, path);
    const all = ['ADDED shop/a', 'ADDED shop/b', 'MODIFIED shop/a', 'DELETED shop/a'];
    positions.forEach((position, index) =>
      expect(second.eventsFrom(position), `from position ${index}`).to.deep.equal(all.slice(index)),
    );
  });

  it('does not depend on the clock: positions resume after the clock was set back', async () => {
    const path = files.path();
    const first = await Process.start(files, path, { clock: clockAt('2026-11-30') });
    await first.create('shop/a');
    const { position } = first.view;
    const { revision } = await first.create('shop/b');
    await first.stop();
    const second = await Process.start(files, path, { clock: clockAt('2020-01-01') });
    expect(second.eventsFrom(position)).to.deep.equal(['ADDED shop/b']);
    expect((await second.create('shop/c')).revision).to.equal(revision + 1);
  });

  it('begins a new file above the revisions of a file that it replaces', async () => {
    const old = await Process.start(files, files.path(), { clock: clockAt('2026-11-30T10:00:00Z') });
    const { revision } = await old.create('shop/a');
    const replaced = await Process.start(files, files.path(), { clock: clockAt('2026-11-30T10:00:01Z') });
    expect(Number(nodeOf(replaced.tasks.objects).lineage?.source.frontier)).to.be.above(revision);
  });

  const bounds = [
    { log: { entries: 3 }, kept: 3 },
    { log: { bytes: 3 * JSON.stringify(task('shop/t0', 'shop/t0')).length }, kept: 3 },
  ];
  for (const { log, kept } of bounds) {
    it(`expires positions older than a log of ${JSON.stringify(log)}`, async () => {
      const path = files.path();
      const first = await Process.start(files, path, { log });
      const positions: bigint[] = [];
      for (let n = 0; n < 6; n += 1) {
        positions.push(first.view.position);
        await first.create(`shop/t${n}`);
      }
      await first.stop();
      const second = await Process.start(files, path, { log });
      positions.forEach((position, index) => {
        const events = Array.from({ length: 6 - index }, (_, n) => `ADDED shop/t${index + n}`);
        if (events.length > kept) expect(() => second.eventsFrom(position), String(index)).to.throw(ExpiredError);
        else expect(second.eventsFrom(position)).to.deep.equal(events);
      });
      expect(second.rows()).to.have.length(6);
    });
  }

  it('expires positions by age at the next write, and none while the resource is quiet', async () => {
    const path = files.path();
    const clock = { ...clockAt('2026-11-30'), at: Date.parse('2026-11-30') };
    const log = { age: 1000 };
    const options = { log, clock: { ...clock, now: () => clock.at } };
    const first = await Process.start(files, path, options);
    const old = first.view.position;
    await first.create('shop/a');
    await first.stop();
    clock.at += 5000;
    const second = await Process.start(files, path, options);
    expect(second.eventsFrom(old)).to.deep.equal(['ADDED shop/a']);
    const young = second.view.position;
    await second.create('shop/b');
    await second.stop();
    const third = await Process.start(files, path, options);
    expect(() => third.eventsFrom(old)).to.throw(ExpiredError);
    expect(third.eventsFrom(young)).to.deep.equal(['ADDED shop/b']);
  });

  it('keeps the log of a quiet resource when another resource is busy', async () => {
    const path = files.path();
    const options = { log: { entries: 2 } };
    const first = await Process.start(files, path, options);
    const { position } = first.view;
    await first.create('shop/a');
    await first.stop();
    const store = files.open({ path, ...options });
    for (let n = 0; n < 10; n += 1) await store.open({ ...TASKS, resource: 'busy' }).create(task(`t${n}`, ''), NEVER);
    await store.close();
    const second = await Process.start(files, path, options);
    expect(second.eventsFrom(position)).to.deep.equal(['ADDED shop/a']);
  });

  it('gives 410 to every position of a history that a restored backup has lost', async () => {
    const path = files.path();
    const backup = files.path('backup.db');
    const first = await Process.start(files, path);
    await first.create('shop/kept');
    const before = first.view.position;
    await first.stop();
    const copied = files.open({ path });
    await copied.backup(backup);
    await copied.close();

    const lost = await Process.start(files, path);
    await lost.create('shop/lost');
    const { revision } = await lost.create('shop/lost-too');
    const after = lost.view.position;
    await lost.stop();
    const restored = restoreSqliteFile(path, backup);
    expect(restored.first).to.be.above(revision);

    const next = await Process.start(files, path);
    expect(next.rows().map((row) => row.split(' ')[0])).to.deep.equal(['shop/kept']);
    for (const position of [before, after]) expect(() => next.eventsFrom(position)).to.throw(ExpiredError);
    const current = next.view.position;
    expect((await next.create('shop/new')).revision).to.be.above(restored.first);
    expect(next.eventsFrom(current)).to.deep.equal(['ADDED shop/new']);
  });

  it('loses nothing in random histories with restarts: each position resumes to the same rows', async () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ key: fc.constantFrom('shop/a', 'shop/b', 'team/a'), remove: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constant('restart' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (history) => {
        const path = files.path();
        const options = { log: { entries: 8 } };
        let process = await Process.start(files, path, options);
        const model = new Map<string, Versioned>();
        const rows = (): string[] =>
          [...model].map(([key, { object, revision }]) => `${key} ${titleOf(object)} ${revision}`).toSorted();
        /** The rows at each position that a client may hold, and the number of writes after it. */
        const held: { readonly position: bigint; readonly writes: number }[] = [];
        const events: string[] = [];
        for (const [index, one] of history.entries()) {
          held.push({ position: process.view.position, writes: events.length });
          if (one === 'restart') {
            await process.stop();
            process = await Process.start(files, path, options);
            expect(process.rows()).to.deep.equal(rows());
          } else {
            events.push(await change(process.tasks, model, { ...one, title: String(index) }));
          }
        }
        await process.stop();
        process = await Process.start(files, path, options);
        expect(process.rows()).to.deep.equal(rows());
        for (const { position, writes } of held) {
          const missed = events.slice(writes);
          if (missed.length > 8) expect(() => process.eventsFrom(position)).to.throw(ExpiredError);
          else expect(process.eventsFrom(position)).to.deep.equal(missed);
        }
        await process.stop();
      }),
      { numRuns: 8 },
    );
  });
});

async function change(
  store: ObjectStore,
  model: Map<string, Versioned>,
  { key, remove, title }: { readonly key: string; readonly remove: boolean; readonly title: string },
): Promise<string> {
  const now = model.get(key);
  if (now === undefined) {
    model.set(key, await store.create(task(key, title), NEVER));
    return `ADDED ${key}`;
  }
  if (remove) {
    await store.delete(key, now.revision, NEVER);
    model.delete(key);
    return `DELETED ${key}`;
  }
  model.set(key, await store.replace(task(key, title), now.revision, NEVER));
  return `MODIFIED ${key}`;
}

function clockAt(date: string): { readonly now: () => number; readonly schedule: () => () => void } {
  return { now: () => Date.parse(date), schedule: () => () => undefined };
}
