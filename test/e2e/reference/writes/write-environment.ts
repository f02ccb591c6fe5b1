/** The two servers of the comparison of writes. */
import type { KubeConfig } from '@kubernetes/client-node';
import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { certificateAuthority } from '../../../../src/certificates.ts';
import { apiServer } from '../../../../src/server/api-server.ts';
import { resource } from '../../../../src/server/define/resource.ts';
import { memoryStore } from '../../../../src/stores/memory/memory-store.ts';
import type { Target } from '../exchange.ts';
import { send, sendJson, type KubefacetServer, targetOf } from '../sides.ts';
import { BASE, DEFINITIONS, FLUNDERS, GROUP, RACKS_OF_OURS, VERSION } from './resources.ts';

/** Both servers, without objects. */
export interface WriteEnvironment {
  readonly reference: Target;
  readonly ours: Target;
  /** Removes the resources from the reference server. */
  close(): Promise<void>;
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Defines the resources on the reference server, and starts a kubefacet server with the same resources. */
export async function writeEnvironment(kubeConfig: KubeConfig): Promise<WriteEnvironment> {
  const reference = await targetOf(kubeConfig);
  let own: KubefacetServer | undefined;
  const close = async (): Promise<void> => {
    await own?.close();
    await undefine(reference);
    reference.tls.agent?.destroy();
  };
  try {
    await undefine(reference);
    await define(reference);
    own = await storingServer();
    return { reference, ours: own.target, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function define(reference: Target): Promise<void> {
  for (const [plural, definition] of Object.entries(DEFINITIONS)) {
    await sendJson(reference, {
      method: 'POST',
      path: CRDS,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(definition),
    });
    await until(async () => (await send(reference, { path: `${BASE}/${plural}` })).status === 200);
  }
}

async function undefine(reference: Target): Promise<void> {
  for (const plural of Object.keys(DEFINITIONS)) {
    const path = `${CRDS}/${plural}.${GROUP}`;
    // Objects of an earlier run may wait for finalizers that no controller removes.
    await freeAll(reference, `${BASE}/${plural}`);
    await send(reference, { method: 'DELETE', path });
    await until(async () => (await send(reference, { path })).status === 404);
  }
}

async function freeAll(reference: Target, path: string): Promise<void> {
  const { status, text } = await send(reference, { path });
  if (status !== 200) return;
  interface Item {
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly finalizers?: readonly string[] };
  }
  const { items } = JSON.parse(text) as { items: readonly Item[] };
  for (const { metadata } of items) {
    if (metadata.finalizers === undefined) continue;
    const { namespace, name } = metadata;
    const plural = path.slice(BASE.length);
    await send(reference, {
      method: 'PATCH',
      path: `${BASE}${namespace === undefined ? '' : `/namespaces/${namespace}`}${plural}/${name}`,
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: '{"metadata":{"finalizers":null}}',
    });
  }
}

async function storingServer(): Promise<KubefacetServer> {
  const authority = await certificateAuthority('comparison');
  const { certificate, key } = await authority.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const store = memoryStore();
  const server = apiServer({
    apis: [{ group: GROUP, version: VERSION, resources: [resource(FLUNDERS, store), resource(RACKS_OF_OURS, store)] }],
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
    },
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries === 150) throw new Error(`the condition did not hold in time: ${condition.toString()}`);
    await delay(200);
  }
}
