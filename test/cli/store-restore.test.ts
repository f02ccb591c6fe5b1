import { expect } from 'chai';
import { CliError } from '../../src/cli/cli-error.ts';
import { storeRestore } from '../../src/cli/store-restore.ts';
import { SqliteFiles } from '../stores/sqlite/sqlite-files.ts';
import { NEVER, task, TASKS } from '../stores/tasks.ts';
import { CommandProcess } from '../support/command-process.ts';

describe('kubefacet store restore', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  it('starts a new history in the file, and prints one line', async () => {
    const path = files.path();
    const store = files.open({ path });
    const { revision } = await store.open(TASKS).create(task('a', ''), NEVER);
    await store.close();
    const command = new CommandProcess(['store', 'restore', path]);
    expect(await command.exit(), command.output).to.equal(0);
    expect(command.output).to.match(
      new RegExp(`${path}: a new history begins at revision ${revision + 2 ** 32}; clients .* list again\n`),
    );
    expect((await files.open({ path }).open(TASKS).read('a', NEVER))?.revision).to.equal(revision);
  });

  it('replaces the file by the backup of --from', async () => {
    const backup = files.path('backup.db');
    const store = files.open();
    await store.open(TASKS).create(task('a', ''), NEVER);
    await store.backup(backup);
    const path = files.path();
    storeRestore(['restore', path, '--from', backup]);
    expect(await files.open({ path }).open(TASKS).read('a', NEVER)).to.not.equal(undefined);
  });

  const wrong: readonly (readonly [args: readonly string[], code: number, message: RegExp])[] = [
    [[], 2, /the arguments of store are: restore FILE \[--from BACKUP\]; see --help$/],
    [['restore'], 2, /restore FILE/],
    [['backup', 'a.db'], 2, /restore FILE/],
    [['restore', 'a.db', 'b.db'], 2, /restore FILE/],
    [['restore', 'a.db', '--form', 'b.db'], 2, /Unknown option '--form'/],
    [['restore', '/missing/a.db'], 1, /^\/missing\/a\.db does not exist; use the path of an existing file$/],
  ];
  for (const [args, code, message] of wrong) {
    it(`refuses: store ${args.join(' ')}`, () => {
      expect(() => storeRestore(args))
        .to.throw(CliError, message)
        .with.property('exitCode', code);
    });
  }
});
