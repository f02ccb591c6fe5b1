import { X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { ANNOUNCEMENT_MS, CA_RENEWAL_MS, CA_VALIDITY_MS } from '../../../src/cli/self-made/rotation.ts';
import { CERTIFICATE_VALIDITY_MS, RETRY_MS, ROUND_MS } from '../../../src/cli/self-made/self-made-certificate.ts';
import { labelsOf } from '../../../src/cli/manifests/manifest-options.ts';
import type { V1APIService } from '../../../src/informers/index.ts';
import { API_SERVICES, type Fate, RESOURCES, SelfMadeRig, SERVICE } from './replicas.ts';
import { until } from '../../support/until.ts';

const DAY_MS = 86_400_000;

describe('SelfMadeCertificate', () => {
  let rig: SelfMadeRig;
  beforeEach(async () => {
    rig = await SelfMadeRig.started();
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const trustsOf = (cert: string | Buffer): boolean[] => API_SERVICES.map((name) => rig.trusts(name, cert));

  it('makes the CA once, issues a certificate for the Service, and sets the caBundle of each APIService', async () => {
    const replica = rig.replica('one');
    expect(await replica.round()).to.deep.equal([]);
    const { cert } = replica.current();
    expect(trustsOf(cert)).to.deep.equal([true, true]);
    const served = new X509Certificate(cert);
    expect(served.checkHost('mine.apps.svc')).to.equal('mine.apps.svc');
    expect(served.checkHost('localhost')).to.equal('localhost');
    const { secret } = rig;
    rig.clock.advance(DAY_MS);
    expect(await replica.round()).to.deep.equal([]);
    expect(replica.current().cert).to.equal(cert);
    expect(rig.secret).to.deep.equal(secret);
  });

  it('uses the CA of the replica that created the Secret first', async () => {
    // Both replicas have seen that there is no Secret.
    const waiting: (() => void)[] = [];
    let sent = 0;
    const gate = async (): Promise<Fate> => {
      sent += 1;
      if (sent <= 2) await new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 2) for (const go of waiting.splice(0)) go();
      return 'reaches the cluster';
    };
    const [one, two] = [rig.replica('one', gate), rig.replica('two', gate)];
    const rounds = [one.round(), two.round()];
    for (const go of waiting.splice(0)) go();
    await Promise.all(rounds);
    for (const replica of [one, two]) {
      expect(rig.cas?.current.certificate).to.be.a('string');
      expect(new X509Certificate(replica.current().cert).verify(publicKeyOf(rig.cas?.current.certificate))).to.equal(
        true,
      );
    }
  });

  it('uses the stored CA after a restart', async () => {
    const first = rig.replica('one');
    await first.round();
    const { secret } = rig;
    const second = rig.replica('one again');
    await second.round();
    expect(rig.secret).to.deep.equal(secret);
    expect(trustsOf(second.current().cert)).to.deep.equal([true, true]);
  });

  it('fills a Secret that an administrator created empty', async () => {
    rig.storage.create(RESOURCES.secrets, { metadata: { name: 'mine-ca', namespace: 'apps' } });
    const replica = rig.replica('one');
    await replica.round();
    expect(trustsOf(replica.current().cert)).to.deep.equal([true, true]);
  });

  it('gives the Secret and the Lease the labels of the installation, by which uninstall finds them', async () => {
    const labels = labelsOf(SERVICE);
    await rig.replica('one').round();
    expect([rig.secret?.metadata?.labels, rig.lease?.metadata?.labels]).to.deep.equal([labels, labels]);
    const others = { team: 'a' };
    rig.storage.update(RESOURCES.secrets, { metadata: { name: 'mine-ca', namespace: 'apps', labels: others } });
    await rig.replica('one').round();
    expect(rig.secret?.metadata?.labels).to.deep.equal({ ...labels, ...others });
  });

  it('leaves the caBundle to the leader', async () => {
    const [leader, follower] = [rig.replica('leader'), rig.replica('follower')];
    await leader.round();
    rig.forget(API_SERVICES[0]);
    await follower.round();
    expect(rig.bundle(API_SERVICES[0])).to.deep.equal([]);
    await leader.round();
    expect(trustsOf(follower.current().cert)).to.deep.equal([true, true]);
    expect(rig.log.of('info').at(-1)).to.contain('the caBundle of the APIService v1.a.example was set');
  });

  it('renews its certificate when a third of the validity is left', async () => {
    const replica = rig.replica('one');
    await replica.round();
    const { cert } = replica.current();
    rig.clock.advance((CERTIFICATE_VALIDITY_MS * 2) / 3 - 1);
    await replica.round();
    expect(replica.current().cert).to.equal(cert);
    rig.clock.advance(1);
    await replica.round();
    expect(replica.current().cert).to.not.equal(cert);
    expect(trustsOf(replica.current().cert)).to.deep.equal([true, true]);
  });

  it('rotates the CA: announces it, issues from it later, and trusts the old one until it expires', async () => {
    const [leader, follower] = [rig.replica('leader'), rig.replica('follower')];
    const round = async (): Promise<void> => {
      await leader.round();
      await follower.round();
      for (const { cert } of [leader.current(), follower.current()]) expect(trustsOf(cert)).to.deep.equal([true, true]);
    };
    await round();
    const old = rig.cas?.current.certificate;
    rig.clock.advance(CA_VALIDITY_MS - CA_RENEWAL_MS);
    await round();
    expect(rig.cas?.current.certificate).to.equal(old);
    expect(rig.cas?.next).to.not.equal(undefined);
    await round();
    expect(rig.bundle(API_SERVICES[0])).to.have.length(2);
    await round();
    rig.clock.advance(ANNOUNCEMENT_MS - 1);
    await round();
    expect(rig.cas?.current.certificate).to.equal(old);
    rig.clock.advance(1);
    await round();
    expect(rig.cas?.current.certificate).to.not.equal(old);
    expect(rig.cas?.previous).to.deep.equal([old?.trimEnd()]);
    expect(Object.keys(rig.secret?.data ?? {})).to.have.members(['ca.crt', 'tls.crt', 'tls.key', 'previous.crt']);
    await round();
    expect(new X509Certificate(leader.current().cert).verify(publicKeyOf(rig.cas?.current.certificate))).to.equal(true);
    rig.clock.advance(CA_RENEWAL_MS);
    await round();
    await round();
    expect(rig.cas?.previous).to.deep.equal([]);
    expect(rig.bundle(API_SERVICES[0])).to.have.length(1);
  });

  it('replaces a CA that has expired while no replica ran', async () => {
    await rig.replica('one').round();
    rig.clock.advance(CA_VALIDITY_MS);
    const replica = rig.replica('two');
    await replica.round();
    rig.clock.advance(ROUND_MS * 3);
    await replica.round();
    expect(trustsOf(replica.current().cert)).to.deep.equal([true, true]);
    expect(rig.bundle(API_SERVICES[0])).to.have.length(1);
  });

  it('does not touch an APIService of another Service, and reports it and a missing one', async () => {
    const [first, second] = API_SERVICES;
    rig.storage.delete(RESOURCES.apiServices, second);
    const spec = { ...withoutBundle().spec, service: { namespace: 'apps', name: 'other' } };
    rig.storage.update(RESOURCES.apiServices, { ...withoutBundle(), spec });
    expect(await rig.replica('one').round()).to.deep.equal([
      `the APIService ${first} does not name the Service apps/mine`,
      `the APIService ${second} does not exist`,
    ]);
    expect(rig.bundle(first)).to.deep.equal([]);
  });

  it('keeps its certificate while the cluster fails, reports the cause once, and tries again', async () => {
    let fate: Fate = 'reaches the cluster';
    const replica = rig.replica('one', () => Promise.resolve(fate));
    const end = new AbortController();
    let issued = 0;
    let rounds = 0;
    const running = replica.run(() => (issued += 1), end.signal);
    await until(() => rig.clock.waiting === 1);
    const { cert } = replica.current();
    fate = 'is lost';
    for (; rounds < 3; rounds += 1) {
      rig.clock.advance(rounds === 0 ? ROUND_MS : RETRY_MS);
      await until(() => rig.clock.waiting === 1);
    }
    expect([replica.current().cert, issued]).to.deep.equal([cert, 1]);
    expect(rig.log.of('warn')).to.deep.equal(['self-made certificate: the request was lost']);
    fate = 'reaches the cluster';
    rig.clock.advance(RETRY_MS);
    await until(() => rig.clock.waiting === 1);
    expect(issued).to.equal(2);
    end.abort();
    await running;
  });

  it('names the Secret and the fix if the Secret has another content', async () => {
    rig.storage.create(RESOURCES.secrets, {
      metadata: { name: 'mine-ca', namespace: 'apps' },
      data: { 'tls.crt': Buffer.from('no PEM').toString('base64'), 'tls.key': 'YQ==' },
    });
    const end = new AbortController();
    const running = rig.replica('one').run(() => undefined, end.signal);
    while (rig.log.of('warn').length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.log.of('warn')[0]).to.match(
      /the Secret apps\/mine-ca is not usable: tls\.crt is not a .*; delete it, and/,
    );
    end.abort();
    await running;
  });

  it('lets another replica lead at once when it ends', async () => {
    const end = new AbortController();
    const running = rig.replica('one').run(() => undefined, end.signal);
    while (rig.clock.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.lease?.spec?.holderIdentity).to.equal('one');
    end.abort();
    await running;
    await rig.replica('two').round();
    expect(rig.lease?.spec?.holderIdentity).to.equal('two');
  });

  /** Returns the first APIService as an administrator applies it again. */
  const withoutBundle = () => {
    const object = rig.storage.get(RESOURCES.apiServices, API_SERVICES[0]) as V1APIService | undefined;
    const { caBundle: _, ...spec } = object?.spec ?? {};
    return { metadata: { name: API_SERVICES[0] }, spec };
  };
});

function publicKeyOf(pem: string | undefined): X509Certificate['publicKey'] {
  return new X509Certificate(pem ?? '').publicKey;
}
