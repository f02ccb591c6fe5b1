/** Sets up what is compared: objects and their history on the reference, our server over it, and names for every version. */
import type { KubeConfig } from '@kubernetes/client-node';
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from './exchange.ts';
import { BASE, BEFORE, HISTORY, NAMESPACES, RACKS, RACKS_DEFINITION, type Write } from './fixtures.ts';
import { type Notation, plainNotation, Revisions, viewNotation } from './revisions.ts';
import { ask, askJson, ownServer, type OwnServer, targetOf } from './sides.ts';

const RESOURCES = ['flunders', RACKS] as const;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const DEFINITION = `${DEFINITIONS}/${RACKS_DEFINITION.metadata.name}`;

/** A server on the stage. */
export interface Side {
  readonly target: Target;
  /** How it writes versions of the resource that a path is about. */
  notation(path: string): Notation;
}

/** Everything that requests are compared on. */
export class Stage {
  readonly revisions: Revisions;
  readonly reference: Side;
  readonly ours: Side;
  readonly #close: () => Promise<void>;
  /** Revisions up to which what happened has names. */
  readonly #named: Map<string, string>;
  readonly #counts = new Map<string, number>();

  private constructor(
    reference: Side,
    ours: Side,
    revisions: Revisions,
    named: Map<string, string>,
    close: () => Promise<void>,
  ) {
    this.reference = reference;
    this.ours = ours;
    this.revisions = revisions;
    this.#named = named;
    this.#close = close;
  }

  /** @param cluster where namespaces are: the reference server believes in those of the cluster beside it */
  static async set(kubeConfig: KubeConfig, cluster: KubeConfig): Promise<Stage> {
    const reference = await targetOf(kubeConfig);
    const namespaces = await targetOf(cluster);
    const clear = async (): Promise<void> => {
      await clearReference(reference);
      for (const name of NAMESPACES) await ask(namespaces, { method: 'DELETE', path: `/api/v1/namespaces/${name}` });
    };
    let own: OwnServer | undefined;
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
      own = await ownServer(kubeConfig);
      return await Stage.#opened(reference, own.target, close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  static async #opened(reference: Target, own: Target, close: () => Promise<void>): Promise<Stage> {
    const revisions = new Revisions();
    const named = new Map<string, string>();
    const notations = new Map<string, Notation>();
    for (const plural of RESOURCES) {
      const { items, metadata } = await askJson(reference, { path: `${BASE}/${plural}` });
      named.set(plural, metadata.resourceVersion);
      for (const item of items) revisions.record(`${keyOf(item)}#1`, item.metadata.resourceVersion);
      await until(async () => (await ask(own, { path: `${BASE}/${plural}` })).status === 200);
      const list = await askJson(own, { path: `${BASE}/${plural}` });
      notations.set(plural, viewNotation(list['metadata'].resourceVersion));
    }
    revisions.record('start', named.get(RACKS) ?? '');
    const notation = (path: string): Notation =>
      notations.get(path.includes(RACKS) ? RACKS : 'flunders') ?? plainNotation;
    const stage = new Stage(
      { target: reference, notation: () => plainNotation },
      { target: own, notation },
      revisions,
      named,
      close,
    );
    await stage.play(HISTORY);
    await stage.nameWhatHappened();
    return stage;
  }

  /** Writes to the reference. */
  async play(writes: readonly Write[]): Promise<void> {
    for (const item of writes) await write(this.reference.target, item);
  }

  /** Gives names to what happened since, in the order of the reference's watch, and waits until ours has seen it. */
  async nameWhatHappened(): Promise<void> {
    for (const plural of RESOURCES) {
      const from = this.#named.get(plural) ?? '';
      const path = `${BASE}/${plural}?watch=1&timeoutSeconds=1&resourceVersion=${from}`;
      const { text } = await ask(this.reference.target, { path });
      for (const line of text.split('\n').filter((part) => part !== '')) {
        const { object } = JSON.parse(line) as { object: Record<string, any> };
        const key = keyOf(object);
        const count = (this.#counts.get(key) ?? 1) + 1;
        this.#counts.set(key, count);
        this.revisions.record(`${key}#${count}`, object['metadata'].resourceVersion);
        this.#named.set(plural, object['metadata'].resourceVersion);
      }
      const last = this.ours.notation(plural).write(BigInt(this.#named.get(plural) ?? '0'));
      await askJson(this.ours.target, { path: `${BASE}/${plural}?resourceVersion=${last}` });
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
  await askJson(target, {
    method,
    path,
    headers: body === undefined ? {} : { 'Content-Type': contentType },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

async function createNamespace(cluster: Target, name: string): Promise<void> {
  const metadata = { name };
  await until(async () => {
    const { status } = await ask(cluster, {
      method: 'POST',
      path: '/api/v1/namespaces',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }),
    });
    if (status === 201) return true;
    // One of a run before may still be on its way out.
    const found = await ask(cluster, { path: `/api/v1/namespaces/${name}` });
    return found.status === 200 && JSON.parse(found.text).status?.phase === 'Active';
  });
}

async function createDefinition(reference: Target): Promise<void> {
  await write(reference, { method: 'POST', path: DEFINITIONS, body: RACKS_DEFINITION });
  // Served, and listed in discovery, which follows a moment later.
  await until(async () => (await ask(reference, { path: `${BASE}/${RACKS}` })).status === 200);
  await until(async () => (await ask(reference, { path: BASE })).text.includes(RACKS));
}

/** Removes what this or an earlier run has made. Flunders go by themselves: namespaces are another server's. */
async function clearReference(reference: Target): Promise<void> {
  for (const namespace of NAMESPACES) {
    await ask(reference, { method: 'DELETE', path: `${BASE}/namespaces/${namespace}/flunders` });
  }
  await ask(reference, { method: 'DELETE', path: DEFINITION });
  await until(async () => (await ask(reference, { path: DEFINITION })).status === 404);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries += 1) {
    if (tries === 150) throw new Error(`it never became so: ${condition.toString()}`);
    await delay(200);
  }
}
