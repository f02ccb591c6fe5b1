import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  StoredValueError,
  StoreFullError,
  StoreRefusedError,
  StoreUnavailableError,
} from '../../../src/stores/errors.ts';
import { describeFailure } from '../../../src/stores/sqlite/sqlite-failure.ts';
import { restoreSqliteFile } from '../../../src/stores/sqlite/restore-file.ts';
import { nodeOf } from '../../../src/informers/collection/collection-node.ts';
import { track } from '../../../src/testing/informers/index.ts';
import { failureOf, NEVER, task, TASKS } from '../tasks.ts';
import { until } from '../../support/until.ts';
import { SqliteFiles } from './sqlite-files.ts';

describe('sqliteStore() and files that it cannot use', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  /** Returns the message of an attempt to open a file. */
  async function refusalOf(path: string, kind: Function): Promise<string> {
    const store = files.open({ path });
    const failure = await failureOf(store.ready(NEVER));
    expect(failure).to.be.instanceOf(kind);
    const written = await failureOf(store.open(TASKS).create(task('a', ''), NEVER));
    expect(written).to.be.instanceOf(kind);
    expect(written.message).to.equal(failure.message);
    expect(failure.message).to.not.contain('\n');
    await store.close();
    return failure.message;
  }

  it('refuses a file that another store of this process uses', async () => {
    const path = files.path();
    await files.open({ path }).ready(NEVER);
    expect(await refusalOf(path, StoreUnavailableError)).to.equal(
      `${path} is in use by another process; stop that process, or use another path`,
    );
  });

  it('keeps other processes out from the moment at which the file is open', async () => {
    const path = files.path();
    await files.open({ path }).ready(NEVER);
    const index = JSON.stringify(resolve(import.meta.dirname, '../../../src/stores/index.ts'));
    const program = `
      const { sqliteStore } = await import(${index});
      const store = sqliteStore({ path: ${JSON.stringify(path)} });
      await store.ready(new AbortController().signal).catch((error) => console.log(error.name + ': ' + error.message));
      await store.close();`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(stdout).to.equal(
      `StoreUnavailableError: ${path} is in use by another process; stop that process, or use another path\n`,
    );
  });

  it('opens the file as soon as the other process has released it', async () => {
    const path = files.path();
    const first = files.open({ path });
    await first.ready(NEVER);
    const second = files.open({ path, backoff: { initial: 1, maximum: 1 } });
    await failureOf(second.ready(NEVER));
    await first.close();
    let failures = 0;
    while (
      await second.ready(NEVER).then(
        () => false,
        () => true,
      )
    ) {
      failures += 1;
      // The next attempt starts after the backoff.
      await new Promise((next) => setImmediate(next));
      if (failures > 1_000_000) throw new Error('the file was not opened');
    }
    await second.open(TASKS).create(task('a', ''), NEVER);
  });

  it('says that the folder does not exist', async () => {
    const path = files.path('missing/store.db');
    expect(await refusalOf(path, StoreRefusedError)).to.equal(
      `the folder of ${path} does not exist; create the folder, or mount the volume there`,
    );
  });

  it('refuses a folder', async () => {
    const path = files.path('folder');
    mkdirSync(path);
    expect(await refusalOf(path, StoreRefusedError)).to.equal(`${path} is a folder; use the path of a file in it`);
  });

  it('refuses a file that is not an SQLite file', async () => {
    const path = files.path();
    writeFileSync(path, 'kind: Pod\n'.repeat(1000));
    expect(await refusalOf(path, StoreRefusedError)).to.equal(
      `${path} is not an SQLite file; use another path, or move the file away`,
    );
  });

  it('refuses the SQLite file of another program', async () => {
    const path = files.path();
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE users (name TEXT)');
    database.close();
    expect(await refusalOf(path, StoreRefusedError)).to.equal(`${path} belongs to another program; use another path`);
  });

  it('refuses a file with a newer schema, and leaves it as it is', async () => {
    const path = await storeFile();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 2');
    database.close();
    expect(await refusalOf(path, StoreRefusedError)).to.match(/schema version 2, .* up to version 1; update kubefacet/);
  });

  it('reports a damaged file, and the restore of a backup repairs it', async () => {
    const path = await storeFile(200);
    const backup = files.path('backup.db');
    copyFileSync(path, backup);
    const descriptor = openSync(path, 'r+');
    for (let page = 1; page < statSync(path).size / 4096; page += 1)
      writeSync(descriptor, Buffer.alloc(4096, 0xff), 0, 4096, page * 4096);
    expect(await refusalOf(path, StoreRefusedError)).to.equal(
      `${path} is damaged; stop the server, and run: kubefacet store restore ${path} --from BACKUP`,
    );
    expect(() => restoreSqliteFile(path)).to.throw(StoreRefusedError, 'is damaged');
    restoreSqliteFile(path, backup);
    expect(await files.open({ path }).open(TASKS).read('t199', NEVER)).to.not.equal(undefined);
  });

  it('skips a value that is not an object, reports it, and serves the other objects', async () => {
    const path = await storeFile(3);
    const database = new DatabaseSync(path);
    database.prepare('UPDATE writes SET json = ? WHERE key = ?').run(Buffer.from('{"kind":'), 't1');
    database.close();
    const tasks = files.open({ path }).open(TASKS);
    using _running = track(tasks.objects);
    await until(() => nodeOf(tasks.objects).size === 2);
    expect([...tasks.objects.errors.keys()]).to.deep.equal(['t1']);
    expect(nodeOf(tasks.objects).sources()[0]?.message).to.contain('the value stored under t1 is not JSON');
    expect(nodeOf(tasks.objects).statistics.errors).to.equal(1);
    for (const call of [() => tasks.read('t1', NEVER), () => tasks.replace(task('t1', ''), 1, NEVER)])
      expect(await failureOf(call())).to.be.instanceOf(StoredValueError);
    expect(await tasks.read('t2', NEVER)).to.not.equal(undefined);
  });

  it('reports a file and a folder that the user of the process may not write', async function () {
    const path = await storeFile();
    const folder = dirname(path);
    chmodSync(folder, 0o755);
    chmodSync(path, 0o444);
    const source = resolve(import.meta.dirname, '../../../src/stores/sqlite/sqlite-file.ts');
    const program = `
      const { SqliteFile } = await import(${JSON.stringify(source)});
      for (const path of process.argv.slice(1)) {
        const log = { entries: 1, bytes: 1, age: 1 };
        try {
          new SqliteFile({ path, firstRevision: 1, maxBytes: 1, log });
        } catch (error) {
          console.log(error.kind + ': ' + error.message);
        }
      }`;
    // Root may write to every file. As root, the program runs as another user, if that user can read the sources.
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? { uid: 65_534 } : {};
    if (spawnSync(process.execPath, ['--eval', `fs.readFileSync(${JSON.stringify(source)})`], user).status !== 0)
      this.skip();
    const missing = join(folder, 'new.db');
    const args = ['--input-type=module', '--eval', program, path, ...(isRoot ? [missing] : [])];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', ...user });
    const lines = stdout.trim().split('\n');
    expect(lines).to.have.length(isRoot ? 2 : 1);
    for (const line of lines)
      expect(line).to.match(/^refused: .* is read-only; make the file and its folder writable for this process/);
  });

  it('describes the result code of a read-only file', () => {
    const error = Object.assign(new Error('attempt to write a readonly database'), { errcode: 8 });
    const failure = describeFailure('/data/a.db', error);
    expect(failure.kind).to.equal('refused');
    expect(failure.message).to.match(
      /^\/data\/a\.db is read-only; make the file and its folder writable for this process/,
    );
  });

  it('says that Node.js runs without node:sqlite', () => {
    const schema = JSON.stringify(resolve(import.meta.dirname, '../../../src/stores/sqlite/sqlite-schema.ts'));
    const program = `(await import(${schema})).openDatabase('/data/a.db', 1)`;
    const { stderr } = spawnSync(process.execPath, ['--no-experimental-sqlite', '--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    expect(stderr).to.contain('sqliteStore needs the module node:sqlite, and this Node.js');
  });

  it('rejects an empty path', () => {
    expect(() => files.open({ path: '' })).to.throw(TypeError, 'path is empty');
  });

  it('does not create or lock the file before it is used', async () => {
    const path = files.path();
    files.open({ path }).open(TASKS);
    await files.open({ path }).ready(NEVER);
  });

  it('fails a write beyond maxBytes, and accepts it after a deletion', async () => {
    const one = Buffer.byteLength(JSON.stringify(task('t0', 'x')));
    const store = files.open({ maxBytes: 3 * one }).open(TASKS);
    const first = await store.create(task('t0', 'x'), NEVER);
    await store.create(task('t1', 'x'), NEVER);
    const third = await store.create(task('t2', 'x'), NEVER);
    expect(await failureOf(store.create(task('t3', 'x'), NEVER))).to.be.instanceOf(StoreFullError);
    expect(await failureOf(store.replace(task('t2', 'xx'), third.revision, NEVER))).to.be.instanceOf(StoreFullError);
    await store.replace(task('t2', 'y'), third.revision, NEVER);
    await store.delete('t0', first.revision, NEVER);
    await store.create(task('t3', 'x'), NEVER);
  });

  async function storeFile(objects = 1): Promise<string> {
    const path = files.path();
    const store = files.open({ path });
    const tasks = store.open(TASKS);
    await Promise.all(Array.from({ length: objects }, (_, n) => tasks.create(task(`t${n}`, 'x'.repeat(500)), NEVER)));
    await store.close();
    expect(statSync(join(path)).size).to.be.above(0);
    return path;
  }
});
