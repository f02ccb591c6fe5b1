/** When writes of rows are answered, with what, and which object they go to. */
import { expect } from 'chai';
import type { Collection } from '../../../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import { leftJoin, map, tap } from '../../../../src/projections/index.ts';
import { type ProjectionWrites, resource } from '../../../../src/server/index.ts';
import { fakeInformer, type FakeInformer, node, pod } from '../../../../src/testing/informers/index.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { LABELS, PAGE, type Page, pageOf, servePages, TEAM, WEB } from './pages.ts';
import { type ThroughAnswer, ThroughRig } from './through-rig.ts';

describe('a write of a row', () => {
  let pods: FakeInformer<V1Pod>;
  let upstream: FakeUpstream;
  let rig: ThroughRig;

  const serve = async (write?: ProjectionWrites<Page>): Promise<void> => {
    rig = await servePages(pods, upstream, write);
  };

  const merge = (patch: object, headers?: Record<string, string>): Promise<ThroughAnswer> =>
    rig.send('PATCH', WEB, patch, headers);

  beforeEach(() => {
    pods = fakeInformer(pod('shop/web', { node: 'n1', labels: { tier: 'web' } }));
    upstream = new FakeUpstream(pods);
  });

  afterEach(() => rig.close());

  describe('is answered when the rows show the write:', () => {
    const patience = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    it('not before, and then with the row of then', async () => {
      await serve();
      let write = (): void => undefined;
      upstream.next.push(() => {
        write = () => pods.modify(pod('shop/web', { node: 'n1', labels: { tier: 'web', team: 'a' } }));
        return { type: 'done', object: { metadata: { resourceVersion: '50' } } };
      });
      let isAnswered = false;
      const answer = merge(TEAM).finally(() => (isAnswered = true));
      while (upstream.asked.length === 0) await patience();
      await patience();
      pods.bookmark(49);
      await patience();
      expect(isAnswered).to.equal(false);
      write();
      expect((await answer).body.metadata.labels).to.deep.equal({ tier: 'web', team: 'a' });
    });

    it('a bookmark is enough, for a write of which the row shows nothing', async () => {
      await serve();
      upstream.next.push(() => ({ type: 'done', object: { metadata: { resourceVersion: '50' } } }));
      const answer = merge(TEAM);
      while (upstream.asked.length === 0) await patience();
      pods.bookmark(51);
      expect((await answer).status).to.equal(200);
    });

    it('after three seconds with a 504 that says it was done, and does not invite to do it again', async () => {
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
      const answer = merge(TEAM);
      while (upstream.asked.length === 0) await patience();
      await patience();
      giveUp();
      const { status, body, headers } = await answer;
      expect(status).to.equal(504);
      expect(body.message).to.equal(
        'Timeout: pods "web" was written, but the rows do not show it yet: read again before you retry',
      );
      expect(headers).to.not.have.property('retry-after');
    });
  });

  describe('with dryRun', () => {
    it('answers the row that would be, and keeps the one that is', async () => {
      await serve();
      const answer = await rig.send('PATCH', `${WEB}?dryRun=All`, TEAM);
      expect(answer.status).to.equal(200);
      expect(answer.body.metadata.labels).to.deep.equal({ tier: 'web', team: 'a' });
      expect(upstream.asked[0]?.dryRun).to.equal(true);
      expect((await rig.send('GET', WEB)).body.metadata.labels).to.deep.equal({ tier: 'web' });
    });

    it('deletes nothing', async () => {
      await serve();
      const answer = await rig.send('DELETE', `${WEB}?dryRun=All`);
      expect(answer.body).to.deep.include({ kind: 'Status', status: 'Success' });
      expect(upstream.asked[0]?.dryRun).to.equal(true);
      expect((await rig.send('GET', WEB)).status).to.equal(200);
    });

    it('does not call observers of the pipeline', async () => {
      let seen = 0;
      const rows = pods.pipe(
        tap(() => (seen += 1)),
        map(pageOf),
      );
      rig = await ThroughRig.of({
        informers: upstream.informers,
        resources: [resource({ ...PAGE, write: LABELS }, rows)],
      });
      const before = seen;
      expect((await rig.send('PATCH', `${WEB}?dryRun=All`, TEAM)).status).to.equal(200);
      expect(seen).to.equal(before);
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

    it('writes the object whose identity the row carries on', async () => {
      rig = await ThroughRig.of({
        informers: upstream.informers,
        resources: [resource({ ...PAGE, write: LABELS }, joined())],
      });
      const answer = await merge(TEAM);
      expect(answer.body.metadata?.labels, JSON.stringify(answer.body)).to.deep.equal({ tier: 'web', team: 'a' });
      expect(upstream.asked[0]).to.deep.include({ source: 'pods', key: 'shop/web' });
    });

    it('refuses dryRun, for which rows cannot be made', async () => {
      rig = await ThroughRig.of({
        informers: upstream.informers,
        resources: [resource({ ...PAGE, write: LABELS }, joined())],
      });
      const answer = await rig.send('PATCH', `${WEB}?dryRun=All`, TEAM);
      expect(answer.status).to.equal(400);
      expect(answer.body.message).to.include('made from several objects');
      expect(upstream.asked).to.deep.equal([]);
    });

    it('writes what the definition names', async () => {
      upstream = new FakeUpstream(pods, nodes);
      const write: ProjectionWrites<Page> = {
        patch: ({ current, wanted }) => ({
          of: { collection: nodes, key: current.node ?? '' },
          patch: { metadata: { labels: wanted.metadata.labels } },
        }),
      };
      rig = await ThroughRig.of({ informers: upstream.informers, resources: [resource({ ...PAGE, write }, joined())] });
      expect((await merge(TEAM)).status).to.equal(200);
      expect(upstream.asked[0]).to.deep.include({ source: 'nodes', key: 'n1' });
      expect(nodes.get('n1')?.metadata?.labels).to.deep.include({ team: 'a' });
    });
  });
});
