/** Compares the responses to writes with those of the reference server. See ../command.ts for the requirements. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { clustersOfEnvironment } from '../clusters.ts';
import { type Compared, report, summary } from '../comparison.ts';
import { ACCEPTED_WRITES } from './accepted-writes.ts';
import { compareWrites, stepsOf } from './compare-writes.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { type WriteEnvironment, writeEnvironment } from './write-environment.ts';

describe('the comparison of writes with the reference server', () => {
  it('has at least 150 writes with unique names', () => {
    expect(SCENARIOS.flatMap(({ steps }) => steps.filter(({ method }) => method !== 'GET')).length).to.be.at.least(150);
    const names = SCENARIOS.flatMap((scenario) => stepsOf(scenario).map(({ name }) => name));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).to.deep.equal([]);
  });

  it('accepts only differences that docs/differences.md explains', () => {
    const text = readFileSync(new URL('../../../../docs/differences.md', import.meta.url), 'utf8');
    const rows = new Set(Array.from(text.matchAll(/^\| ([^|]+) \|/gm), ([, cell]) => cell));
    expect(ACCEPTED_WRITES.map(({ row }) => row).filter((row) => !rows.has(row))).to.deep.equal([]);
  });
});

describe('responses to writes compared with the reference server', function () {
  this.timeout(300_000);
  let environment: WriteEnvironment | undefined;
  let all: readonly Compared[];

  before(async function () {
    const clusters = await clustersOfEnvironment();
    if ('missing' in clusters) {
      console.log(`    no reference server to compare with: ${clusters.missing}`);
      return this.skip();
    }
    environment = await writeEnvironment(clusters.reference);
    all = await compareWrites(environment);
  });

  after(() => environment?.close());

  it('are equal or differ as explained', () => {
    expect(report(all, { withExplained: false })).to.deep.equal([]);
  });

  it('still have every explained difference', () => {
    const { stale } = summary(all, ACCEPTED_WRITES);
    expect(stale.map(({ requests, at, row }) => `${requests} ${at} ${row}`)).to.deep.equal([]);
  });
});
