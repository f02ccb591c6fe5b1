/** Compares the responses of kubefacet with those of the reference server. See command.ts for the requirements. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { ACCEPTED } from './accepted.ts';
import { clustersOfEnvironment } from './clusters.ts';
import { compareAll, requiredDifferences } from './compare.ts';
import { type Compared, report, summary } from './comparison.ts';
import { LIVE_REQUESTS, REQUESTS } from './requests/index.ts';
import { ComparisonEnvironment } from './environment.ts';

describe('the comparison with the reference server', () => {
  it('has at least 150 requests with unique names', () => {
    const names = [...REQUESTS, ...LIVE_REQUESTS].map(({ section, title }) => `${section} ${title}`);
    expect(names.length).to.be.at.least(150);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).to.deep.equal([]);
  });

  it('accepts only differences of requests that exist', () => {
    const names = [...REQUESTS, ...LIVE_REQUESTS].map(({ section, title }) => `${section} ${title}`);
    const without = ACCEPTED.filter(({ requests }) => !names.some((name) => requests.test(name)));
    expect(without.map(({ requests }) => requests.source)).to.deep.equal([]);
  });

  it('accepts only differences that docs/differences.md explains', () => {
    const text = readFileSync(new URL('../../../docs/differences.md', import.meta.url), 'utf8');
    const rows = new Set(Array.from(text.matchAll(/^\| ([^|]+) \|/gm), ([, cell]) => cell));
    expect(ACCEPTED.map(({ row }) => row).filter((row) => !rows.has(row))).to.deep.equal([]);
  });
});

describe('responses compared with the reference server', function () {
  this.timeout(300_000);
  let environment: ComparisonEnvironment | undefined;
  let all: readonly Compared[];

  before(async function () {
    const clusters = await clustersOfEnvironment();
    if ('missing' in clusters) {
      console.log(`    no reference server to compare with: ${clusters.missing}`);
      return this.skip();
    }
    environment = await ComparisonEnvironment.set(clusters.reference, clusters.cluster);
    all = await compareAll(environment);
  });

  after(() => environment?.close());

  it('are equal or differ as explained', () => {
    const lines = report(all, { withExplained: false });
    if (lines.length > 0) expect.fail(`${lines.length} lines of differences:\n${lines.slice(0, 60).join('\n')}`);
  });

  it('still have every explained difference', () => {
    expect(
      summary(all, requiredDifferences(all)).stale.map(({ requests, at, row }) => `${requests} ${at} ${row}`),
    ).to.deep.equal([]);
  });
});
