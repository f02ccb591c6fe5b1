/**
 * Kills a process with an SQLite store and 20 writers, again and again: no acknowledged write is lost, and a watch resumes exactly.
 *
 * usage: npm run test:kills -- [--rounds 200] [--seed 1]
 * After each ten rounds, the objects that the watcher knows are compared with those of the file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KillRounds } from '../stores/sqlite/kill-rounds.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const folder = mkdtempSync(join(tmpdir(), 'kubefacet-kills-'));
const rounds = new KillRounds(join(folder, 'store.db'), Number(values.seed));
for (let round = 1; round <= Number(values.rounds); round += 1) {
  await rounds.round();
  if (round % 10 === 0 || round === Number(values.rounds)) {
    await rounds.check();
    const { acknowledged, events } = rounds.counts;
    console.log(`${round} kills: ${acknowledged} acknowledged writes, ${events} events, none lost`);
  }
}
rmSync(folder, { recursive: true });
