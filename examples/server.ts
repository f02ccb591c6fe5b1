/** A complete server. `node examples/server.ts` needs a kubeconfig and a serving certificate. */
import { readFileSync } from 'node:fs';
import { informerFactory, loadKubeConfig } from 'kubefacet/informers';
import { apiServer, resource } from 'kubefacet/server';
import { runningPods } from './running-pods.ts';

const informers = informerFactory({ kubeConfig: await loadKubeConfig() });
const runningPodResource = resource(
  {
    kind: 'RunningPod',
    plural: 'runningpods',
    shortNames: ['rpod'],
    namespaced: true,
    columns: [{ name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName }],
    selectableFields: ['spec.nodeName'],
  },
  runningPods(informers.pods),
);
const server = apiServer({
  informers,
  apis: [{ group: 'example.com', version: 'v1', resources: [runningPodResource] }],
});
await server.listen({ port: 8443, tls: { cert: readFileSync('tls.crt'), key: readFileSync('tls.key') } });
