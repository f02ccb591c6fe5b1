/**
 * Servers that make their certificate, in a real cluster with the permissions of their manifests: replicas share a CA, one of them keeps the
 * `caBundle` right, and the CA is rotated while kubectl reads.
 */
import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { labelsOf } from '../../../../src/cli/manifests/manifest-options.ts';
import { ANNOUNCEMENT_MS, CA_RENEWAL_MS, CA_VALIDITY_MS } from '../../../../src/cli/self-made/rotation.ts';
import { certificateAuthority, FakeClock } from '../../../../src/testing/index.ts';
import { type ClientResponse, requestOnce } from '../../../support/https-client.ts';
import { RecordedLog } from '../../../support/test-server.ts';
import type { AuditEvent } from '../../private-api-server.ts';
import { installation, type Rule, until } from '../installation.ts';
import { grantedRights, usedRights } from '../rights.ts';
import { configMap } from '../roles.ts';
import { KubectlLoad } from './kubectl-load.ts';
import { GROUP, NAME, PROMETHEUS, SelfMadeServers } from './servers.ts';

const READ = ['-n', NAME, 'get', `notes.${GROUP}`, '-o', 'name'];
const ROW = `note.${GROUP}/note-one\n`;
const RENEWED = 'the serving certificate was renewed';

/** Sends a request to a server whose certificate must be signed by one of the CAs. */
function requestWith(ca: string, port: number): Promise<ClientResponse> {
  return requestOnce('/livez', { port, ca });
}

const isPatch = ({ verb, objectRef }: AuditEvent): boolean => verb === 'patch' && objectRef?.resource === 'apiservices';

