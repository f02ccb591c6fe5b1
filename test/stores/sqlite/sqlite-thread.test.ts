import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { SqliteCallError } from '../../../src/stores/sqlite/sqlite-failure.ts';
import { WorkerThread } from '../../../src/stores/sqlite/sqlite-thread.ts';
import { failureOf } from '../tasks.ts';
import { SqliteFiles } from './sqlite-files.ts';

describe('WorkerThread', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  it('fails pending and later calls when it ends', async () => {
    const thread = new WorkerThread('/data/tasks.db');
    const pending = failureOf(thread.call('read', { resource: 'a', key: 'b' }));
    await thread.terminate();
    for (const failure of [await pending, await failureOf(thread.call('close', undefined))]) {
      expect(failure).to.be.instanceOf(SqliteCallError).and.to.include({ kind: 'unknown', isBroken: true });
      expect(failure.message).to.equal('the thread of /data/tasks.db has ended: it was terminated');
    }
  });

  it('keeps the process alive until a write is acknowledged, and not longer', () => {
    const index = JSON.stringify(resolve(import.meta.dirname, '../../../src/stores/index.ts'));
    const program = `
      const { sqliteStore } = await import(${index});
      const tasks = sqliteStore({ path: ${JSON.stringify(files.path())} }).open({ group: 'example.com', resource: 'tasks' });
      const object = { apiVersion: 'example.com/v1', kind: 'Task', metadata: { name: 'a' } };
      void tasks.create(object, new AbortController().signal).then(() => console.log('acknowledged'));`;
    const options = { encoding: 'utf8', timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
    expect([status, stdout, stderr]).to.deep.equal([0, 'acknowledged\n', '']);
  });
});
