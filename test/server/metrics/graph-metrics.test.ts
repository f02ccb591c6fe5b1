import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { informerFactory } from '../../../src/informers/informer-factory.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { resource } from '../../../src/server/define/resource.ts';
import {
  FakeClock,
  type FakeInformer,
  fakeInformer,
  fakeListWatch,
  pod,
} from '../../../src/testing/informers/index.ts';
import { parsePrometheusText, type PrometheusMetric, valueOf } from '../../support/prometheus-text.ts';
import { podSummaries, TestServer, until } from '../../support/test-server.ts';

const scrape = async (test: TestServer): Promise<Map<string, PrometheusMetric>> =>
  parsePrometheusText(await test.server.metrics());

describe('the metrics of pipelines', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;

  before(async () => {
    pods = fakeInformer(pod('shop/web'), pod('shop/hidden'));
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
  });
  after(() => test.close());

  it('show each step: its objects, changes, batches and time', async () => {
    pods.modify(pod('shop/web', { phase: 'Failed' }));
    pods.modify(pod('shop/hidden', { phase: 'Failed' }));
    const metrics = await scrape(test);
    const steps = metrics.get('kubefacet_step_objects')?.samples.map(({ labels, value }) => [labels['step'], value]);
    const { name } = pods;
    expect(steps).to.deep.equal([
      [`${name} | filter | map`, 1],
      [`${name} | filter`, 1],
      [name, 2],
    ]);
    const changes = (step: string): number => valueOf(metrics, 'kubefacet_step_changes_total', { step });
    expect(changes(name) - changes(`${name} | filter`)).to.be.at.least(1);
    expect(valueOf(metrics, 'kubefacet_step_seconds_total', { step: `${name} | filter` })).to.be.above(0);
    expect(valueOf(metrics, 'kubefacet_step_seconds_total', { step: name })).to.equal(0);
  });

  it('show the age of each source', async () => {
    const metrics = await scrape(test);
    expect(valueOf(metrics, 'kubefacet_source_synced', { source: pods.name })).to.equal(1);
    expect(valueOf(metrics, 'kubefacet_source_failing', { source: pods.name })).to.equal(0);
  });
});

describe('the metrics of informers', () => {
  it('count lists, watches and failures by cause, and sources of equal names are added together', async () => {
    const clock = new FakeClock();
    const lists = [fakeListWatch<V1Pod>(pod('shop/web')), fakeListWatch<V1Pod>(pod('shop/web'))];
    const resources = lists.map((listWatch, index) => {
      const informers = informerFactory({ clock, random: () => 0.5, listWatch: () => listWatch as never });
      const rows = informers.pods.pipe(map((one) => ({ metadata: identity(one) })));
      return resource({ kind: `Kind${index}`, plural: `kind${index}s`, namespaced: true }, rows);
    });
    const test = await TestServer.listening({ resources, clock });
    await until(() => test.server.counts().ready);
    const metrics = await scrape(test);
    expect(valueOf(metrics, 'kubefacet_source_watches_total', { source: 'pods' })).to.equal(2);
    expect(valueOf(metrics, 'kubefacet_source_synced', { source: 'pods' })).to.equal(1);
    expect(valueOf(metrics, 'kubefacet_source_age_seconds', { source: 'pods' })).to.equal(0);
    await test.close();
  });

  it('show how each source is read: one gauge for each step of the ladder', async () => {
    const clock = new FakeClock();
    const listWatch = (): never => fakeListWatch<V1Pod>(pod('shop/web')) as never;
    const informers = informerFactory({ clock, random: () => 0.5, listWatch });
    const watched = informers.pods.pipe(map((one) => ({ metadata: identity(one) })));
    const polled = informers
      .of<V1Pod>({ group: 'example.com', version: 'v1', resource: 'jobs' }, { pollInterval: 5000 })
      .pipe(map((one) => ({ metadata: identity(one) })));
    const test = await TestServer.listening({
      clock,
      resources: [
        resource({ kind: 'Watched', plural: 'watched', namespaced: true }, watched),
        resource({ kind: 'Polled', plural: 'polled', namespaced: true }, polled),
      ],
    });
    await until(() => test.server.counts().ready);
    const metrics = await scrape(test);
    const steps = metrics
      .get('kubefacet_source_ladder_step')
      ?.samples.map(({ labels, value }) => `${labels['source']} ${labels['step']} ${value}`);
    expect(steps).to.deep.equal([
      'pods watchList 1',
      'pods pages 0',
      'pods onePage 0',
      'pods interval 0',
      'jobs.example.com watchList 0',
      'jobs.example.com pages 0',
      'jobs.example.com onePage 0',
      'jobs.example.com interval 1',
    ]);
    await test.close();
  });
});
