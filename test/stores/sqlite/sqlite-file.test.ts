import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { SqliteCallError } from '../../../src/stores/sqlite/sqlite-failure.ts';
import { SqliteFile } from '../../../src/stores/sqlite/sqlite-file.ts';
import type { SqliteFileOptions, SqliteRow, SqliteWrite } from '../../../src/stores/sqlite/sqlite-messages.ts';
import { openDatabase } from '../../../src/stores/sqlite/sqlite-schema.ts';
import { SqliteFiles } from './sqlite-files.ts';

const RESOURCE = 'tasks.example.com';

const create = (key: string, json = '{}'): SqliteWrite => ({
  type: 'create',
  resource: RESOURCE,
  key,
  expected: 0,
  json: Buffer.from(json),
});
const replace = (key: string, expected: number, json = '{}'): SqliteWrite => ({
  ...create(key, json),
  type: 'replace',
  expected,
});
const remove = (key: string, expected: number): SqliteWrite => ({
  ...create(key),
  type: 'delete',
  expected,
  json: undefined,
});

/** Returns the error of a call. @throws Error if the call succeeds */
function errorOf(call: () => unknown): SqliteCallError {
  try {
    call();
  } catch (error) {
    if (error instanceof SqliteCallError) return error;
    throw error;
  }
  throw new Error('the call succeeded, but must fail');
}

