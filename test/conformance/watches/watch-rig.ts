/** A server over pods that the test writes, with its watch events as short strings. */
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import type { ApiServerOptions } from '../../../src/server/api-server.ts';
import type { ResourceDefinition } from '../../../src/server/define/resource.ts';
import { type FakeInformer, fakeInformer, settled } from '../../../src/testing/informers/index.ts';
import { revisionOf } from '../../support/versions.ts';
import type { LineStream, WatchLine } from '../../support/https-client.ts';
import { BASE, podSummaries, type PodSummary, TestServer, until } from '../../support/test-server.ts';

export const ROWS: string = `${BASE}/podsummaries`;
export const SHOP: string = `${BASE}/namespaces/shop/podsummaries`;

/** Queries with and without initial events. */
export const SIE = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
export const NO_SIE = 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
export const AWB = 'allowWatchBookmarks=true';

export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
export const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

/** The fields of an event's object that tests read. */
export interface EventObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly phase: string };
  readonly code?: number;
}

/** The event as text: `ADDED web Running`, `END`, `BOOKMARK`, `ERROR 410`, or `end` at the end of the stream. */
export function eventText(line: WatchLine | undefined): string {
  if (line === undefined) return 'end';
  const { metadata, status, code } = objectOf(line);
  if (line.type === 'ERROR') return `ERROR ${code}`;
  if (line.type !== 'BOOKMARK') return `${line.type} ${metadata.name} ${status?.phase}`;
  return metadata.annotations?.['k8s.io/initial-events-end'] === 'true' ? 'END' : 'BOOKMARK';
}

export function objectOf(line: WatchLine | undefined): EventObject {
  if (line === undefined) throw new Error('the stream is over');
  return line.object as unknown as EventObject;
}

export function versionOf(line: WatchLine | undefined): string {
  return objectOf(line).metadata.resourceVersion;
}

/** The next events of a stream. */
export async function lines(stream: LineStream, count: number): Promise<(WatchLine | undefined)[]> {
  const taken: (WatchLine | undefined)[] = [];
  while (taken.length < count) taken.push(await stream.next());
  return taken;
}

/** The next events of a stream as {@link eventText}. */
export async function next(stream: LineStream, count: number): Promise<string[]> {
  return (await lines(stream, count)).map(eventText);
}

/** All events to the end of a stream. */
export async function rest(stream: LineStream): Promise<string[]> {
  const taken: string[] = [];
  for await (const line of stream) taken.push(eventText(line));
  return taken;
}

/** A position a number of source versions later, in a view of scheme `upstream`. */
export function later(position: string, versions: bigint): string {
  return (BigInt(position) + (versions << 20n)).toString();
}

/** The objects of an informer, for another informer that assigns the same uids. */
export function withoutUids(pods: FakeInformer<V1Pod>): V1Pod[] {
  return pods.list().map(({ metadata: { uid: _uid, ...metadata } = {}, ...one }) => ({ ...one, metadata }));
}

/** Options of a watch request. */
export interface Opening {
  readonly path?: string | undefined;
  readonly accept?: string | undefined;
}

export interface RigOptions {
  readonly definition?: Partial<ResourceDefinition<PodSummary>> | undefined;
  readonly server?: Partial<ApiServerOptions> | undefined;
}

/** Runs the server, and opens watches. */
export class WatchRig {
  readonly pods: FakeInformer<V1Pod>;
  readonly test: TestServer;

  private constructor(pods: FakeInformer<V1Pod>, test: TestServer) {
    this.pods = pods;
    this.test = test;
  }

  static async over(pods: FakeInformer<V1Pod>, { definition, server }: RigOptions = {}): Promise<WatchRig> {
    const resources = [podSummaries(pods, definition)];
    return new WatchRig(pods, await TestServer.listening({ ...server, resources }));
  }

  static of(...pods: V1Pod[]): Promise<WatchRig> {
    return WatchRig.over(fakeInformer(...pods));
  }

  /** The current version of a list. */
  async version(path = ROWS): Promise<string> {
    return (await this.test.json(path))['metadata'].resourceVersion;
  }

  /** The version of a faster replica that has received these writes already. All objects of this rig must be from its start. */
  async versionAfter(writes: (pods: FakeInformer<V1Pod>) => void): Promise<string> {
    const faster = await WatchRig.of(...withoutUids(this.pods));
    faster.pods.bookmark(revisionOf(await this.version()));
    writes(faster.pods);
    const version = await faster.version();
    await faster.close();
    return version;
  }

  /** Opens a watch. Adds `watch=1` to the query. */
  open(query: string, { path = ROWS, accept }: Opening = {}): LineStream {
    return this.test.http2.watch(`${path}?watch=1&${query}`, accept === undefined ? {} : { accept });
  }

  /** Opens a watch that sends no event at first. Resolves when the server has opened it. */
  async opened(query: string, opening?: Opening): Promise<LineStream> {
    const before = this.watchers;
    const stream = this.open(query, opening);
    await until(() => this.watchers > before);
    return stream;
  }

  get watchers(): number {
    return this.test.server.counts().watchers;
  }

  /** Resolves when more timers wait for the clock than before. */
  async waiting(before = 0): Promise<void> {
    await until(() => this.test.clock.waiting > before);
  }

  /** Advances the clock, and lets due tasks run and reach the clients. */
  async pass(milliseconds: number): Promise<void> {
    this.test.clock.advance(milliseconds);
    await settled();
  }

  async close(): Promise<void> {
    await this.test.close();
  }
}
