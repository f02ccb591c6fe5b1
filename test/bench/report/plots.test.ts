import { expect } from 'chai';
import { barChart } from '../../../bench/report/bar-chart.ts';
import { lineChart } from '../../../bench/report/line-chart.ts';
import { plotsOf } from '../../../bench/report/plots.ts';
import type { Row } from '../../../bench/report/results.ts';
import { axisText, niceMaximum } from '../../../bench/report/svg.ts';

const count = (content: string, tag: string): number => content.split(`<${tag} `).length - 1;

describe('niceMaximum()', () => {
  for (const [value, maximum] of [
    [0.3, 0.4],
    [1, 1],
    [5, 8],
    [81, 100],
    [0, 1],
  ] as const) {
    it(`is ${maximum} for ${value}`, () => expect(niceMaximum(value)).to.be.closeTo(maximum, 1e-9));
  }
});

describe('axisText()', () => {
  it('shortens thousands', () => {
    expect([0.25, 10, 1000, 50_000].map(axisText)).to.deep.equal(['0.25', '10', '1k', '50k']);
  });
});

describe('lineChart()', () => {
  const points = [
    { x: 10, y: 1 },
    { x: 100, y: 2 },
    { x: 1000, y: 4 },
  ];
  const lines = [
    { name: 'a < b', points },
    { name: 'c', points: points.slice(1) },
  ];
  const chart = lineChart({ title: 'CPU', axis: 'rows', lines });

  it('has a line, its points and a name for each series', () => {
    expect(count(chart, 'polyline')).to.equal(2);
    expect(count(chart, 'circle')).to.equal(5);
    expect(chart).to.include('a &lt; b').and.include('rows').and.include('CPU');
  });

  it('spreads powers of ten evenly, from left to right', () => {
    const [, first = ''] = /points="([^"]+)"/.exec(chart) ?? [];
    const xs = first.split(' ').map((point) => Number(point.split(',')[0]));

    expect((xs[1] ?? 0) - (xs[0] ?? 0)).to.be.closeTo((xs[2] ?? 0) - (xs[1] ?? 0), 0.2);
  });

  it('refuses a chart without points', () => {
    expect(() => lineChart({ title: 'CPU', axis: 'rows', lines: [] })).to.throw(RangeError, 'no points');
  });
});

describe('barChart()', () => {
  it('has a bar and a goal for each value, and cuts large values', () => {
    const bars = [
      { name: 'GET', value: 0.3, goal: 0.6, label: '0.30' },
      { name: 'LIST', value: 5, goal: 0.9, label: '5.00' },
    ];

    const chart = barChart({ title: 'ratios', maximum: 1, bars });

    expect(count(chart, 'rect')).to.equal(2);
    expect(count(chart, 'line')).to.equal(2);
    expect(chart).to.include('width="99.0"').and.include('width="330.0"');
  });
});

describe('plotsOf()', () => {
  const grown = (line: string, x: number): Row => ({
    what: `${line} ${x}`,
    value: x,
    unit: 'ms',
    point: { plot: 'CPU, ms', line, axis: 'rows', x },
  });

  it('has a file for each plot of a part, and one for all ratios of the floor', () => {
    const parts = [
      { part: 'growth-rows', seconds: 1, rows: [grown('GET', 1), grown('GET', 10), grown('LIST', 1)] },
      { part: 'get', seconds: 1, rows: [{ what: 'GET', value: 0.5, unit: 'of the floor', goal: { least: 0.6 } }] },
    ];

    const plots = plotsOf(parts);

    expect(plots.map(({ file }) => file)).to.deep.equal(['growth-rows.svg', 'ratios.svg']);
    expect(count(plots[0]?.content ?? '', 'polyline')).to.equal(2);
    expect(count(plots[1]?.content ?? '', 'rect')).to.equal(1);
  });

  it('leaves out rows without a value', () => {
    const rows = [{ what: '304', value: Number.NaN, unit: 'of the floor', goal: { least: 1 } }];

    expect(plotsOf([{ part: 'get', seconds: 1, rows }])).to.deep.equal([]);
  });
});
