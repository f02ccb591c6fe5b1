/** A server with a known history of states, and its responses as one line of text. The tests of reads share it. */
import { map as rxMap } from 'rxjs';
import type { DeltaOperator } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { type Resource, resource } from '../../../src/server/define/resource.ts';
import { FakeInformer, pod } from '../../../src/testing/informers/index.ts';
import type { ClientResponse } from '../../support/https-client.ts';
import { BASE, type PodSummary, podSummaries, TestServer, until } from '../../support/test-server.ts';

/** Whether positions are versions of the source or of the view (docs/resource-versions.md). */
export type Scheme = 'upstream' | 'local';
export const SCHEMES: readonly Scheme[] = ['upstream', 'local'];

/**
 * The rows after each write, sorted by key. An updated row is marked. The log no longer has the state before the first write. The ninth
 * write concerns another object, so it only has a version.
 */
export const STATES: readonly (readonly string[])[] = [
  [],
  ['ash/api'],
  ['ash/api', 'birch/api'],
  ['ash/api', 'birch/api', 'birch/db'],
  ['ash/api', 'birch/api', 'birch/db', 'cedar/apidb'],
  ['ash/api', 'birch/api', 'birch/db', 'cedar/apidb', 'cedar/db'],
  ['ash/api', 'birch/api', 'birch/bot', 'birch/db', 'cedar/apidb', 'cedar/db'],
  ['ash/api!', 'birch/api', 'birch/bot', 'birch/db', 'cedar/apidb', 'cedar/db'],
  ['ash/api!', 'birch/api', 'birch/db', 'cedar/apidb', 'cedar/db'],
  ['ash/api!', 'birch/api', 'birch/db', 'cedar/apidb', 'cedar/db'],
];
export const NOW = 9;
const WRITES: readonly ((pods: FakeInformer<V1Pod>) => void)[] = [
  ...['ash/api', 'birch/api', 'birch/db', 'cedar/apidb', 'cedar/db', 'birch/bot'].map(
    (key) => (pods: FakeInformer<V1Pod>) => pods.add(pod(key, { phase: 'Pending' })),
  ),
  (pods) => pods.modify(pod('ash/api', { phase: 'Running' })),
  (pods) => pods.delete('birch/bot'),
  (pods) => pods.bookmark(),
];

/** The same rows through an operator of unknown lineage, which gives a view of scheme `local`. */
export function localSummaries(pods: FakeInformer<V1Pod>): Resource {
  const passOn: DeltaOperator<PodSummary, PodSummary> = rxMap((batch) =>
    batch.derive(
      batch.changes.map((delta) =>
        delta.type === 'DELETED'
          ? { type: 'REMOVE' as const, key: delta.key }
          : { type: 'PUT' as const, key: delta.key, object: delta.object },
      ),
    ),
  );
  const rows = pods.pipe(
    map((one): PodSummary => ({ metadata: identity(one), status: { phase: one.status?.phase ?? 'Unknown' } })),
    passOn,
  );
  return resource(
    {
      kind: 'PodSummary',
      plural: 'podsummaries',
      namespaced: true,
      selectableFields: ['status.phase'],
      log: { entries: 7 },
    },
    rows,
  );
}

/** The text of a continue token. */
export function tokenOf(version: string, start: string): string {
  return Buffer.from(`{"v":"meta.k8s.io/v1","rv":${version},"start":${JSON.stringify(start)}}`).toString('base64url');
}

/** A server after the nine writes. */
export class ReadsRig {
  readonly pods: FakeInformer<V1Pod>;
  readonly test: TestServer;
  readonly scheme: Scheme;
  /** The versions of lists after each write. */
  readonly versions: string[] = [];

  private constructor(scheme: Scheme, pods: FakeInformer<V1Pod>, test: TestServer) {
    this.scheme = scheme;
    this.pods = pods;
    this.test = test;
  }

  static async after(scheme: Scheme): Promise<ReadsRig> {
    const pods = new FakeInformer<V1Pod>({ name: 'pods' });
    // An empty fake lists at version 1, which would also be the version of its first write.
    pods.bookmark();
    const rows = scheme === 'upstream' ? podSummaries(pods, { log: { entries: 7 } }) : localSummaries(pods);
    const rig = new ReadsRig(scheme, pods, await TestServer.listening({ resources: [rows] }));
    rig.versions.push(await rig.currentVersion());
    for (const write of WRITES) {
      write(pods);
      rig.versions.push(await rig.currentVersion());
    }
    return rig;
  }