describe('a self-made certificate, in a cluster with RBAC', function () {
  this.timeout(300_000);
  let servers: SelfMadeServers;
  let load: KubectlLoad | undefined;

  before(async function () {
    const found = await installation();
    if (found === undefined) return this.skip();
    servers = await SelfMadeServers.install(found);
    await servers.upstream.apply(configMap(NAME, 'note-one'));
  });

  afterEach(async () => {
    await load?.end();
    load = undefined;
  });

  after(() => servers?.close());

  const startLoad = async (): Promise<KubectlLoad> => {
    await servers.untilServed();
    load = new KubectlLoad(servers.upstream.kubeConfig, READ, ROW);
    return load;
  };
  const patches = (): number => servers.requests().filter(isPatch).length;

  it('is issued by the CA of the replica that wrote it first, which the APIService trusts', async () => {
    const [one, two] = await Promise.all([servers.process(), servers.process()]);
    const reading = await startLoad();
    const { metadata } = await servers.secret();
    const labels = labelsOf({ name: NAME });
    expect([metadata?.labels, (await servers.lease()).metadata?.labels]).to.deep.equal([labels, labels]);
    const created = servers
      .requests()
      .filter(({ verb, objectRef }) => verb === 'create' && objectRef?.resource === 'secrets')
      .filter(({ responseStatus }) => responseStatus?.code === 201);
    expect(created).to.have.length(1);
    const bundle = await servers.bundle();
    expect(bundle.trim()).to.equal((await servers.cas()).current.certificate.trim());
    for (const { port } of [one, two]) expect((await requestWith(bundle, port)).status).to.equal(200);

    // A new version of the manifests has no caBundle.
    await servers.apply();
    expect(await servers.bundle()).to.equal(bundle);
    await reading.more();
    await one.stop();
    await reading.more();
    expect((await servers.lease()).spec?.leaseTransitions).to.be.at.most(1);
  });

  it('is verified by the Prometheus of the ServiceMonitor', async () => {
    const { upstream, documents, port } = servers;
    const { namespace, name } = PROMETHEUS;
    await upstream.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: PROMETHEUS },
    );
    const token = await upstream.kubectl('-n', namespace, 'create', 'token', name);
    const monitor = documents.find(({ kind }) => kind === 'ServiceMonitor');
    const endpoints = (monitor?.spec?.['endpoints'] ?? []) as readonly ScrapedEndpoint[];
    const [endpoint] = endpoints;
    if (endpoint === undefined) throw new Error('the manifests contain no endpoint for Prometheus');
    const { serverName, ca } = endpoint.tlsConfig;
    const { data } = JSON.parse(await upstream.kubectl('-n', NAME, 'get', 'secret', ca.secret.name, '-o', 'json')) as {
      readonly data: Readonly<Record<string, string>>;
    };
    const response = await requestOnce(endpoint.path, {
      port,
      ca: Buffer.from(data[ca.secret.key] ?? '', 'base64').toString(),
      serverName,
      headers: { Authorization: `Bearer ${token.trim()}` },
    });
    expect(response.status, response.text).to.equal(200);
    expect(response.text).to.contain('kubefacet_');
  });

  it('is followed by one of the next CA, while clients trust both and kubectl reads', async () => {
    await servers.stopAll();
    // The documented way to replace a CA at once. The new one is as old as a CA that is due.
    await servers.deleteSecret();
    const clock = new FakeClock(Date.now() - (CA_VALIDITY_MS - CA_RENEWAL_MS) - 3 * ANNOUNCEMENT_MS);
    const [leader, follower] = [await servers.certificate('one', clock), await servers.certificate('two', clock)];
    await leader.round();
    await follower.round();
    clock.advance(CA_VALIDITY_MS - CA_RENEWAL_MS);
    await leader.round();
    await follower.round();
    const logs = [new RecordedLog(), new RecordedLog()] as const;
    const [first, second] = [await servers.serve(leader, logs[0]), await servers.serve(follower, logs[1])];
    const reading = await startLoad();
    const { current: old, next } = await servers.cas();
    if (next === undefined) throw new Error('no next CA was made');

    await leader.round();
    expect(certificatesIn(await servers.bundle())).to.deep.equal(certificatesIn(old.certificate, next.certificate));
    await reading.more();
    // Only the leader corrects a change of an administrator, with one request.
    const { certificate: foreign } = await certificateAuthority('foreign');
    await servers.setBundle((await servers.bundle()) + foreign);
    const before = patches();
    await follower.round();
    expect(certificatesIn(await servers.bundle())).to.have.length(3);
    await leader.round();
    expect(certificatesIn(await servers.bundle())).to.have.length(2);
    expect(patches()).to.equal(before + 1);
    expect((await servers.lease()).spec?.holderIdentity).to.equal('one');

    await leader.round();
    clock.advance(ANNOUNCEMENT_MS);
    await leader.round();
    for (const replica of [follower, leader]) await replica.round();
    expect((await servers.cas()).current.certificate).to.equal(next.certificate);
    expect(certificatesIn(await servers.bundle())).to.deep.equal(certificatesIn(next.certificate, old.certificate));
    await reading.more();
    await until(() => logs.every((log) => log.of('info').includes(RENEWED)), 60);
    for (const { port } of [first, second]) expect((await requestWith(next.certificate, port)).status).to.equal(200);
    // The kube-apiserver verifies the certificate of the other replica.
    await first.stop();
    await reading.more();
  });

  it('needs no permission that the manifests do not grant, and each one that they grant', () => {
    const requests = servers.requests();
    const refused = requests.filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).to.deep.equal([]);
    const rules = servers.documents
      .filter(({ metadata }) => [`${NAME}-certificate`, `${NAME}-sources`].includes(metadata.name))
      .flatMap((document): readonly Rule[] => document.rules ?? []);
    const granted = grantedRights(rules);
    expect(granted).to.include.members([
      `update secrets. ${NAME}-ca`,
      `patch apiservices.apiregistration.k8s.io v1.${GROUP}`,
    ]);
    const used = usedRights(requests);
    expect(granted.filter((right) => !used.has(right))).to.deep.equal([]);
  });
});

/** The fields of an endpoint of a ServiceMonitor that Prometheus uses for TLS. */
interface ScrapedEndpoint {
  readonly path: string;
  readonly tlsConfig: { readonly serverName: string; readonly ca: { readonly secret: { name: string; key: string } } };
}

/** Returns the serial numbers of the certificates in PEM. */
function certificatesIn(...texts: readonly string[]): string[] {
  const pems = texts.join('\n').match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? [];
  return pems.map((pem) => new X509Certificate(pem).serialNumber);
}
