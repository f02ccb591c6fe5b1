/** The two compared servers: the reference server, and a kubefacet server over an informer of it. */
import { Agent } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { certificateAuthority } from '../../../src/certificates.ts';
import { informerFactory } from '../../../src/informers/informer-factory.ts';
import { currentCluster } from '../../../src/informers/current-context.ts';
import { currentCredentials } from '../../../src/informers/kube-credentials.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { apiServer } from '../../../src/server/api-server.ts';
import { resource } from '../../../src/server/define/resource.ts';
import { type RecordedResponse, exchange, type ExchangeRequest, type Target } from './exchange.ts';
import { GROUP, RACKS, VERSION } from './fixtures.ts';

/** The fields of a custom object that the comparison reads. */
interface CustomObject {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
  };
  readonly spec?: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** The address and credentials of the server of a kubeconfig. */
export async function targetOf(kubeConfig: KubeConfig): Promise<Target> {
  const { headers, tls } = await currentCredentials(kubeConfig);
  const { ca, cert, key, servername } = tls as Target['tls'];
  const defined = Object.fromEntries(Object.entries({ ca, cert, key, servername }).filter(([, value]) => value));
  return {
    origin: new URL(currentCluster(kubeConfig).server),
    headers,
    tls: { ...defined, agent: new Agent({ keepAlive: true, maxSockets: 128 }) },
  };
}

/** Sends a request and accepts any status. */
export function send(target: Target, request: ExchangeRequest): Promise<RecordedResponse> {
  return exchange(target, request).response;
}

/** Sends a request and returns its JSON. @throws Error if the status is 300 or more */
export async function sendJson(target: Target, request: ExchangeRequest): Promise<Record<string, any>> {
  const { status, text } = await send(target, request);
  if (status >= 300) throw new Error(`${request.method ?? 'GET'} ${request.path}: ${status} ${text}`);
  return JSON.parse(text) as Record<string, any>;
}

/** A running kubefacet server. */
export interface KubefacetServer {
  readonly target: Target;
  close(): Promise<void>;
}

/** Starts a kubefacet server with the resources of the reference, under the same group, version and names. */
export async function kubefacetServer(kubeConfig: KubeConfig): Promise<KubefacetServer> {
  const authority = await certificateAuthority('comparison');
  const { certificate, key } = await authority.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const informers = informerFactory({ kubeConfig, keepManagedFields: true });
  const of = (plural: string, namespaced: boolean): ReturnType<typeof informers.of<CustomObject>> =>
    informers.of<CustomObject>({ group: GROUP, version: VERSION, resource: plural }, { namespaced });
  const flunders = resource(
    {
      kind: 'Flunder',
      plural: 'flunders',
      shortNames: ['fl'],
      namespaced: true,
      columns: [
        {
          name: 'Ref',
          type: 'string',
          description: 'Custom resource definition column (in JSONPath format): .spec.reference',
          value: (row) => row.spec?.['reference'],
        },
      ],
    },
    of('flunders', true).pipe(map((object) => object)),
  );
  const racks = resource(
    {
      kind: 'CmpRack',
      singular: 'cmp-rack',
      plural: RACKS,
      categories: ['all'],
      namespaced: false,
      columns: [
        {
          name: 'Color',
          type: 'string',
          description: 'Custom resource definition column (in JSONPath format): .spec.color',
          value: (row) => row.spec?.['color'],
        },
        {
          name: 'Height',
          type: 'integer',
          description: 'In units.',
          priority: 1,
          value: (row) => row.spec?.['height'],
        },
      ],
      selectableFields: ['spec.color', 'spec.height', 'spec.locked'],
    },
    of(RACKS, false).pipe(map((object) => object)),
  );
  const server = apiServer({
    informers,
    apis: [{ group: GROUP, version: VERSION, resources: [flunders, racks] }],
    authentication: 'insecure-dev',
  });
  await server.listen({ port: 0, host: '127.0.0.1', tls: { cert: certificate, key } });
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });
  return {
    target: {
      origin: new URL(`https://127.0.0.1:${server.port}`),
      headers: {},
      tls: { ca: authority.certificate, servername: 'localhost', agent },
    },
    close: async () => {
      agent.destroy();
      await server.close();
      await informers.close();
    },
  };
}
