import { expect } from 'chai';
import { reaches } from '../../../bench/report/results.ts';
import { digits, markdownTable, resultsTable } from '../../../bench/report/table.ts';

describe('markdownTable()', () => {
  it('aligns the first column to the left and the others to the right', () => {
    const table = markdownTable(
      ['what', 'n'],
      [
        ['a', '1'],
        ['longer', '100'],
      ],
    );

    expect(table.split('\n')).to.deep.equal([
      '| what   |   n |',
      '|--------|----:|',
      '| a      |   1 |',
      '| longer | 100 |',
    ]);
  });
});

describe('digits()', () => {
  for (const [value, text] of [
    [1234.5, '1235'],
    [12.345, '12.3'],
    [1.2345, '1.23'],
    [0.0123456, '0.0123'],
  ] as const) {
    it(`prints ${value} as ${text}`, () => expect(digits(value)).to.equal(text));
  }
});

describe('reaches()', () => {
  const row = { what: 'a', unit: 'of the floor' };

  it('compares with the least or the most', () => {
    expect(reaches({ ...row, value: 0.6, goal: { least: 0.6 } })).to.equal(true);
    expect(reaches({ ...row, value: 0.5, goal: { least: 0.6 } })).to.equal(false);
    expect(reaches({ ...row, value: 30, goal: { most: 30 } })).to.equal(true);
    expect(reaches({ ...row, value: 31, goal: { most: 30 } })).to.equal(false);
  });

  it('is undefined without a goal or a value', () => {
    expect(reaches({ ...row, value: 1 })).to.equal(undefined);
    expect(reaches({ ...row, value: Number.NaN, goal: { least: 1 } })).to.equal(undefined);
  });
});

describe('resultsTable()', () => {
  it('has a line for each row, and the reason for a missing value', () => {
    const rows = [
      {
        what: 'GET',
        value: 0.5,
        unit: 'of the floor',
        goal: { least: 0.6 },
        server: { cpu: 0.2, wall: 0.3, bytes: 1000 },
        floor: { cpu: 0.1, wall: 0.2 },
      },
      { what: 'LIST', value: Number.NaN, unit: 'of the floor', note: 'no ETag' },
    ];

    const lines = resultsTable({ parts: [{ part: 'get', seconds: 1, rows }] }).split('\n');

    expect(lines).to.have.length(4);
    expect(lines[2]).to.match(
      /^\| GET +\| 0\.50 of the floor \| >= 0\.6 \| NOT \| +0\.20 \| +0\.30 \| +0\.10 \| +0\.20 \| +1000 \|$/,
    );
    expect(lines[3]).to.include('none: no ETag');
  });
});
