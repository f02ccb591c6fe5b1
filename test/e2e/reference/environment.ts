/** Prepares a comparison: objects and their history on the reference server, a kubefacet server over it, and names for all versions. */
import type { KubeConfig } from '@kubernetes/client-node';
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from './exchange.ts';
import { BASE, BEFORE, HISTORY, NAMESPACES, RACKS, RACKS_DEFINITION, type Write } from './fixtures.ts';
import { type Notation, plainNotation, Revisions, ViewNotation } from './revisions.ts';
import { send, sendJson, kubefacetServer, type KubefacetServer, targetOf } from './sides.ts';

const RESOURCES = ['flunders', RACKS] as const;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const DEFINITION = `${DEFINITIONS}/${RACKS_DEFINITION.metadata.name}`;

/** A compared server. */
export interface Side {
  readonly target: Target;
  /** The notation of versions of the resource of a path. */
  notation(path: string): Notation;
}

/** The two servers, and the names of all writes so far. */
export class ComparisonEnvironment {
  readonly revisions: Revisions;
  readonly reference: Side;
  readonly ours: Side;
  readonly #close: () => Promise<void>;
  /** The revision up to which writes have names. */
  readonly #named: Map<string, string>;
  /** The notations of the views of the kubefacet server. */
  readonly #views: ReadonlyMap<string, ViewNotation>;
  readonly #counts = new Map<string, number>();

  private constructor(
    reference: Side,
    ours: Side,
    revisions: Revisions,
    named: Map<string, string>,
    views: ReadonlyMap<string, ViewNotation>,
    close: () => Promise<void>,
  ) {
    this.reference = reference;
    this.ours = ours;
    this.revisions = revisions;
    this.#named = named;
    this.#views = views;
    this.#close = close;
  }

