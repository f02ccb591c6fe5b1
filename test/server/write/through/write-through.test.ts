/** Patches of rows: the request to the cluster and the response to the client. */
import { expect } from 'chai';
import type { Collection } from '../../../../src/informers/collection/collection.ts';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import { count, groupBy, map } from '../../../../src/projections/index.ts';
import { refuse, type Logger, type ProjectionWrites, resource } from '../../../../src/server/index.ts';
import { fakeInformer, type FakeInformer, pod } from '../../../../src/testing/informers/index.ts';
import { testServer } from '../../../../src/testing/projections/index.ts';
import { FakeUpstream, refused } from './fake-upstream.ts';
import { LABELS, PAGE, type Page, pageOf, PATH, servePages, TEAM, WEB } from './pages.ts';
import { type ThroughResponse, ThroughRig } from './through-rig.ts';

describe('a projection with write', () => {
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

  describe('is patched', () => {
    it('as the user of the request, with the version of the source, and returns the new row', async () => {
      await serve();
      const { resourceVersion } = pods.get('shop/web')?.metadata ?? {};
      const response = await merge(TEAM, {
        'X-Remote-Uid': 'u-1',
        'X-Remote-Group': 'devs',
        'X-Remote-Extra-scopes': 'read',
        'User-Agent': 'kubectl/v1.36',
      });
      expect(response).to.deep.include({ status: 200 });
      expect(response.body).to.deep.include({ kind: 'Page', node: 'n1' });
      expect(response.body.metadata.labels).to.deep.equal({ tier: 'web', team: 'a' });
      expect(upstream.requests).to.deep.equal([
        {
          user: { name: 'jane', uid: 'u-1', groups: ['devs', 'system:authenticated'], extra: { scopes: ['read'] } },
          verb: 'patch',
          source: 'pods',
          key: 'shop/web',
          body: { metadata: { labels: { team: 'a' }, resourceVersion } },
          dryRun: false,
          fieldManager: 'kubectl',
        },
      ]);
      expect((await rig.send('GET', WEB)).body).to.deep.equal(response.body);
    });

    it('by a JSON patch, too, whose removals become nulls', async () => {
      await serve();
      const operations = [{ op: 'remove', path: '/metadata/labels/tier' }];
      const response = await merge(operations, { 'Content-Type': 'application/json-patch+json' });
      expect(response.status).to.equal(200);
      expect(upstream.requests[0]?.body.metadata.labels).to.deep.equal({ tier: null });
      expect(response.body.metadata.labels ?? {}).to.deep.equal({});
    });

    it('not if nothing changes', async () => {
      await serve();
      expect((await merge({ metadata: { labels: { tier: 'web' } } })).status).to.equal(200);
      expect((await merge({ metadata: { annotations: {} } })).status).to.equal(200);
      expect(upstream.requests).to.deep.equal([]);
    });

    it('again if the source changes during the write', async () => {
      await serve();
      upstream.next.push(() => {
        queueMicrotask(() => pods.modify(pod('shop/web', { node: 'n2', labels: { tier: 'db' } })));
        return refused(409, { reason: 'Conflict', message: 'the object has been modified' });
      });
      const response = await merge(TEAM);
      expect(response.status).to.equal(200);
      expect(response.body).to.deep.include({ node: 'n2' });
      expect(response.body.metadata.labels).to.deep.equal({ tier: 'db', team: 'a' });
      expect(upstream.requests).to.have.length(2);
      expect(upstream.requests[0]?.body.metadata.resourceVersion).to.not.equal(
        upstream.requests[1]?.body.metadata.resourceVersion,
      );
    });

    it('not if it is deleted during the write (404)', async () => {
      await serve();
      upstream.next.push(() => {
        queueMicrotask(() => pods.delete('shop/web'));
        return refused(409, { reason: 'Conflict', message: 'it is being deleted' });
      });
      expect((await merge(TEAM)).status).to.equal(404);
      expect(upstream.requests).to.have.length(1);
    });

    it('with at most five retries (409)', async () => {
      await serve();
      for (let turn = 0; turn < 9; turn += 1) {
        upstream.next.push(() => {
          queueMicrotask(() => pods.modify(pod('shop/web', { node: `n${turn}` })));
          return refused(409, { reason: 'Conflict', message: 'it has been modified' });
        });
      }
      const response = await merge(TEAM);
      expect(response).to.deep.include({ status: 409 });
      expect(response.body.message).to.equal(
        'Operation cannot be fulfilled on pages.example.com "web": it is made from pods "web", and it has been modified',
      );
      expect(upstream.requests).to.have.length(6);
    });

    it('not if the client sends another version than that of the row (409)', async () => {
      await serve();
      const response = await merge({ metadata: { ...TEAM.metadata, resourceVersion: '12' } });
      expect(response).to.deep.include({ status: 409 });
      expect(response.body.reason).to.equal('Conflict');
      expect(upstream.requests).to.deep.equal([]);
    });

    it('not in fields that are not mapped to the source (422), which the response names', async () => {
      await serve();
      const response = await merge({ ...TEAM, node: 'n9', more: { a: 1 } });
      expect(response.status).to.equal(422);
      expect(response.body.details).to.deep.equal({
        name: 'web',
        group: 'example.com',
        kind: 'Page',
        causes: [
          { reason: 'FieldValueForbidden', message: 'Forbidden: it is made from other objects', field: 'node' },
          { reason: 'FieldValueForbidden', message: 'Forbidden: it is made from other objects', field: 'more.a' },
        ],
      });
      expect(upstream.requests).to.deep.equal([]);
    });

    it('not if the function refuses the change or returns undefined (422)', async () => {
      await serve({
        patch: ({ wanted }) => {
          if (wanted.node === 'n0') throw refuse.invalid([{ field: 'node', message: 'must not be n0' }]);
          return undefined;
        },
      });
      const refusal = await merge({ node: 'n0' });
      expect(refusal).to.deep.include({ status: 422 });
      expect(refusal.body.message).to.equal(
        'Page.example.com "web" is invalid: node: Invalid value: "n0": must not be n0',
      );
      expect((await merge({ node: 'n5' })).status).to.equal(422);
      expect(upstream.requests).to.deep.equal([]);
    });

    it('not if the row does not exist (404)', async () => {
      await serve();
      const response = await rig.send('PATCH', `${PATH}/none`, TEAM);
      expect(response.status).to.equal(404);
      expect(response.body.message).to.equal('pages.example.com "none" not found');
    });

    it('and returns the last row and a warning if it leaves the view', async () => {
      await serve();
      const response = await merge({ metadata: { labels: { hidden: 'yes' } } });
      expect(response.status).to.equal(200);
      expect(response.body.metadata.labels).to.deep.equal({ tier: 'web' });
      expect(response.headers['warning']).to.equal('299 - "the object was written, but pages no longer contain it"');
      expect((await rig.send('GET', WEB)).status).to.equal(404);
    });

    it('not with unsupported media types (415)', async () => {
      await serve();
      for (const type of ['application/strategic-merge-patch+json', 'application/apply-patch+yaml']) {
        expect((await merge(TEAM, { 'Content-Type': type })).status, type).to.equal(415);
      }
    });
  });

  describe('is refused', () => {
    const USERS: readonly [title: string, headers: Record<string, string>, message: RegExp][] = [
      ['a user that no header can name', { 'X-Remote-User': 'unspeakable' }, /the name of the user cannot be sent/],
    ];
    for (const [title, headers, message] of USERS) {
      it(`to ${title}`, async () => {
        await serve();
        const response = await merge(TEAM, headers);
        expect(response.status).to.equal(403);
        expect(response.body.message).to.match(message);
      });
    }

    it('by a server that does not authenticate users', async () => {
      await serve();
      await using open = testServer({
        informers: upstream.informers,
        resources: [resource({ ...PAGE, write: LABELS }, pods.pipe(map(pageOf)))],
      });
      const response = await open.request(WEB, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/merge-patch+json', 'X-Remote-User': 'jane' },
        body: JSON.stringify(TEAM),
      });
      expect(response.status).to.equal(403);
      expect(upstream.requests).to.deep.equal([]);
    });
  });

  it('has the verbs of its functions, in discovery and in Allow', async () => {
    await serve({ patch: () => undefined });
    const { resources } = (await rig.send('GET', '/apis/example.com/v1')).body;
    expect(resources[0].verbs).to.deep.equal(['get', 'list', 'patch', 'watch']);
    const response = await rig.send('DELETE', WEB);
    expect(response.status).to.equal(405);
    expect(response.headers['allow']).to.equal('GET, PATCH');
    expect((await rig.send('POST', PATH, {})).status).to.equal(405);
  });

  it('logs an error if the rows do not have the identity of an object', async () => {
    const rows = pods.pipe(
      groupBy((one) => ({ namespace: 'shop', name: one.spec?.nodeName ?? '' }), { pods: count() }),
      map(({ metadata }) => ({ metadata, node: undefined })),
    );
    const errors: Error[] = [];
    const log: Logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (_message, error) => errors.push(error as Error),
    };
    const groups = resource({ ...PAGE, write: LABELS }, rows as Collection<Page>);
    rig = await ThroughRig.of({ informers: upstream.informers, log, resources: [groups] });
    expect((await rig.send('PATCH', `${PATH}/n1`, TEAM)).status).to.equal(500);
    expect(
      errors.map((error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`).join(),
    ).to.include('do not have the identity of an object');
    expect(upstream.requests).to.deep.equal([]);
  });
});

describe('resource with write', () => {
  it('needs at least one function, and paths in fields', () => {
    const pods = fakeInformer(pod('shop/web'));
    const rows = pods.pipe(map(pageOf));
    expect(() => resource({ ...PAGE, write: {} }, rows)).to.throw(
      TypeError,
      'write: needs at least one of patch, replace and delete',
    );
    expect(() => resource({ ...PAGE, write: { ...LABELS, fields: ['a..b'] } }, rows)).to.throw(TypeError, '"a..b"');
  });

  it('needs a server with informers', () => {
    const served = resource({ ...PAGE, write: LABELS }, fakeInformer(pod('shop/web')).pipe(map(pageOf)));
    expect(() => testServer({ resources: [served] })).to.throw('pages: write needs informers');
  });
});
