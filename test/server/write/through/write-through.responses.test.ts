/** Responses to writes of rows: when the server sends them, what they contain, and which object the write changes. */
import { expect } from 'chai';
import type { Collection } from '../../../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import { leftJoin, map, tap } from '../../../../src/projections/index.ts';
import { type ProjectionWrites, resource } from '../../../../src/server/index.ts';
import { fakeInformer, type FakeInformer, node, pod } from '../../../../src/testing/informers/index.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { LABELS, PAGE, type Page, pageOf, servePages, TEAM, WEB } from './pages.ts';
import { type ThroughResponse, ThroughRig } from './through-rig.ts';

describe('a write of a row', () => {
  let pods: FakeInformer<V1Pod>;
  let upstream: FakeUpstream;
  let rig: ThroughRig;

  const serve = async (write?: ProjectionWrites<Page>): Promise<void> => {
    rig = await servePages(pods, upstream, write);
  };

  const merge = (patch: object, headers?: Record<string, string>): Promise<ThroughResponse> =>
    rig.send('PATCH', WEB, patch, headers);

  beforeEach(() => {
    pods = fakeInformer(pod('shop/web', { node: 'n1', labels: { tier: 'web' } }));
    upstream = new FakeUpstream(pods);
  });

  afterEach(() => rig.close());

  describe('responds when the rows show the write', () => {
    const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    it('not before, and then with the current row', async () => {
      await serve();
      let write = (): void => undefined;
      upstream.next.push(() => {
        write = () => pods.modify(pod('shop/web', { node: 'n1', labels: { tier: 'web', team: 'a' } }));
        return { type: 'done', object: { metadata: { resourceVersion: '50' } } };
      });
      let isDone = false;
      const response = merge(TEAM).finally(() => (isDone = true));
      while (upstream.requests.length === 0) await nextTurn();
      await nextTurn();
      pods.bookmark(49);
      await nextTurn();
      expect(isDone).to.equal(false);
      write();
      expect((await response).body.metadata.labels).to.deep.equal({ tier: 'web', team: 'a' });
    });

    it('after a bookmark, if the write does not change the row', async () => {
      await serve();
      upstream.next.push(() => ({ type: 'done', object: { metadata: { resourceVersion: '50' } } }));
      const response = merge(TEAM);
      while (upstream.requests.length === 0) await nextTurn();
      pods.bookmark(51);
      expect((await response).status).to.equal(200);
    });

    it('after three seconds with a 504 that says that the object was written, without Retry-After', async () => {
      const rows = pods.pipe(map(pageOf));
      let giveUp = (): void => undefined;
      const clock = {
        now: () => Date.now(),
        schedule: (milliseconds: number, callback: () => void) => {
          if (milliseconds === 3000) giveUp = callback;
          return () => undefined;
        },
      };
      rig = await ThroughRig.of({
        informers: upstream.informers,
        clock,
        resources: [resource({ ...PAGE, write: LABELS }, rows)],
      });
      upstream.next.push(() => ({ type: 'done', object: { metadata: { resourceVersion: '50' } } }));
      const response = merge(TEAM);
      while (upstream.requests.length === 0) await nextTurn();
      await nextTurn();
      giveUp();
      const { status, body, headers } = await response;
      expect(status).to.equal(504);
      expect(body.message).to.equal(
        'Timeout: pods "web" was written, but the rows do not show it yet: read again before you retry',
      );
      expect(headers).to.not.have.property('retry-after');
    });
  });

  describe('with dryRun', () => {
    it('returns the predicted row and changes nothing', async () => {
      await serve();
      const response = await rig.send('PATCH', `${WEB}?dryRun=All`, TEAM);
      expect(response.status).to.equal(200);
      expect(response.body.metadata.labels).to.deep.equal({ tier: 'web', team: 'a' });
      expect(upstream.requests[0]?.dryRun).to.equal(true);
      expect((await rig.send('GET', WEB)).body.metadata.labels).to.deep.equal({ tier: 'web' });
    });

    it('deletes nothing', async () => {
      await serve();
      const response = await rig.send('DELETE', `${WEB}?dryRun=All`);
      expect(response.body).to.deep.include({ kind: 'Status', status: 'Success' });
      expect(upstream.requests[0]?.dryRun).to.equal(true);
      expect((await rig.send('GET', WEB)).status).to.equal(200);
    });

    it('does not call observers of the pipeline', async () => {
      let calls = 0;
      const rows = pods.pipe(
        tap(() => (calls += 1)),
        map(pageOf),
      );
      rig = await ThroughRig.of({
        informers: upstream.informers,
        resources: [resource({ ...PAGE, write: LABELS }, rows)],
      });
      const before = calls;
      expect((await rig.send('PATCH', `${WEB}?dryRun=All`, TEAM)).status).to.equal(200);
      expect(calls).to.equal(before);
    });
  });

  describe('of several sources', () => {
    const nodes = fakeInformer(node('n1'));
    const joined = (): Collection<Page> =>
      pods.pipe(
        leftJoin(
          nodes,
          (one) => one.spec?.nodeName,
          (one, place) => ({ ...pageOf(one), node: place?.metadata?.name }),
        ),
      );

    it('writes the object whose identity the row has', async () => {
      rig = await ThroughRig.of({
        informers: upstream.informers,
        resources: [resource({ ...PAGE, write: LABELS }, joined())],
      });
      const response = await merge(TEAM);
      expect(response.body.metadata?.labels, JSON.stringify(response.body)).to.deep.equal({ tier: 'web', team: 'a' });
      expect(upstream.requests[0]).to.deep.include({ source: 'pods', key: 'shop/web' });
    });

    it('rejects dryRun, because the row cannot be predicted', async () => {
      rig = await ThroughRig.of({
        informers: upstream.informers,
        resources: [resource({ ...PAGE, write: LABELS }, joined())],
      });
      const response = await rig.send('PATCH', `${WEB}?dryRun=All`, TEAM);
      expect(response.status).to.equal(400);
      expect(response.body.message).to.include('made from several objects');
      expect(upstream.requests).to.deep.equal([]);
    });

    it('writes the object that the definition names', async () => {
      upstream = new FakeUpstream(pods, nodes);
      const write: ProjectionWrites<Page> = {
        patch: ({ current, wanted }) => ({
          of: { collection: nodes, key: current.node ?? '' },
          patch: { metadata: { labels: wanted.metadata.labels } },
        }),
      };
      rig = await ThroughRig.of({ informers: upstream.informers, resources: [resource({ ...PAGE, write }, joined())] });
      expect((await merge(TEAM)).status).to.equal(200);
      expect(upstream.requests[0]).to.deep.include({ source: 'nodes', key: 'n1' });
      expect(nodes.get('n1')?.metadata?.labels).to.deep.include({ team: 'a' });
    });
  });
});
