import { expect } from 'chai';
import { statSync } from 'node:fs';
import { objectStoreSuite } from '../object-store.suite.ts';
import { failureOf, NEVER, task, TASKS } from '../tasks.ts';
import { SqliteFiles } from './sqlite-files.ts';

describe('sqliteStore() and the contract of stores', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  it('creates files that only their owner may read', async () => {
    const path = files.path();
    const backup = files.path('backup.db');
    const store = files.open({ path });
    await store.open(TASKS).create(task('a', ''), NEVER);
    await store.backup(backup);
    for (const file of [path, `${path}-wal`, backup]) expect(statSync(file).mode & 0o777, file).to.equal(0o600);
  });

  it('writes a backup that has every acknowledged write, and refuses to overwrite a file', async () => {
    const backup = files.path('backup.db');
    const store = files.open();
    const tasks = store.open(TASKS);
    const created = await Promise.all(['a', 'b', 'c'].map((key) => tasks.create(task(key, key), NEVER)));
    await store.backup(backup);
    expect((await failureOf(store.backup(backup))).message).to.match(
      /^the backup .* cannot be written: output file already exists$/,
    );
    const copy = files.open({ path: backup }).open(TASKS);
    for (const { object, revision } of created)
      expect(await copy.read(object.metadata.name, NEVER)).to.deep.equal({ object, revision });
  });

  objectStoreSuite({ name: 'sqliteStore()', open: () => files.open(), histories: 15 });
});
