import { expect } from 'chai';
import { Lease, LEASE_MS } from '../../../src/cli/self-made/lease.ts';
import { FakeClock } from '../../../src/testing/index.ts';
import { type Gate, RESOURCES, SelfMadeRig } from './replicas.ts';

const LABELS = { app: 'mine' };

describe('Lease', () => {
  let rig: SelfMadeRig;
  beforeEach(() => {
    rig = SelfMadeRig.inMemory();
  });

  const leaseOf = (identity: string, clock = rig.clock, gate?: Gate): Lease =>
    new Lease({ objects: rig.objects(gate), namespace: 'apps', name: 'mine-ca', labels: LABELS, identity, clock });

  it('is held by the replica that created it, which renews it', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    expect([await one.hold(), await two.hold(), await one.hold(), await two.hold()]).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
    expect(rig.lease?.spec).to.deep.equal({
      holderIdentity: 'one',
      leaseDurationSeconds: 90,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  it('gets the labels of the server, also if it existed before, and keeps those of others', async () => {
    await leaseOf('one').hold();
    expect(rig.lease?.metadata?.labels).to.deep.equal(LABELS);
    rig.storage.delete(RESOURCES.leases, 'apps/mine-ca');
    const labels = { team: 'a' };
    rig.storage.create(RESOURCES.leases, { metadata: { name: 'mine-ca', namespace: 'apps', labels }, spec: {} });
    await leaseOf('one').hold();
    expect(rig.lease?.metadata?.labels).to.deep.equal({ ...LABELS, ...labels });
  });

  it('passes to another replica when it has not changed for its duration, whatever the clocks show', async () => {
    const ahead = new FakeClock(rig.clock.now() + 10 * LEASE_MS);
    const [one, two] = [leaseOf('one'), leaseOf('two', ahead)];
    await one.hold();
    expect(await two.hold()).to.equal(false);
    ahead.advance(LEASE_MS - 1);
    expect(await two.hold()).to.equal(false);
    rig.clock.advance(1000);
    await one.hold();
    ahead.advance(LEASE_MS - 1);
    expect(await two.hold()).to.equal(false);
    ahead.advance(LEASE_MS);
    expect(await two.hold()).to.equal(true);
    expect(rig.lease?.spec).to.include({ holderIdentity: 'two', leaseTransitions: 1 });
    expect(await one.hold()).to.equal(false);
  });

  it('has one holder if two replicas take it at the same time', async () => {
    rig.storage.create(RESOURCES.leases, { metadata: { name: 'mine-ca', namespace: 'apps' }, spec: {} });
    const holds = await Promise.all([leaseOf('one').hold(), leaseOf('two').hold()]);
    expect(holds.toSorted()).to.deep.equal([false, true]);
  });

  it('is free at once after a release, and only its holder releases it', async () => {
    const [one, two] = [leaseOf('one'), leaseOf('two')];
    await one.hold();
    await two.hold();
    await two.release();
    expect(rig.lease?.spec?.holderIdentity).to.equal('one');
    await one.release();
    expect(await two.hold()).to.equal(true);
  });

  it('is held again after a response was lost', async () => {
    const fates = ['reaches the cluster', 'loses its response'] as const;
    let sent = 0;
    const one = leaseOf('one', rig.clock, () => Promise.resolve(fates[sent++] ?? 'reaches the cluster'));
    const error: unknown = await one.hold().catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(Error);
    expect(await one.hold()).to.equal(true);
  });
});
