import { expect } from 'chai';
import { type CertificateAuthority, certificateAuthority } from '../../../src/certificates.ts';
import { StoreUnavailableError } from '../../../src/stores/errors.ts';
import { etcdStore, type EtcdStoreOptions } from '../../../src/stores/etcd/etcd-store.ts';
import { failureOf, NEVER, shown, task, TASKS } from '../tasks.ts';
import { EtcdProcess, requireEtcd } from './etcd-process.ts';

describe('etcdStore() over TLS', () => {
  let etcd: EtcdProcess;
  let authority: CertificateAuthority;
  let controller: AbortController;

  before(async function () {
    const command = requireEtcd(this);
    authority = await certificateAuthority('etcd');
    const server = await authority.issue({ commonName: 'etcd', ipAddresses: ['127.0.0.1'], usage: 'server' });
    etcd = await EtcdProcess.start(command, { ...server, clientAuthority: authority.certificate });
    controller = new AbortController();
  });
  after(async () => {
    controller?.abort();
    await etcd?.stop();
  });

  const open = (options: Partial<EtcdStoreOptions>) =>
    etcdStore({ endpoints: [etcd.url], signal: controller.signal, connectTimeout: 500, ...options }).open(TASKS);

  it('reads and writes with a client certificate', async () => {
    const { certificate: cert, key } = await authority.issue({ commonName: 'kubefacet', usage: 'client' });
    const store = open({ tls: { ca: authority.certificate, cert, key } });
    await shown(store, 'a', await store.create(task('a', 'one'), NEVER));
  });

  it('reports a missing client certificate and an untrusted server certificate', async () => {
    const { certificate: cert, key } = await authority.issue({ commonName: 'kubefacet', usage: 'client' });
    const other = await certificateAuthority('other');
    const without = await failureOf(open({ tls: { ca: authority.certificate } }).read('a', NEVER));
    expect(without).to.be.instanceOf(StoreUnavailableError);
    const untrusted = await failureOf(open({ tls: { ca: other.certificate, cert, key } }).read('a', NEVER));
    expect(untrusted).to.be.instanceOf(StoreUnavailableError);
    expect(untrusted.message).to.match(/cannot reach etcd: https:.*(unable to verify|self-signed|certificate)/);
  });

  it('uses another endpoint if the first does not respond', async () => {
    const { certificate: cert, key } = await authority.issue({ commonName: 'kubefacet', usage: 'client' });
    const tls = { ca: authority.certificate, cert, key };
    const store = open({ tls, endpoints: ['https://127.0.0.1:1', etcd.url], connectTimeout: 5000 });
    const written = await store.create(task('b', 'one'), NEVER);
    await shown(store, 'b', written);
    expect(await store.read('b', NEVER)).to.deep.equal(written);
  });
});
