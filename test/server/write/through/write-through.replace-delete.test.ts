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
      const response = await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, labels: { team: 'b' } } });
      expect(response.status).to.equal(200);
      expect(response.body.metadata.labels).to.deep.equal({ tier: 'web', team: 'b' });
    });

    it('not by an older row (409), nor by a row without a version (422)', async () => {
      await serve();
      const row = (await rig.send('GET', WEB)).body;
      pods.modify(pod('shop/web', { node: 'n2' }));
      const labels = { labels: { team: 'b' } };
      expect((await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, ...labels } })).status).to.equal(409);
      const { resourceVersion: _version, ...metadata } = row.metadata;
      expect((await rig.send('PUT', WEB, { ...row, metadata: { ...metadata, ...labels } })).status).to.equal(422);
      expect(upstream.requests).to.deep.equal([]);
    });

    it('not if the row changes during the write (409)', async () => {
      await serve();
      const row = (await rig.send('GET', WEB)).body;
      upstream.next.push(() => {
        queueMicrotask(() => pods.modify(pod('shop/web', { node: 'n2' })));
        return refused(409, { reason: 'Conflict', message: 'it has been modified' });
      });
      const response = await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, labels: { team: 'b' } } });
      expect(response.status).to.equal(409);
      expect(upstream.requests).to.have.length(1);
    });

    it('also if the source changes during the write in fields that the row does not contain', async () => {
      await serve();
      const row = (await rig.send('GET', WEB)).body;
      upstream.next.push(() => {
        const { metadata, ...rest } = pods.get('shop/web') ?? {};
        const beating = { ...rest, metadata: { ...metadata, resourceVersion: undefined, annotations: { beat: '1' } } };
        queueMicrotask(() => pods.modify(beating as never));
        return refused(409, { reason: 'Conflict', message: 'it has been modified' });
      });
      const response = await rig.send('PUT', WEB, { ...row, metadata: { ...row.metadata, labels: { team: 'b' } } });
      expect(response.status).to.equal(200);
      expect(upstream.requests).to.have.length(2);
    });
  });

  describe('is deleted', () => {
    it('with its source, with uid and version as preconditions, and returns a Status', async () => {
      await serve();
      const { uid, resourceVersion } = pods.get('shop/web')?.metadata ?? {};
      const { uid: rowUid } = (await rig.send('GET', WEB)).body.metadata;
      const response = await rig.send('DELETE', WEB, { propagationPolicy: 'Background', gracePeriodSeconds: 5 });
      expect(response.status).to.equal(200);
      expect(response.body).to.deep.include({ kind: 'Status', status: 'Success' });
      expect(response.body.details).to.deep.equal({ name: 'web', group: 'example.com', kind: 'pages', uid: rowUid });
      expect(upstream.requests[0]).to.deep.include({ verb: 'delete', key: 'shop/web' });
      expect(upstream.requests[0]?.body).to.deep.include({
        preconditions: { uid, resourceVersion },
        propagationPolicy: 'Background',
        gracePeriodSeconds: 5,
      });
      expect((await rig.send('GET', WEB)).status).to.equal(404);
    });

    it('and returns the row while its source is terminating', async () => {
      await serve();
      upstream.next.push(() => {
        const leaving = pod('shop/web', { node: 'n1' });
        pods.modify({
          ...leaving,
          metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
        });
        return { type: 'done', object: pods.get('shop/web') };
      });
      const response = await rig.send('DELETE', WEB);
      expect(response.status).to.equal(200);
      expect(response.body.kind).to.equal('Page');
    });

    it('by a patch if the definition returns one', async () => {
      await serve({ delete: () => ({ patch: { metadata: { labels: { hidden: 'yes' } } } }) });
      const response = await rig.send('DELETE', WEB);
      expect(response.body).to.deep.include({ kind: 'Status', status: 'Success' });
      expect(pods.get('shop/web')?.metadata?.labels).to.deep.equal({ tier: 'web', hidden: 'yes' });
    });

    it('not if the uid differs (409)', async () => {
      await serve();
      const response = await rig.send('DELETE', WEB, { preconditions: { uid: 'another' } });
      expect(response.status).to.equal(409);
      expect(upstream.requests).to.deep.equal([]);
    });
  });
});
