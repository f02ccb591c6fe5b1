import { expect } from 'chai';
import { ReflectorCounters, sumMetrics } from '../../src/informers/reflector-counters.ts';

describe('ReflectorCounters', () => {
  it('counts causes separately up to a limit', () => {
    const counters = new ReflectorCounters();
    for (let code = 500; code < 560; code += 1) counters.failed(`UpstreamApiError ${code}`);
    expect(Object.keys(counters.metrics.errors)).to.have.length(51);
    expect(counters.metrics.errors['other']).to.equal(10);
  });

  it('returns copies', () => {
    const counters = new ReflectorCounters();
    const before = counters.metrics;
    counters.count('lists');
    counters.failed('ConnectionError');
    expect(before).to.deep.include({ lists: 0, errors: {} });
    expect(counters.metrics).to.deep.include({ lists: 1, errors: { ConnectionError: 1 } });
  });
});

describe('sumMetrics()', () => {
  it('adds counters and causes', () => {
    const all = [new ReflectorCounters(), new ReflectorCounters()];
    for (const counters of all) {
      counters.count('lists');
      counters.failed('ConnectionError');
    }
    const sum = sumMetrics(all.map(({ metrics }) => metrics));
    expect(sum).to.deep.include({ lists: 2, watches: 0, errors: { ConnectionError: 2 } });
    expect(sumMetrics([])).to.deep.equal(new ReflectorCounters().metrics);
  });
});
