/** Replays a real trace of 1,523 nodes and 8,152 pods, and checks `nodeloads` along the way. */
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { nodeLoads } from '../../examples/node-loads.ts';
import {
  informerFactory,
  type InformerFactory,
  type SharedInformer,
  type SourceObject,
} from '../../src/informers/index.ts';
import { fakeCluster, type FakeCluster } from '../../src/testing/index.ts';
import { type ExpectedLoad, expectedLoads } from './expected-loads.ts';
import { hasTrace, OPENB, readTrace } from './openb.ts';
import { Replay } from './replay.ts';

const POINTS = 100;

describe('nodeloads over the replay of a real trace', () => {
  let cluster: FakeCluster;
  let informers: InformerFactory;

  before(async function () {
    if (!hasTrace()) {
      console.log(`      skipped: no trace in ${OPENB}`);
      this.skip();
    }
    cluster = await fakeCluster();
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromString(await cluster.kubeConfigFor());
    informers = informerFactory({ kubeConfig });
  });

  after(async () => {
    await informers?.close();
    await cluster?.close();
  });

  it(`equals the loads computed from the trace, for every node at ${POINTS} points in time`, async () => {
    const trace = readTrace();
    const expectedAt = expectedLoads(trace);
    const replay = new Replay(cluster.storage, trace);
    const points = replay.points(POINTS);
    expect(new Set(points).size).to.equal(POINTS);

    // The rows come from deltas only, as for a client of a watch.
    const rows = new Map<string, unknown>();
    const loads = nodeLoads(informers.pods, informers.nodes);
    const subscription = loads.deltas$.subscribe(({ changes }) => {
      for (const delta of changes) {
        if (delta.type === 'DELETED') rows.delete(delta.key);
        else rows.set(delta.key, delta.object.status);
      }
    });
    const phases = new Set<string>();
    const used = new Set<string>();
    let busiest = 0;
    for (const time of points) {
      replay.playTo(time);
      await hasRead(informers.nodes as SharedInformer<SourceObject>, 0);
      await hasRead(informers.pods as SharedInformer<SourceObject>, cluster.storage.revision);
      const expected = expectedAt(time);
      expect(differences(rows, expected), `at ${time} s`).to.deep.equal([]);
      for (const [name, { podsByPhase, requested }] of expected) {
        for (const phase of Object.keys(podsByPhase)) phases.add(phase);
        if (requested.pods > 0) used.add(name);
        busiest = Math.max(busiest, requested.pods);
      }
    }
    subscription.unsubscribe();

    // The comparison was meaningful: the trace used all phases and many nodes.
    expect(rows.size).to.equal(1523);
    expect(trace.pods.length).to.equal(8152);
    expect(replay.writes).to.be.above(25_000);
    expect([...phases].sort()).to.deep.equal(['Failed', 'Pending', 'Running', 'Succeeded']);
    expect(used.size).to.be.above(300);
    expect(busiest).to.be.above(5);
    expect(cluster.storage.list('pods')).to.deep.equal([]);
    expect(informers.pods.metrics).to.include({ relists: 0, reconnects: 0 });
  });
});

/** Resolves when an informer has synced and has read everything up to a version. */
function hasRead(informer: SharedInformer<SourceObject>, version: number): Promise<void> {
  const done = (): boolean => informer.hasSynced && Number(informer.frontier ?? 0) >= version;
  if (done()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = informer.onSettled(() => {
      if (!done()) return;
      stop();
      resolve();
    });
  });
}

/** The first few rows that differ from the expected ones, are missing, or are unexpected. */
function differences(rows: ReadonlyMap<string, unknown>, expected: ReadonlyMap<string, ExpectedLoad>): unknown[] {
  const names = new Set([...rows.keys(), ...expected.keys()]);
  const different = [...names].filter((name) => !isDeepStrictEqual(rows.get(name), expected.get(name)));
  return different.slice(0, 5).map((name) => ({ name, row: rows.get(name), expected: expected.get(name) }));
}
