import { expect } from 'chai';
import { copyFileSync, writeFileSync } from 'node:fs';
import { StoreRefusedError, StoreUnavailableError } from '../../../src/stores/errors.ts';
import { restoreSqliteFile } from '../../../src/stores/sqlite/restore-file.ts';
import { NEVER, task, TASKS } from '../tasks.ts';
import { SqliteFiles } from './sqlite-files.ts';

describe('restoreSqliteFile()', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  it('refuses a file that is in use', async () => {
    const path = await storeFile();
    const backup = await storeFile();
    await files.open({ path }).ready(NEVER);
    for (const from of [undefined, backup])
      expect(() => restoreSqliteFile(path, from)).to.throw(StoreUnavailableError, `${path} is in use`);
  });

  it('refuses a backup that is in use, because a copy of it could be incomplete', async () => {
    const path = await storeFile();
    const live = await storeFile();
    await files.open({ path: live }).ready(NEVER);
    expect(() => restoreSqliteFile(path, live)).to.throw(StoreUnavailableError, `${live} is in use`);
  });

  it('refuses a missing and an empty backup, and leaves the file as it is', async () => {
    const path = await storeFile();
    const empty = files.path('empty.db');
    writeFileSync(empty, '');
    expect(() => restoreSqliteFile(path, empty)).to.throw(StoreRefusedError, `${empty} is empty`);
    expect(() => restoreSqliteFile(path, '/missing.db')).to.throw(StoreRefusedError, '/missing.db does not exist');
    expect(() => restoreSqliteFile(path, path)).to.throw(StoreRefusedError, 'from itself');
    expect(await files.open({ path }).open(TASKS).read('t0', NEVER)).to.not.equal(undefined);
  });

  it('ignores the WAL of the replaced file', async () => {
    const path = await storeFile();
    const backup = files.path('backup.db');
    copyFileSync(path, backup);
    // The files of a process that was killed, with a write in the WAL.
    const killed = files.path('killed.db');
    const store = files.open({ path });
    await store.open(TASKS).create(task('lost', ''), NEVER);
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, killed + suffix);
    await store.close();
    const { last, first } = restoreSqliteFile(killed, backup);
    expect(first - last).to.equal(2 ** 32);
    const restored = files.open({ path: killed }).open(TASKS);
    expect(await restored.read('lost', NEVER)).to.equal(undefined);
    expect((await restored.read('t0', NEVER))?.revision).to.equal(last);
  });

  async function storeFile(): Promise<string> {
    const path = files.path();
    const store = files.open({ path });
    await store.open(TASKS).create(task('t0', ''), NEVER);
    await store.close();
    return path;
  }
});
