/**
 * `kubectl get` of 50,000 rows in the demo, while 200 objects change in a second. It needs kubectl.
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Part } from '../harness/bench.ts';
import { median } from '../report/statistics.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');
const PODS = 50_000;
const WRITES_PER_SECOND = 200;

const WHAT = `kubectl get of ${PODS} rows in the demo, ${WRITES_PER_SECOND} writes/s`;
const GOAL = { unit: 's', goal: { most: 3 } };

export const demo: Part = {
  name: 'demo',
  about: 'kubectl get of 50,000 rows in the demo with 200 writes a second',
  async run(bench) {
    await bench.release();
    if (spawnSync('kubectl', ['version', '--client']).error !== undefined)
      return [{ what: WHAT, value: Number.NaN, ...GOAL, note: 'kubectl is not installed' }];
    const folder = mkdtempSync(join(tmpdir(), 'kubefacet-bench-demo-'));
    const args = ['--conditions=source', MAIN, 'demo', '--pods', String(PODS), '--churn', String(WRITES_PER_SECOND)];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await lineOf(child, 'ready');
      const seconds: number[] = [];
      let rows = 0;
      for (let round = 0; round <= bench.fewRounds; round += 1) {
        const begin = performance.now();
        rows = await kubectlGet(join(folder, '.kubefacet/demo.kubeconfig'));
        // The first run fills the cache of discovery.
        if (round > 0) seconds.push((performance.now() - begin) / 1000);
      }
      const note = `${rows} rows; of ${seconds.map((one) => one.toFixed(1)).join(', ')}`;
      return [{ what: WHAT, value: median(seconds), ...GOAL, note }];
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
      rmSync(folder, { recursive: true });
    }
  },
};

/** Resolves when a process prints this line. @throws Error if it ends before */
async function lineOf(child: ChildProcess, wanted: string): Promise<void> {
  if (child.stdout === null) throw new Error('the output is not piped');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== wanted) continue;
    child.stdout.resume();
    return;
  }
  throw new Error(`the process ended before it printed ${wanted}`);
}

/** Returns the number of rows that kubectl prints. @throws Error if kubectl fails */
async function kubectlGet(kubeconfig: string): Promise<number> {
  const args = ['--kubeconfig', kubeconfig, 'get', 'podsummaries', '-A', '--no-headers'];
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let rows = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, end + 1)) rows += 1;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`kubectl ended with ${code}`);
  return rows;
}
