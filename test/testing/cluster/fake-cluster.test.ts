import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';

import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';

import { certificateAuthority } from '../../../src/certificates.ts';
import { fakeCluster } from '../../../src/testing/cluster/fake-cluster.ts';
import type { FakeCluster, FakeClusterOptions } from '../../../src/testing/cluster/fake-cluster.ts';
import { PortInUseError } from '../../../src/testing/cluster/https-server.ts';
import { clientOf, clusterClient } from './support/cluster-client.ts';
import type { Json } from './support/cluster-client.ts';
import { until } from '../../support/until.ts';
import { widgets } from './support/without-socket.ts';

const PODS = '/api/v1/namespaces/default/pods';

describe('fakeCluster()', () => {
  let cluster: FakeCluster | undefined;
  afterEach(async () => await cluster?.close());

  const started = async (options?: FakeClusterOptions): Promise<FakeCluster> => (cluster = await fakeCluster(options));
  const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
    await promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  for (const http2 of [true, false])
    it(`serves objects over https with ${http2 ? 'h2' : 'http/1.1'}`, async () => {
      const { storage } = await started();
      storage.create('pods', { metadata: { name: 'web', namespace: 'default' } });
      await using client = await clientOf(cluster!, undefined, { http2 });
      const { status, json } = await client.call(PODS);
      expect(status).to.equal(200);
      expect(json['items']?.['0']?.['metadata']?.['name']).to.equal('web');
      const { body } = await client.open(`${PODS}?watch=1&resourceVersion=${storage.revision}`);
      storage.delete('pods', 'default/web');
      const { value } = await body[Symbol.asyncIterator]().next();
      expect(JSON.parse(String(value)).type).to.equal('DELETED');
    });

  it('returns kubeconfigs with a certificate or a token', async () => {
    const one = await started();
    const user = async (text: string): Promise<string> => {
      const config = new KubeConfig();
      config.loadFromString(text);
      const { certData, keyData, token } = config.getCurrentUser() ?? {};
      const certificate =
        certData === undefined || keyData === undefined
          ? undefined
          : { certificate: atob(certData), key: atob(keyData) };
      await using client = clusterClient(
        {
          url: config.getCurrentCluster()?.server ?? '',
          caCertificate: atob(config.getCurrentCluster()?.caData ?? ''),
        },
        { ...(certificate === undefined ? {} : { certificate }), ...(token === undefined ? {} : { token }) },
      );
      const { json } = await client.call('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        method: 'POST',
        body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
        headers: { 'content-type': 'application/json' },
      });
      const user = json['status']?.['userInfo'] as unknown as { username: string; groups: string[] } | undefined;
      return [user?.username, ...(user?.groups ?? [])].join(' ');
    };
    expect(await user(await one.kubeConfigFor())).to.equal('kubernetes-admin system:masters system:authenticated');
    expect(await user(await one.kubeConfigFor({ name: 'alice', groups: ['dev'] }))).to.equal(
      'alice dev system:authenticated',
    );
    expect(await user(one.kubeConfigWithToken({ name: 'bob', token: 't' }))).to.equal('bob system:authenticated');
  });

  describe('authentication', () => {
    for (const [what, path, credential, status] of [
      ['an anonymous request for health', '/readyz', 'none', 200],
      ['an anonymous request for the version', '/version', 'none', 200],
      ['an anonymous request for pods', PODS, 'none', 403],
      ['an anonymous request for discovery', '/apis', 'none', 403],
      ['a bad token', '/readyz', 'token', 401],
      ['a certificate of another authority', '/readyz', 'certificate', 401],
    ] as const)
      it(`responds to ${what} with ${status}`, async () => {
        const one = await started();
        const other = await certificateAuthority('kubernetes');
        const credentials = {
          none: {},
          token: { token: 'wrong' },
          certificate: {
            certificate: await other.issue({ commonName: 'root', organizations: ['system:masters'], usage: 'client' }),
          },
        };
        await using client = clusterClient(one, credentials[credential]);
        const response = await client.call(path);
        expect(response.status).to.equal(status);
        if (status !== 200) expect(response.json).to.include({ kind: 'Status', code: status });
      });

    it('names the action that an anonymous user may not do', async () => {
      await using client = clusterClient(await started());
      expect((await client.call(PODS)).json['message']).to.equal(
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
      );
      expect((await client.call('/apis')).json['message']).to.match(/User "system:anonymous" cannot get path "\/apis"/);
    });

    it('treats a resumed TLS session without a certificate as anonymous', async () => {
      const { port, caCertificate } = await started();
      const options = { port, host: '127.0.0.1', ca: caCertificate, maxVersion: 'TLSv1.3' } as const;
      const request = (socket: tls.TLSSocket): void =>
        void socket.write(`GET ${PODS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      const first = tls.connect(options);
      const [session] = (
        await Promise.all([once(first, 'session'), once(first, 'secureConnect').then(() => request(first))])
      )[0] as [Buffer];
      first.destroy();
      const second = tls.connect({ ...options, session });
      await once(second, 'secureConnect');
      expect(second.isSessionReused()).to.equal(true);
      request(second);
      const [response] = (await once(second, 'data')) as [Buffer];
      second.destroy();
      expect(response.toString()).to.match(/^HTTP\/1\.1 403/);
    });
  });

  describe('authorize()', () => {
    const onlyPods: FakeClusterOptions['authorize'] = (user, access) =>
      access.type === 'resource' && access.resource === 'pods'
        ? user.name === 'alice'
        : { allowed: false, reason: 'only pods' };
    const alice = { name: 'alice' };

    it('is called for requests', async () => {
      const one = await started({ authorize: onlyPods });
      await using client = await clientOf(one, alice);
      await using bob = await clientOf(one, { name: 'bob' });
      expect((await client.call(PODS)).status).to.equal(200);
      expect((await bob.call(PODS)).status).to.equal(403);
      const denied = await client.call('/api/v1/nodes');
      expect(denied.status).to.equal(403);
      expect(denied.json['message']).to.match(/at the cluster scope: only pods$/);
      expect((await client.call('/readyz')).status).to.equal(200);
    });

    it('is not called for members of system:masters', async () => {
      await using client = await clientOf(await started({ authorize: () => false }));
      expect((await client.call(PODS)).status).to.equal(200);
    });

    it('is called for SubjectAccessReviews', async () => {
      await using client = await clientOf(await started({ authorize: onlyPods }));
      const review = async (kind: string, spec: object): Promise<Json | undefined> => {
        const { status, json } = await client.call(`/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`, {
          method: 'POST',
          body: JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind, spec }),
          headers: { 'content-type': 'application/json' },
        });
        expect(status).to.equal(201);
        return json['status'];
      };
      const pods = { verb: 'list', resource: 'pods', namespace: 'default' };
      expect(await review('SubjectAccessReview', { user: 'alice', resourceAttributes: pods })).to.deep.equal({
        allowed: true,
      });
      expect(await review('SubjectAccessReview', { user: 'bob', resourceAttributes: pods })).to.deep.equal({
        allowed: false,
      });
      expect(
        await review('SubjectAccessReview', { user: 'bob', groups: ['system:masters'], resourceAttributes: pods }),
      ).to.deep.equal({ allowed: true });
      expect(
        await review('SubjectAccessReview', {
          user: 'alice',
          nonResourceAttributes: { path: '/metrics', verb: 'get' },
        }),
      ).to.deep.equal({
        allowed: false,
        reason: 'only pods',
      });
      expect(await review('SelfSubjectAccessReview', { resourceAttributes: pods })).to.deep.equal({ allowed: true });
    });

    it('is called before one user impersonates another', async () => {
      const one = await started({ authorize: onlyPods });
      const as = { headers: { 'impersonate-user': 'alice', 'impersonate-group': 'dev' } };
      await using root = await clientOf(one);
      await using bob = await clientOf(one, { name: 'bob' });
      expect((await root.call(PODS, as)).status).to.equal(200);
      expect((await root.call('/api/v1/nodes', as)).status).to.equal(403);
      const denied = await bob.call(PODS, as);
      expect(denied.status).to.equal(403);
      expect(denied.json['message']).to.match(
        /^users "alice" is forbidden: User "bob" cannot impersonate resource "users"/,
      );
      expect((await root.call(PODS, { headers: { 'impersonate-group': 'dev' } })).status).to.equal(400);
    });
  });

  it('serves TokenReviews', async () => {
    const one = await started({ users: [{ name: 'bob', groups: ['dev'], token: 'good' }] });
    await using client = await clientOf(one);
    const review = async (token: string): Promise<Json | undefined> =>
      (
        await client.call('/apis/authentication.k8s.io/v1/tokenreviews', {
          method: 'POST',
          body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
          headers: { 'content-type': 'application/json' },
        })
      ).json['status'];
    expect(await review('good')).to.deep.equal({
      authenticated: true,
      audiences: ['https://kubernetes.default.svc'],
      user: { username: 'bob', groups: ['dev', 'system:authenticated'] },
    });
    expect(await review('bad')).not.to.include.keys('authenticated');
  });

  it('publishes the authorities that extension servers trust', async () => {
    const { storage, clientAuthority, frontProxyAuthority } = await started();
    const data = storage.get('configmaps', 'kube-system/extension-apiserver-authentication')?.['data'];
    expect(data).to.deep.equal({
      'client-ca-file': clientAuthority.certificate,
      'requestheader-client-ca-file': frontProxyAuthority.certificate,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    });
  });

  it('starts with the given objects and kinds', async () => {
    const { storage } = await started({
      kinds: [widgets],
      objects: [{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } }],
    });
    expect(storage.get('widgets.example.com', 'shop/w')).not.to.equal(undefined);
    await using client = await clientOf(cluster!);
    expect((await client.call('/apis/example.com/v1/namespaces/shop/widgets/w')).status).to.equal(200);
  });

  describe('close()', () => {
    it('ends watches and frees the port', async () => {
      const { port } = await started();
      await using client = await clientOf(cluster!);
      const { body } = await client.open(`${PODS}?watch=1`);
      let ended = false;
      body
        .on('error', () => undefined)
        .on('close', () => (ended = true))
        .resume();
      await cluster!.close();
      await until(() => ended, 'the end of the watch');
      await started({ port });
      expect(cluster!.port).to.equal(port);
    });

    it('may be called twice, and is called by the signal', async () => {
      const ending = new AbortController();
      const one = await started({ signal: ending.signal });
      ending.abort();
      await one.close();
      await one.close();
      await started({ port: one.port });
    });

    it('is unnecessary after a start with an aborted signal, which rejects', async () => {
      expect(await rejection(fakeCluster({ signal: AbortSignal.abort(new Error('over')) }))).to.have.property(
        'message',
        'over',
      );
    });
  });

  it('rejects with PortInUseError if another process uses the port', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const error = await rejection(fakeCluster({ port }));
    other.close();
    expect(error).to.be.instanceOf(PortInUseError);
    expect((error as Error).message).to.contain(`127.0.0.1:${port} is in use`);
  });
});
