import { expect } from 'chai';
import { compare, comparisonTable } from '../../../bench/report/comparison.ts';
import type { Row } from '../../../bench/report/results.ts';

const results = (...rows: Row[]) => ({ parts: [{ part: 'a', seconds: 1, rows }] });
const ratio = (what: string, value: number): Row => ({ what, value, unit: 'of the floor', goal: { least: 0.6 } });
const time = (what: string, value: number): Row => ({ what, value, unit: 'ms', goal: { most: 30 } });

describe('compare()', () => {
  it('compares rows of the same name, in the order of the second result', () => {
    const rows = compare(results(ratio('GET', 0.3), time('stop', 100)), results(time('stop', 20), ratio('GET', 0.6)));

    expect(rows.map(({ what, change, verdict }) => [what, change, verdict])).to.deep.equal([
      ['stop', 0.2, 'better'],
      ['GET', 2, 'better'],
    ]);
  });

  it('calls a smaller ratio and a longer time worse, and a small change the same', () => {
    const before = results(ratio('GET', 0.6), time('stop', 10), ratio('LIST', 0.9));
    const after = results(ratio('GET', 0.3), time('stop', 30), ratio('LIST', 0.92));

    expect(compare(before, after).map(({ verdict }) => verdict)).to.deep.equal(['worse', 'worse', 'same']);
  });

  it('has no verdict for a row without a value, which JSON shows as null', () => {
    const missing = JSON.parse(JSON.stringify(results(ratio('304', Number.NaN)))) as ReturnType<typeof results>;

    const rows = compare(missing, results(ratio('304', 1), ratio('new', 1)));

    expect(rows.map(({ what, verdict }) => [what, verdict])).to.deep.equal([
      ['304', 'no value'],
      ['new', 'no value'],
    ]);
  });

  it('keeps rows that only the first result has', () => {
    expect(compare(results(ratio('old', 1)), results()).map(({ what }) => what)).to.deep.equal(['old']);
  });
});

describe('comparisonTable()', () => {
  it('shows both values and the change', () => {
    const table = comparisonTable(compare(results(ratio('GET', 0.3)), results(ratio('GET', 0.6))));

    expect(table.split('\n')[2]).to.equal('| GET  | 0.30 of the floor | 0.60 of the floor | x 2.00 | better |');
  });
});