  /** @param cluster the cluster whose namespaces the reference server uses */
  static async set(kubeConfig: KubeConfig, cluster: KubeConfig): Promise<ComparisonEnvironment> {
    const reference = await targetOf(kubeConfig);
    const namespaces = await targetOf(cluster);
    const clear = async (): Promise<void> => {
      await clearReference(reference);
      for (const name of NAMESPACES) await send(namespaces, { method: 'DELETE', path: `/api/v1/namespaces/${name}` });
    };
    let own: KubefacetServer | undefined;
    const close = async (): Promise<void> => {
      await own?.close();
      await clear();
      reference.tls.agent?.destroy();
      namespaces.tls.agent?.destroy();
    };
    try {
      await clearReference(reference);
      for (const name of NAMESPACES) await createNamespace(namespaces, name);
      await createDefinition(reference);
      for (const item of BEFORE) await write(reference, item);
      own = await kubefacetServer(kubeConfig);
      return await ComparisonEnvironment.#opened(reference, own.target, close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  static async #opened(reference: Target, own: Target, close: () => Promise<void>): Promise<ComparisonEnvironment> {
    const revisions = new Revisions();
    const named = new Map<string, string>();
    const notations = new Map<string, ViewNotation>();
    for (const plural of RESOURCES) {
      const { items, metadata } = await sendJson(reference, { path: `${BASE}/${plural}` });
      named.set(plural, metadata.resourceVersion);
      for (const item of items) revisions.record(`${keyOf(item)}#1`, item.metadata.resourceVersion);
      await until(async () => (await send(own, { path: `${BASE}/${plural}` })).status === 200);
      const list = await sendJson(own, { path: `${BASE}/${plural}` });
      const view = new ViewNotation();
      view.recordState(list['metadata'].resourceVersion);
      for (const item of list['items']) view.recordRow(item.metadata.resourceVersion);
      notations.set(plural, view);
    }
    revisions.record('start', named.get(RACKS) ?? '');
    const notation = (path: string): Notation =>
      notations.get(path.includes(RACKS) ? RACKS : 'flunders') ?? plainNotation;
    const environment = new ComparisonEnvironment(
      { target: reference, notation: () => plainNotation },
      { target: own, notation },
      revisions,
      named,
      notations,
      close,
    );
    await environment.play(HISTORY);
    await environment.nameNewWrites();
    return environment;
  }

  /** Writes to the reference server. */
  async play(writes: readonly Write[]): Promise<void> {
    for (const item of writes) await write(this.reference.target, item);
  }

  /** Names the new writes, in the order of the reference's watch, and waits until the kubefacet server has received them. */
  async nameNewWrites(): Promise<void> {
    for (const plural of RESOURCES) {
      const from = this.#named.get(plural) ?? '';
      const path = `${BASE}/${plural}?watch=1&timeoutSeconds=1&resourceVersion=${from}`;
      const { text } = await send(this.reference.target, { path });
      for (const line of text.split('\n').filter((part) => part !== '')) {
        const { object } = JSON.parse(line) as { object: Record<string, any> };
        const key = keyOf(object);
        const count = (this.#counts.get(key) ?? 1) + 1;
        this.#counts.set(key, count);
        this.revisions.record(`${key}#${count}`, object['metadata'].resourceVersion);
        this.#named.set(plural, object['metadata'].resourceVersion);
      }
      await this.#recordStates(plural);
    }
  }

  /** Waits until the kubefacet server has received the writes, and records the positions of its view. */
  async #recordStates(plural: string): Promise<void> {
    const view = this.#views.get(plural);
    if (view === undefined) return;
    const last = view.write(BigInt(this.#named.get(plural) ?? '0'));
    await sendJson(this.ours.target, { path: `${BASE}/${plural}?resourceVersion=${last}` });
    const path = `${BASE}/${plural}?watch=1&timeoutSeconds=1&resourceVersion=${view.last}`;
    const { text } = await send(this.ours.target, { path });
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const { object } = JSON.parse(line) as { object: Record<string, any> };
      view.recordState(object['metadata'].resourceVersion);
    }
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

function keyOf({ metadata }: Record<string, any>): string {
  const { namespace, name } = metadata as { namespace?: string; name: string };
  return namespace === undefined ? `rack.${name}` : `${namespace.replace('cmp-', '')}.${name}`;
}

async function write(target: Target, { method, path, body, contentType = 'application/json' }: Write): Promise<void> {
  await sendJson(target, {
    method,
    path,
    headers: body === undefined ? {} : { 'Content-Type': contentType },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function createNamespace(cluster: Target, name: string): Promise<void> {
  const metadata = { name };
  await until(async () => {
    const { status } = await send(cluster, {
      method: 'POST',
      path: '/api/v1/namespaces',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }),
    });
    if (status === 201) return true;
    // A namespace of an earlier run may still be terminating.
    const found = await send(cluster, { path: `/api/v1/namespaces/${name}` });
    return found.status === 200 && JSON.parse(found.text).status?.phase === 'Active';
  });
}

async function createDefinition(reference: Target): Promise<void> {
  await write(reference, { method: 'POST', path: DEFINITIONS, body: RACKS_DEFINITION });
  // Waits until the resource is served and in discovery, which follows a moment later.
  await until(async () => (await send(reference, { path: `${BASE}/${RACKS}` })).status === 200);
  await until(async () => (await send(reference, { path: BASE })).text.includes(RACKS));
}

/** Removes the objects of this and earlier runs. Flunders need a separate delete, because namespaces belong to another server. */
async function clearReference(reference: Target): Promise<void> {
  for (const namespace of NAMESPACES) {
    await send(reference, { method: 'DELETE', path: `${BASE}/namespaces/${namespace}/flunders` });
  }
  await send(reference, { method: 'DELETE', path: DEFINITION });
  await until(async () => (await send(reference, { path: DEFINITION })).status === 404);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries === 150) throw new Error(`the condition did not hold in time: ${condition.toString()}`);
    await delay(200);
  }
}
