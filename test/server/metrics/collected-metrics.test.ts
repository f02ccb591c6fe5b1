import { expect } from 'chai';
import { Registry } from 'prom-client';
import { collectCounter, collectGauge, type Sample } from '../../../src/server/metrics/collected-metrics.ts';
import { parsePrometheusText, valueOf } from '../../support/prometheus-text.ts';

describe('collectCounter() and collectGauge()', () => {
  for (const [name, collect] of [
    ['collectCounter()', collectCounter],
    ['collectGauge()', collectGauge],
  ] as const) {
    it(`${name} reads the samples at each scrape, and drops series that are gone`, async () => {
      const registry = new Registry();
      let samples: Sample[] = [[['a'], 1]];
      collect(registry, { name: 'x', help: 'Help.', labels: ['of'] }, () => samples);
      expect(valueOf(parsePrometheusText(await registry.metrics()), 'x')).to.equal(1);
      samples = [
        [['b'], 5],
        [['c'], 7],
      ];
      const metrics = parsePrometheusText(await registry.metrics());
      expect(metrics.get('x')?.samples.map(({ labels, value }) => [labels['of'], value])).to.deep.equal([
        ['b', 5],
        ['c', 7],
      ]);
    });

    it(`${name} adds series with equal labels, because each series may occur once`, async () => {
      const registry = new Registry();
      collect(registry, { name: 'x', help: 'Help.', labels: ['of'] }, () => [
        [['a'], 1],
        [['a'], 2],
      ]);
      expect(valueOf(parsePrometheusText(await registry.metrics()), 'x')).to.equal(3);
    });

    it(`${name} escapes and shortens the values of labels`, async () => {
      const registry = new Registry();
      const value = `${'x'.repeat(500)}"\\\n`;
      collect(registry, { name: 'x', help: 'Help.', labels: ['of'] }, () => [[[value], 1]]);
      const [sample] = parsePrometheusText(await registry.metrics()).get('x')?.samples ?? [];
      expect(sample?.labels['of']).to.equal(`…${value.slice(-199)}`);
    });
  }
});
