/**
 * `npm run compare:reference`: prints where we answer otherwise than the reference server. `--all` prints explained differences too.
 *
 * REFERENCE_KUBECONFIG names a server of CustomResourceDefinitions on k8s.io/apiserver with the resource flunders of
 * wardle.example.com/v1; KUBECONFIG the cluster whose namespaces it believes in.
 */
import { clustersOfEnvironment } from './clusters.ts';
import { compareAll } from './compare.ts';
import { report, summary } from './comparison.ts';
import { ACCEPTED } from './accepted.ts';
import { Stage } from './stage.ts';

const clusters = await clustersOfEnvironment();
if ('missing' in clusters) {
  console.log(`no reference server to compare with: ${clusters.missing}`);
} else {
  const stage = await Stage.set(clusters.reference, clusters.cluster);
  try {
    const all = await compareAll(stage);
    const { compared, identical, explained, unexplained, stale, byRow } = summary(all, ACCEPTED);
    for (const line of report(all, { withExplained: process.argv.includes('--all') })) console.log(line);
    for (const [row, count] of byRow) console.log(`${String(count).padStart(4)}  ${row}`);
    for (const { requests, at, row } of stale) console.log(`does not occur any more: ${requests} ${at} [${row}]`);
    console.log(
      `${compared} requests: ${identical} identical, ${explained} differ as explained, ${unexplained.length} differ without`,
    );
    if (unexplained.length > 0 || stale.length > 0) process.exitCode = 1;
  } finally {
    await stage.close();
  }
}
