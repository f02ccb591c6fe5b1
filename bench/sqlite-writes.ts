/**
 * Writes per second and latency of an SQLite store, beside a memory store.
 *
 * usage: node --conditions=source bench/sqlite-writes.ts [--seconds 3] [--path FILE]
 * Each writer replaces its own object of 1 KiB, one write after the other. The file is in a temporary folder, unless --path names one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ObjectStore, Store, StoredObject } from 'kubefacet/stores';
import { memoryStore, sqliteStore } from 'kubefacet/stores';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' }, path: { type: 'string' } } });
const signal = new AbortController().signal;

function objectOf(name: string, n: number): StoredObject {
  const metadata = { name, namespace: 'default', uid: name };
  return { apiVersion: 'example.com/v1', kind: 'Task', metadata, spec: { n, padding: 'x'.repeat(850) } };
}

const quantile = (sorted: readonly number[], q: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN).toFixed(3);

async function measure(label: string, tasks: ObjectStore, writers: number): Promise<void> {
  const end = performance.now() + Number(values.seconds) * 1000;
  const latencies: number[] = [];
  const write = async (name: string): Promise<void> => {
    let { revision } = await tasks.create(objectOf(name, 0), signal);
    for (let n = 1; performance.now() < end; n += 1) {
      const start = performance.now();
      ({ revision } = await tasks.replace(objectOf(name, n), revision, signal));
      latencies.push(performance.now() - start);
      // A memory store needs no input or output, so it would never let the timers run.
      if (n % 100 === 0) await new Promise((next) => setImmediate(next));
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: writers }, (_, n) => write(`${label}-${writers}-${n}`.replaceAll(' ', '-'))));
  const seconds = (performance.now() - start) / 1000;
  const sorted = latencies.toSorted((a, b) => a - b);
  const rate = Math.round(latencies.length / seconds);
  console.log(
    `${label}, ${writers} writers: ${rate} writes/s, p50 ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms`,
  );
}

async function measureReads(label: string, tasks: ObjectStore): Promise<void> {
  const { metadata } = objectOf('read', 0);
  await tasks.create(objectOf('read', 0), signal);
  const latencies: number[] = [];
  for (let n = 0; n < 5000; n += 1) {
    const start = performance.now();
    await tasks.read(`${metadata.namespace}/read`, signal);
    latencies.push(performance.now() - start);
  }
  const sorted = latencies.toSorted((a, b) => a - b);
  console.log(`${label}: read p50 ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms`);
}

async function run(label: string, store: Store): Promise<void> {
  const tasks = store.open({ group: 'example.com', resource: 'tasks' });
  await measureReads(`${label} without subscribers`, tasks);
  const subscription = tasks.objects.deltas$.subscribe();
  while (!tasks.objects.hasSynced) await new Promise((next) => setImmediate(next));
  const served = store.open({ group: 'example.com', resource: 'served' });
  const other = served.objects.deltas$.subscribe();
  while (!served.objects.hasSynced) await new Promise((next) => setImmediate(next));
  await measureReads(`${label} that is served`, served);
  for (const writers of [1, 20, 200, 1000]) await measure(label, tasks, writers);
  subscription.unsubscribe();
  other.unsubscribe();
}

const folder = mkdtempSync(join(tmpdir(), 'kubefacet-bench-'));
const store = sqliteStore({ path: values.path ?? join(folder, 'store.db') });
try {
  await run('sqlite', store);
  await run('memory', memoryStore());
} finally {
  await store.close();
  rmSync(folder, { recursive: true });
}
