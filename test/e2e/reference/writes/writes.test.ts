/** Our answers to writes beside those of the reference server. See ../command.ts for what it needs. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { clustersOfEnvironment } from '../clusters.ts';
import { type Compared, report, summary } from '../comparison.ts';
import { ACCEPTED_WRITES } from './accepted-writes.ts';
import { compareWrites, stepsOf } from './compare-writes.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { type WriteStage, writeStage } from './write-stage.ts';

describe('the comparison of writes with the reference server', () => {
  it('sends at least 150 writes, no two of one name', () => {
    expect(SCENARIOS.flatMap(({ steps }) => steps.filter(({ method }) => method !== 'GET')).length).to.be.at.least(150);
    const names = SCENARIOS.flatMap((scenario) => stepsOf(scenario).map(({ name }) => name));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).to.deep.equal([]);
  });

  it('accepts what docs/differences.md explains', () => {
    const text = readFileSync(new URL('../../../../docs/differences.md', import.meta.url), 'utf8');
    const rows = new Set(Array.from(text.matchAll(/^\| ([^|]+) \|/gm), ([, cell]) => cell));
    expect(ACCEPTED_WRITES.map(({ row }) => row).filter((row) => !rows.has(row))).to.deep.equal([]);
  });
});

describe('our answers to writes beside those of the reference server', function () {
  this.timeout(180_000);
  let stage: WriteStage | undefined;
  let all: readonly Compared[];

  before(async function () {
    const clusters = await clustersOfEnvironment();
    if ('missing' in clusters) {
      console.log(`    no reference server to compare with: ${clusters.missing}`);
      return this.skip();
    }
    stage = await writeStage(clusters.reference);
    all = await compareWrites(stage);
  });

  after(() => stage?.close());

  it('are the same, or differ as explained', () => {
    expect(report(all, { withExplained: false })).to.deep.equal([]);
  });

  it('differ where they are said to', () => {
    const { stale } = summary(all, ACCEPTED_WRITES);
    expect(stale.map(({ requests, at, row }) => `${requests} ${at} ${row}`)).to.deep.equal([]);
  });
});