  /** A version that the view has not reached. */
  get future(): string {
    return (BigInt(this.versions[NOW] ?? '') + (2n << 20n)).toString();
  }

  async currentVersion(): Promise<string> {
    const { text } = await this.request(`${BASE}/podsummaries`);
    return JSON.parse(text).metadata.resourceVersion;
  }

  /**
   * Sends a request. If the server waits for a version, advances the clock by the three seconds of the wait.
   * @param path `birch` stands for its collection, `birch/api` for the object, an empty path for all namespaces
   * @param query `$3` stands for the third version, `$future` for a later one, `<birch/api@3>` for the token of the page after that key,
   * `<@3>` for a token without a start
   */
  async get(path: string, query = ''): Promise<ClientResponse> {
    const [namespace = '', name] = path.split('/');
    const collection = namespace === '' ? `${BASE}/podsummaries` : `${BASE}/namespaces/${namespace}/podsummaries`;
    const response = this.request(`${collection}${name === undefined ? '' : `/${name}`}?${this.#written(query)}`);
    let isThere = false;
    void response.finally(() => (isThere = true)).catch(() => undefined);
    // A waiting request has two timers: its deadline, and the deadline of its wait.
    await until(() => isThere || this.test.clock.waiting === 2);
    if (!isThere) this.test.clock.advance(3000);
    return response;
  }

  /** `@3: ash/api birch/api > birch/api (2 more)`, or `422 message`. The part from `>` on describes the token, if there is one. */
  async line(path: string, query = ''): Promise<string> {
    const { status, text } = await this.get(path, query);
    const { items, metadata, message } = JSON.parse(text);
    if (status !== 200) return `${status} ${message}`;
    const version = this.versions.lastIndexOf(metadata.resourceVersion);
    const rows = items.map(shownRow);
    return [`@${version}:`, ...rows, ...this.#rest(metadata)].join(' ');
  }

  /** The {@link line} for these rows. If several states have the same version, the line shows the last. */
  at(index: number, rows: readonly string[], rest = ''): string {
    const version = this.versions.lastIndexOf(this.versions[index] ?? '');
    return [`@${version}:`, ...rows, ...(rest === '' ? [] : [rest])].join(' ');
  }

  close(): Promise<void> {
    return this.test.close();
  }

  request(path: string, headers: Record<string, string> = {}): Promise<ClientResponse> {
    return this.test.http2.request(path, headers);
  }

  /** Describes the token, which must have the version of its list. */
  #rest(metadata: { continue?: string; remainingItemCount?: number; resourceVersion: string }): string[] {
    if (metadata.continue === undefined) return metadata.remainingItemCount === undefined ? [] : ['a count, no token'];
    const text = Buffer.from(metadata.continue, 'base64url').toString();
    const { start } = JSON.parse(text) as { start: string };
    const isOwn = metadata.continue === tokenOf(metadata.resourceVersion, start) && start.endsWith('\0');
    const more = metadata.remainingItemCount === undefined ? [] : [`(${metadata.remainingItemCount} more)`];
    return ['>', isOwn ? start.slice(0, -1) : text, ...more];
  }

  #written(query: string): string {
    const version = (name: string): string =>
      name === 'future' ? this.future : name.startsWith('-') ? name : (this.versions[Number(name)] ?? '');
    return query
      .replaceAll(/<(.*?)@(future|-?\d+)>/g, (_, key: string, name: string) =>
        tokenOf(version(name), key === '' ? '' : `${key}\0`),
      )
      .replaceAll(/\$(future|\d+)/g, (_, name: string) => version(name));
  }
}

function shownRow({ metadata, status }: PodSummary): string {
  return `${metadata.namespace}/${metadata.name}${status.phase === 'Running' ? '!' : ''}`;
}

/** Whether a line equals the expected one, or begins with it if that ends in `…`. */
export function isLine(line: string, expected: string): boolean {
  return expected.endsWith('…') ? line.startsWith(expected.slice(0, -1)) : line === expected;
}
