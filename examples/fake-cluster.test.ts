import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { informerFactory, loadKubeConfig } from 'kubefacet/informers';
import { apiServer, resource } from 'kubefacet/server';
import { certificateAuthority, fakeCluster, pod } from 'kubefacet/testing';
import { pendingPods } from './pending-pods.ts';

const PATH = '/apis/docs.example.org/v1/namespaces/shop/pendingpods';

it('serves pending pods through the aggregator of a cluster', async () => {
  await using cluster = await fakeCluster({ objects: [pod('shop/web', { phase: 'Pending' })] });
  const informers = informerFactory({ kubeConfig: await loadKubeConfig({ text: await cluster.kubeConfigFor() }) });
  const definition = { kind: 'PendingPod', plural: 'pendingpods', namespaced: true };
  const server = apiServer({
    informers,
    apis: [
      { group: 'docs.example.org', version: 'v1', resources: [resource(definition, pendingPods(informers.pods))] },
    ],
  });
  // The certificate is for the Service that registerApiService creates.
  const authority = await certificateAuthority('test');
  const { certificate, key } = await authority.issue({
    commonName: 'kubefacet',
    dnsNames: ['kubefacet.kubefacet.svc'],
    usage: 'server',
  });
  try {
    await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } });
    await cluster.registerApiService({
      group: 'docs.example.org',
      version: 'v1',
      port: server.port,
      caBundle: authority.certificate,
    });

    while (!server.counts().ready) await setTimeout(10);

    const list = await informers.transport.get(PATH);

    expect(list).to.have.nested.property('items[0].metadata.name', 'web');
  } finally {
    await server.close();
    await informers.close();
  }
});
