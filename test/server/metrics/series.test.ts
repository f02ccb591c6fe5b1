import { expect } from 'chai';
import { Counter, Histogram, Registry } from 'prom-client';
import { SeriesCounter, SeriesHistogram } from '../../../src/server/metrics/series.ts';

const FAMILY = { name: 'm', help: 'Help.', labelNames: ['a', 'b'] } as const;
const BUCKETS = [0.1, 1, 10];
const VALUES = [0, 0.1, 0.05, 0.5, 1, 1.5, 10, 11, 1e9];

describe('SeriesHistogram', () => {
  it('has the text and the JSON of a histogram of prom-client', async () => {
    const [own, expected] = [new Registry(), new Registry()];
    const histogram = new SeriesHistogram(own, { ...FAMILY, buckets: BUCKETS });
    const reference = new Histogram({
      ...FAMILY,
      labelNames: [...FAMILY.labelNames],
      buckets: BUCKETS,
      registers: [expected],
    });
    for (const labels of [
      { a: '1', b: '' },
      { a: '2', b: 'x"y\\z' },
    ]) {
      const series = histogram.add(labels);
      for (const value of VALUES) {
        series.observe(value);
        reference.observe(labels, value);
      }
    }
    expect(await own.metrics()).to.equal(await expected.metrics());
    const json = async (registry: Registry): Promise<unknown> => {
      const text = JSON.stringify(await registry.getMetricsAsJSON(), (name, value: unknown) =>
        name === 'exemplar' ? undefined : value,
      );
      return JSON.parse(text);
    };
    expect(await json(own)).to.deep.equal(await json(expected));
  });

  it('has no series before one is added', async () => {
    const registry = new Registry();
    expect(new SeriesHistogram(registry, { ...FAMILY, buckets: BUCKETS })).to.include({ name: 'm' });
    expect(await registry.metrics()).to.equal('# HELP m Help.\n# TYPE m histogram\n');
  });
});

describe('SeriesCounter', () => {
  it('has the text of a counter of prom-client, at each scrape', async () => {
    const [own, expected] = [new Registry(), new Registry()];
    const counter = new SeriesCounter(own, FAMILY.name, FAMILY.help, FAMILY.labelNames);
    const reference = new Counter({ ...FAMILY, labelNames: [...FAMILY.labelNames], registers: [expected] });
    const series = [counter.add({ a: '1', b: '2' }), counter.add({ a: '', b: '3' })] as const;
    for (let scrape = 0; scrape < 2; scrape += 1) {
      series[0].value += 2;
      series[1].value += 1;
      reference.inc({ a: '1', b: '2' }, 2);
      reference.inc({ a: '', b: '3' }, 1);
      expect(await own.metrics()).to.equal(await expected.metrics());
    }
  });
});