describe('SqliteFile', () => {
  const files = new SqliteFiles();
  const opened: SqliteFile[] = [];
  afterEach(() => opened.splice(0).forEach((file) => file.close()));
  after(() => files.remove());

  function open(options: Partial<SqliteFileOptions> = {}, openFile?: typeof openDatabase): SqliteFile {
    const log = { entries: 100, bytes: 1e9, age: 1e9 };
    const file = new SqliteFile(
      { path: files.path(), firstRevision: 100, maxBytes: 1e9, log, ...options },
      openFile ?? openDatabase,
    );
    opened.push(file);
    return file;
  }

  function allRows(file: SqliteFile): SqliteRow[] {
    const rows: SqliteRow[] = [];
    for (;;) {
      const page = file.page(RESOURCE, rows.at(-1)?.revision ?? 0);
      rows.push(...page.rows);
      if (!page.hasMore) return rows;
    }
  }

  it('flushes each commit to the disk: WAL and synchronous=FULL', () => {
    const database = openDatabase(files.path(), 1);
    const pragma = (name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name];
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('locking_mode')]).to.deep.equal([
      'wal',
      2,
      'exclusive',
    ]);
    database.close();
  });

  it('returns the rows of a resource in pages, in the order of revisions', () => {
    const file = open({ log: { entries: 10, bytes: 1e9, age: 1e9 } });
    const writes = Array.from({ length: 1200 }, (_, n) => create(`t${n}`));
    file.commit(writes, 0);
    expect(file.page(RESOURCE, 0).rows).to.have.length(500);
    expect(allRows(file).map(({ revision }) => revision)).to.deep.equal(writes.map((_, n) => 101 + n));
    file.commit(
      Array.from({ length: 3 }, (_, n) => create(`large${n}`, 'x'.repeat(1024 * 1024))),
      0,
    );
    expect(file.page(RESOURCE, 1300).rows).to.have.length(2);
  });

  it('keeps only the state at the start of the log, and the writes of the log', () => {
    const file = open({ log: { entries: 4, bytes: 1e9, age: 1e9 } });
    file.commit([create('a'), create('b'), create('c')], 0);
    file.commit([replace('a', 101), remove('b', 102)], 0);
    file.commit([replace('a', 104), create('b'), remove('c', 103)], 0);
    // The log has the writes 105 to 108. At 104, the objects were a (104), b (102) and c (103).
    expect(file.page(RESOURCE, 0).compacted).to.equal(104);
    expect(
      allRows(file).map(({ revision, key, json }) => `${revision} ${key}${json === null ? ' -' : ''}`),
    ).to.deep.equal(['102 b', '103 c', '104 a', '105 b -', '106 a', '107 b', '108 c -']);
  });

  it('does not let the file grow with the number of writes', () => {
    const path = files.path();
    const file = open({ path, log: { entries: 20, bytes: 1e9, age: 1e9 } });
    const json = 'x'.repeat(2000);
    file.commit([create('a', json)], 0);
    for (let n = 0; n < 100; n += 1) {
      const writes = Array.from({ length: 20 }, (_, index) => replace('a', file.counter + index, json));
      file.commit(writes, 0);
    }
    expect(file.counter).to.equal(2101);
    // All writes have 4 MB.
    expect(statSync(path).size).to.be.below(500_000);
    expect(statSync(`${path}-wal`).size).to.be.below(8 * 1024 * 1024);
  });

  it('keeps a NUL and other rare characters in keys', () => {
    const file = open();
    const keys = ['a\u0000b', 'ü-😀', "x'; DROP TABLE store; --"];
    file.commit(
      keys.map((key) => create(key)),
      0,
    );
    expect(allRows(file).map(({ key }) => key)).to.deep.equal(keys);
    for (const [index, key] of keys.entries()) expect(file.read(RESOURCE, key)?.revision).to.equal(101 + index);
  });

  it('refuses writes when all revisions below 2^43 are used', () => {
    const file = open({ firstRevision: 2 ** 43 - 3 });
    file.commit([create('a')], 0);
    expect(errorOf(() => file.commit([create('b'), create('c')], 0))).to.include({ kind: 'refused', isBroken: false });
  });

  describe('commits that fail', () => {
    /** Opens databases whose next COMMIT fails. */
    class FailingCommits {
      next: 'before' | 'after' | undefined;
      opens = true;
      readonly open = (path: string, firstRevision: number): DatabaseSync => {
        if (!this.opens) throw ioError();
        const database = openDatabase(path, firstRevision);
        const exec = database.exec.bind(database);
        database.exec = (sql: string): void => {
          const fault = sql === 'COMMIT' ? this.next : undefined;
          if (fault !== 'before') exec(sql);
          if (fault === undefined) return;
          this.next = undefined;
          throw ioError();
        };
        return database;
      };
    }
    const ioError = (): Error => Object.assign(new Error('disk I/O error'), { errcode: 1034 });

    it('writes nothing if the commit was not applied, and works again', () => {
      const faults = new FailingCommits();
      const file = open({}, faults.open);
      file.commit([create('a')], 0);
      faults.next = 'before';
      const failure = errorOf(() => file.commit([create('b'), create('c')], 0));
      expect(failure).to.include({ kind: 'unavailable', isBroken: false });
      expect(failure.message).to.match(/cannot be read or written: disk I\/O error; check its disk$/);
      expect(file.read(RESOURCE, 'b')).to.equal(undefined);
      expect(file.commit([create('b')], 0)).to.deep.equal([{ type: 'written', revision: 102 }]);
    });

    it('acknowledges the batch if the commit was applied and then flushed', () => {
      const faults = new FailingCommits();
      const file = open({}, faults.open);
      faults.next = 'after';
      expect(file.commit([create('a')], 0)).to.deep.equal([{ type: 'written', revision: 101 }]);
      expect(file.commit([create('a')], 0)).to.deep.equal([{ type: 'exists' }]);
    });

    it('has an unknown outcome if the file cannot be opened again', () => {
      const faults = new FailingCommits();
      const file = new SqliteFile(
        { path: files.path(), firstRevision: 1, maxBytes: 1e9, log: { entries: 1, bytes: 1, age: 1 } },
        faults.open,
      );
      faults.next = 'after';
      faults.opens = false;
      expect(errorOf(() => file.commit([create('a')], 0))).to.include({ kind: 'unknown', isBroken: true });
    });

    it('writes nothing if the disk is full, and writes again when it has space', () => {
      const file = open({ log: { entries: 0, bytes: 0, age: 0 } }, (path, firstRevision) => {
        const database = openDatabase(path, firstRevision);
        database.exec(`PRAGMA max_page_count = 40`);
        return database;
      });
      let written = 0;
      const failure = errorOf(() => {
        for (; ; written += 1) file.commit([create(`t${written}`, 'x'.repeat(8000))], 0);
      });
      expect(failure).to.include({ kind: 'full', isBroken: false });
      expect(failure.message).to.match(/^the disk of .* is full; free some space, or enlarge the volume$/);
      expect(allRows(file)).to.have.length(written);
      file.commit([remove('t0', 101)], 0);
      file.commit([create('small', 'x'.repeat(4000))], 0);
    });

    it('survives a real disk without space', function () {
      const folder = files.path('full');
      mkdirSync(folder);
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', folder]).status !== 0) this.skip();
      try {
        const path = `${folder}/store.db`;
        const file = new SqliteFile(
          { path, firstRevision: 100, maxBytes: 1e9, log: { entries: 10, bytes: 1e9, age: 1e9 } },
          openDatabase,
        );
        let written = 0;
        const failure = errorOf(() => {
          for (; ; written += 1) file.commit([create(`t${written}`, 'x'.repeat(3000))], 0);
        });
        expect(failure.kind, failure.message).to.be.oneOf(['full', 'unknown']);
        expect(written).to.be.above(5);
        expect(spawnSync('mount', ['-o', 'remount,size=4m', folder]).status).to.equal(0);
        file.close();
        const again = new SqliteFile(
          { path, firstRevision: 100, maxBytes: 1e9, log: { entries: 10, bytes: 1e9, age: 1e9 } },
          openDatabase,
        );
        expect(allRows(again).length).to.be.within(written, written + Number(failure.kind === 'unknown'));
        again.commit([create('again')], 0);
        again.close();
      } finally {
        spawnSync('umount', ['-l', folder]);
      }
    });
  });
});
