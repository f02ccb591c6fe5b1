/** Replacing and deleting rows. */
import { expect } from 'chai';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import type { ProjectionWrites } from '../../../../src/server/index.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../../src/testing/informers/index.ts';
import { FakeUpstream, refused } from './fake-upstream.ts';
import { type Page, servePages, WEB } from './pages.ts';
import type { ThroughRig } from './through-rig.ts';

describe('a projection with write', () => {
  let pods: FakeInformer<V1Pod>;
  let upstream: FakeUpstream;
  let rig: ThroughRig;

  const serve = async (write?: ProjectionWrites<Page>): Promise<void> => {
    rig = await servePages(pods, upstream, write);
  };

  beforeEach(() => {
    pods = fakeInformer(pod('shop/web', { node: 'n1', labels: { tier: 'web' } }));
    upstream = new FakeUpstream(pods);
  });

  afterEach(() => rig.close());

  describe('is replaced', () => {
    it('by a PUT of the row that was read', async () => {
      await serve();
      const row = (await rig.send('GET', WEB)).body;
      const answer = await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, labels: { team: 'b' } } });
      expect(answer.status).to.equal(200);
      expect(answer.body.metadata.labels).to.deep.equal({ tier: 'web', team: 'b' });
    });

    it('with a 409 of an older row, and a 422 of one without a version', async () => {
      await serve();
      const row = (await rig.send('GET', WEB)).body;
      pods.modify(pod('shop/web', { node: 'n2' }));
      const labels = { labels: { team: 'b' } };
      expect((await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, ...labels } })).status).to.equal(409);
      const { resourceVersion: _version, ...metadata } = row.metadata;
      expect((await rig.send('PUT', WEB, { ...row, metadata: { ...metadata, ...labels } })).status).to.equal(422);
      expect(upstream.asked).to.deep.equal([]);
    });

    it('with a 409 when the row was changed meanwhile', async () => {
      await serve();
      const row = (await rig.send('GET', WEB)).body;
      upstream.next.push(() => {
        queueMicrotask(() => pods.modify(pod('shop/web', { node: 'n2' })));
        return refused(409, { reason: 'Conflict', message: 'it has been modified' });
      });
      const answer = await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, labels: { team: 'b' } } });
      expect(answer.status).to.equal(409);
      expect(upstream.asked).to.have.length(1);
    });

    it('also when the source was changed meanwhile in what the row does not show', async () => {
      await serve();
      const row = (await rig.send('GET', WEB)).body;
      upstream.next.push(() => {
        const { metadata, ...rest } = pods.get('shop/web') ?? {};
        const beating = { ...rest, metadata: { ...metadata, resourceVersion: undefined, annotations: { beat: '1' } } };
        queueMicrotask(() => pods.modify(beating as never));
        return refused(409, { reason: 'Conflict', message: 'it has been modified' });
      });
      const answer = await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, labels: { team: 'b' } } });
      expect(answer.status).to.equal(200);
      expect(upstream.asked).to.have.length(2);
    });
  });

  describe('is deleted', () => {
    it('with its source, at its uid and version, and a Status when the row has gone', async () => {
      await serve();
      const { uid, resourceVersion } = pods.get('shop/web')?.metadata ?? {};
      const { uid: rowUid } = (await rig.send('GET', WEB)).body.metadata;
      const answer = await rig.send('DELETE', WEB, { propagationPolicy: 'Background', gracePeriodSeconds: 5 });
      expect(answer.status).to.equal(200);
      expect(answer.body).to.deep.include({ kind: 'Status', status: 'Success' });
      expect(answer.body.details).to.deep.equal({ name: 'web', group: 'example.com', kind: 'pages', uid: rowUid });
      expect(upstream.asked[0]).to.deep.include({ verb: 'delete', key: 'shop/web' });
      expect(upstream.asked[0]?.body).to.deep.include({
        preconditions: { uid, resourceVersion },
        propagationPolicy: 'Background',
        gracePeriodSeconds: 5,
      });
      expect((await rig.send('GET', WEB)).status).to.equal(404);
    });

    it('with the row while its source is being deleted', async () => {
      await serve();
      upstream.next.push(() => {
        const leaving = pod('shop/web', { node: 'n1' });
        pods.modify({
          ...leaving,
          metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
        });
        return { type: 'done', object: pods.get('shop/web') };
      });
      const answer = await rig.send('DELETE', WEB);
      expect(answer.status).to.equal(200);
      expect(answer.body.kind).to.equal('Page');
    });

    it('by a patch, where the definition says so', async () => {
      await serve({ delete: () => ({ patch: { metadata: { labels: { hidden: 'yes' } } } }) });
      const answer = await rig.send('DELETE', WEB);
      expect(answer.body).to.deep.include({ kind: 'Status', status: 'Success' });
      expect(pods.get('shop/web')?.metadata?.labels).to.deep.equal({ tier: 'web', hidden: 'yes' });
    });

    it('with a 409 where the uid is another', async () => {
      await serve();
      const answer = await rig.send('DELETE', WEB, { preconditions: { uid: 'another' } });
      expect(answer.status).to.equal(409);
      expect(upstream.asked).to.deep.equal([]);
    });
  });
});
