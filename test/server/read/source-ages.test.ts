import { expect } from 'chai';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import type { SourceStatus } from '../../../src/informers/collection/source-status.ts';
import { lastHeard, sourceAges } from '../../../src/server/read/source-ages.ts';
import { FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import { BASE, podSummaries, TestServer } from '../../support/test-server.ts';

const NOW = 1_000_000;
const source = (name: string, lastActivity: number | undefined): SourceStatus => ({
  name,
  lastActivity,
  hasSynced: true,
  ready: true,
  message: undefined,
  unsyncedSince: undefined,
});

describe('sourceAges()', () => {
  for (const [what, sources, text] of [
    ['nothing of no sources', [], undefined],
    ['seconds of one', [source('pods', NOW - 412)], 'pods=0.412'],
    [
      'seconds of each of several',
      [source('pods', NOW), source('deployments.apps', NOW - 3_600_000)],
      'pods=0.000, deployments.apps=3600.000',
    ],
    ['unknown of one that was never heard', [source('pods', undefined)], 'pods=unknown'],
    ['zero after the clock was set back', [source('pods', NOW + 5000)], 'pods=0.000'],
    [
      'names as they can stand in a header',
      [source('pods (a,b; app=ü)', NOW)],
      'pods%20(a%2Cb%3B%20app%3D%C3%BC)=0.000',
    ],
  ] as const) {
    it(`tells ${what}`, () => expect(sourceAges(sources, NOW)).to.equal(text));
  }

  it('is told to people in words', () => {
    expect(lastHeard(source('pods', NOW - 61_240), NOW)).to.equal('last heard 61.2s ago');
    expect(lastHeard(source('pods', undefined), NOW)).to.equal('never heard');
  });
});

describe('X-Kubefacet-Source-Age', () => {
  let pods: FakeInformer<V1Pod>;
  let test: TestServer;
  let now: () => number = () => NOW;
  const ages = async (path: string): Promise<unknown> => (await test.get(path)).headers['x-kubefacet-source-age'];

  beforeEach(async () => {
    pods = new FakeInformer<V1Pod>({ name: 'pods', objects: [pod('shop/web')], clock: { now: () => now() - 250 } });
    test = await TestServer.listening({ resources: [podSummaries(pods)] });
    now = () => test.clock.now();
    pods.relist();
    test.clock.advance(1000);
  });
  afterEach(() => test.close());

  for (const path of [
    'podsummaries',
    'podsummaries?limit=1',
    'namespaces/shop/podsummaries',
    'namespaces/shop/podsummaries/web',
    'podsummaries?watch=1&resourceVersion=1',
  ]) {
    it(`comes with ${path}, and begins anew with all that is heard`, async () => {
      expect(await ages(`${BASE}/${path}`)).to.equal('pods=1.250');
      pods.bookmark();
      expect(await ages(`${BASE}/${path}`)).to.equal('pods=0.250');
      pods.modify(pod('shop/web', { phase: 'Running' }));
      test.clock.advance(90_000);
      expect(await ages(`${BASE}/${path}`)).to.equal('pods=90.250');
    });
  }

  it('comes with the head of a watch that goes on', async () => {
    const stream = test.http2.session.request({ ':path': `${BASE}/podsummaries?watch=1` });
    const headers = await new Promise<Record<string, unknown>>((resolve) => stream.on('response', resolve));
    expect(headers['x-kubefacet-source-age']).to.equal('pods=1.250');
    stream.close();
  });

  for (const path of ['podsummaries?limit=x', 'namespaces/shop/podsummaries/none', 'nothing', '']) {
    it(`does not come with /${path}, which is no state of the view`, async () => {
      expect(await ages(`${BASE}/${path}`)).to.equal(undefined);
    });
  }
});
