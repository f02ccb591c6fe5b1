/** A server over three pods, whose watches a test reads. */
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type FakeInformer, fakeInformer, pod } from '../../../src/testing/informers/index.ts';
import type { LineStream, WatchLine } from '../../support/https-client.ts';
import { BASE, podSummaries, TestServer, until } from '../../support/test-server.ts';
import { localRows } from './local-rows.ts';

export const ROWS = `${BASE}/podsummaries`;

/** `MODIFIED web-1 Running`, `BOOKMARK`, `END` for the bookmark after the initial events, and `end` after the stream. */
export function textOf(line: WatchLine | undefined): string {
  if (line === undefined) return 'end';
  const { metadata, status } = line.object as unknown as {
    metadata: { name?: string; annotations?: Record<string, string> };
    status?: { phase: string };
  };
  if (line.type !== 'BOOKMARK') return `${line.type} ${metadata.name} ${status?.phase}`;
  return metadata.annotations?.['k8s.io/initial-events-end'] === 'true' ? 'END' : 'BOOKMARK';
}

export function versionOf(line: WatchLine | undefined): string {
  return (line?.object as { metadata: { resourceVersion: string } } | undefined)?.metadata.resourceVersion ?? 'none';
}

/** Returns a position that is some versions of the source later. */
export function later(position: string, versions: bigint): string {
  return (BigInt(position) + (versions << 20n)).toString();
}

export class WatchRig {
  readonly pods: FakeInformer<V1Pod>;
  readonly test: TestServer;
  /** The version at the start. */
  readonly version: string;

  private constructor(pods: FakeInformer<V1Pod>, test: TestServer, version: string) {
    this.pods = pods;
    this.test = test;
    this.version = version;
  }

  static async start(): Promise<WatchRig> {
    const pods = fakeInformer(
      pod('shop/web-1', { phase: 'Running', labels: { app: 'web' } }),
      pod('shop/web-2', { phase: 'Pending', labels: { app: 'web' } }),
      pod('bank/db-1', { phase: 'Running', labels: { app: 'db' } }),
    );
    const test = await TestServer.listening({
      resources: [podSummaries(pods, { log: { entries: 5 } }), localRows(pods)],
    });
    return new WatchRig(pods, test, (await test.json(ROWS))['metadata'].resourceVersion);
  }

  open(query: string, path = ROWS): LineStream {
    return this.test.http2.watch(`${path}?${query}`);
  }

  async take(stream: LineStream, count: number): Promise<string[]> {
    const lines: string[] = [];
    for (let at = 0; at < count; at += 1) lines.push(textOf(await stream.next()));
    return lines;
  }

  async watching(count = 1): Promise<void> {
    await until(() => this.test.server.counts().watchers >= count);
  }

  close(): Promise<void> {
    return this.test.close();
  }
}
