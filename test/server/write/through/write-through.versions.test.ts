/** Writes of rows with a resourceVersion of the client: versions of this replica, of others, and of other histories. */
import { expect } from 'chai';
import type { V1Pod } from '../../../../src/informers/wire-type.ts';
import { flatMap, map } from '../../../../src/projections/index.ts';
import { viewsOf } from '../../../../src/server/api-server.ts';
import { resource } from '../../../../src/server/index.ts';
import { FakeClock, fakeInformer, type FakeInformer, pod } from '../../../../src/testing/informers/index.ts';
import { RecordedLog, until } from '../../../support/test-server.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { LABELS, PAGE, pageOf, PATH, WEB } from './pages.ts';
import { type ThroughResponse, ThroughRig } from './through-rig.ts';

describe('a write of a row with a resourceVersion', () => {
  let pods: FakeInformer<V1Pod>;
  let upstream: FakeUpstream;
  let clock: FakeClock;
  let rig: ThroughRig;

  const serve = async (scheme: 'upstream' | 'local'): Promise<void> => {
    const rows = pods.pipe(scheme === 'upstream' ? map(pageOf) : flatMap((one: V1Pod) => [pageOf(one)]));
    const resources = [resource({ ...PAGE, write: LABELS }, rows)];
    rig = await ThroughRig.of({ informers: upstream.informers, resources, clock, log: new RecordedLog() });
    expect(viewsOf(rig.server)[0]?.view.scheme).to.equal(scheme);
  };
  const versionOf = async (path: string): Promise<bigint> =>
    BigInt((await rig.send('GET', path)).body.metadata.resourceVersion);
  const WRITES: readonly (readonly [verb: string, write: (version: bigint) => Promise<ThroughResponse>])[] = [
    [
      'a patch',
      (version) => rig.send('PATCH', WEB, { metadata: { labels: { team: 'a' }, resourceVersion: String(version) } }),
    ],
    [
      'a PUT',
      async (version) => {
        const row = (await rig.send('GET', WEB)).body;
        return rig.send('PUT', WEB, {
          ...row,
          metadata: { ...row.metadata, labels: { team: 'a' }, resourceVersion: String(version) },
        });
      },
    ],
    ['a delete', (version) => rig.send('DELETE', WEB, { preconditions: { resourceVersion: String(version) } })],
  ];

  beforeEach(() => {
    pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n1' }));
    upstream = new FakeUpstream(pods);
    clock = new FakeClock();
  });
  afterEach(() => rig.close());

  for (const [verb, write] of WRITES) {
    describe(`as ${verb}`, () => {
      /** Writes a row whose object has changed without a change of the row, so its version is below that of the object. */
      const heartbeat = (): void => pods.modify(pod('shop/web', { node: 'n1', phase: 'Running' }));

      it('is accepted at the version of the row, and locked at the version of the object', async () => {
        await serve('upstream');
        const version = await versionOf(WEB);
        heartbeat();
        const { resourceVersion } = pods.get('shop/web')?.metadata ?? {};
        expect((await write(version)).status).to.equal(200);
        const [{ body } = { body: {} }] = upstream.requests;
        expect((body.metadata ?? body.preconditions).resourceVersion).to.equal(resourceVersion);
      });

      it('is accepted at the version of a list in which the row was the same', async () => {
        await serve('upstream');
        pods.modify(pod('shop/db', { node: 'n2' }));
        const version = await versionOf(PATH);
        pods.modify(pod('shop/db', { node: 'n3' }));
        expect((await write(version)).status).to.equal(200);
      });

      it('waits for a version that this replica has not reached', async () => {
        await serve('upstream');
        // With the same rows, the digest stays.
        const response = write((await versionOf(PATH)) + (2n << 20n));
        await until(() => clock.waiting > 1);
        pods.bookmark();
        expect(upstream.requests).to.deep.equal([]);
        pods.bookmark();
        expect((await response).status).to.equal(200);
      });

      it('is refused with 409 after three seconds if the version does not arrive', async () => {
        await serve('upstream');
        const response = write((await versionOf(PATH)) + (2n << 20n));
        await until(() => clock.waiting > 1);
        clock.advance(3000);
        const { status, body } = await response;
        expect([status, body.reason]).to.deep.equal([409, 'Conflict']);
        expect(upstream.requests).to.deep.equal([]);
      });

      it('is refused with 409 after a change of the row, and at a version of other rows', async () => {
        await serve('upstream');
        const [version, state] = [await versionOf(WEB), await versionOf(PATH)];
        expect((await write(state ^ 1n)).status).to.equal(409);
        pods.modify(pod('shop/web', { node: 'n2' }));
        for (const old of [version, state]) expect((await write(old)).status).to.equal(409);
        expect(upstream.requests).to.deep.equal([]);
      });

      it('in scheme local is accepted only at the version of the row', async () => {
        await serve('local');
        const before = await versionOf(WEB);
        pods.modify(pod('shop/web', { node: 'n2' }));
        pods.modify(pod('shop/db', { node: 'n2' }));
        const refused = [before, await versionOf(PATH), (await versionOf(PATH)) + 65_536n];
        for (const version of refused) expect((await write(version)).status).to.equal(409);
        expect((await write(await versionOf(WEB))).status).to.equal(200);
      });
    });
  }
});
