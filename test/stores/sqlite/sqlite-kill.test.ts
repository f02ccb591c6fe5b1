/** The short form of `npm run test:kills`. */
import { expect } from 'chai';
import { KillRounds } from './kill-rounds.ts';
import { SqliteFiles } from './sqlite-files.ts';

describe('sqliteStore() in a process that is killed', () => {
  const files = new SqliteFiles();
  after(() => files.remove());

  it('loses no acknowledged write, and watches resume exactly', async () => {
    const rounds = new KillRounds(files.path(), 1);
    for (let round = 0; round < 4; round += 1) await rounds.round();
    await rounds.check();
    const { acknowledged, events } = rounds.counts;
    expect(events).to.be.at.least(acknowledged);
    expect(acknowledged).to.be.above(100);
  });
});
