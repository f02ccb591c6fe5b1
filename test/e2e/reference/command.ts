/**
 * `npm run compare:reference` prints the differences from the reference server: first in reads, then in writes. `--all` includes the
 * explained differences. `--reads` and `--writes` compare only one part.
 *
 * REFERENCE_KUBECONFIG names a server of CustomResourceDefinitions on k8s.io/apiserver, with the resource flunders of
 * wardle.example.com/v1. KUBECONFIG names the cluster whose namespaces it uses. Requests for shards are compared if the reference server
 * has the feature gate: `--feature-gates=ShardedListAndWatch=true`.
 */
import { clustersOfEnvironment } from './clusters.ts';
import { compareAll, requiredDifferences } from './compare.ts';
import { type Compared, report, summary } from './comparison.ts';
import type { AcceptedDifference } from './accepted.ts';
import { ComparisonEnvironment } from './environment.ts';
import { ACCEPTED_WRITES } from './writes/accepted-writes.ts';
import { compareWrites } from './writes/compare-writes.ts';
import { writeEnvironment } from './writes/write-environment.ts';

const hasFlag = (flag: string): boolean => process.argv.includes(flag);

function printReport(what: string, all: readonly Compared[], accepted: readonly AcceptedDifference[]): void {
  const { compared, identical, explained, unexplained, stale, byRow } = summary(all, accepted);
  for (const line of report(all, { withExplained: hasFlag('--all') })) console.log(line);
  for (const [row, count] of byRow) console.log(`${String(count).padStart(4)}  ${row}`);
  for (const { requests, at, row } of stale) console.log(`no longer occurs: ${requests} ${at} [${row}]`);
  console.log(
    `${what}: ${compared} requests: ${identical} identical, ${explained} differ as explained, ${unexplained.length} differ without explanation`,
  );
  if (unexplained.length > 0 || stale.length > 0) process.exitCode = 1;
}

const clusters = await clustersOfEnvironment();
if ('missing' in clusters) {
  console.log(`no reference server to compare with: ${clusters.missing}`);
} else {
  if (!hasFlag('--writes')) {
    const environment = await ComparisonEnvironment.set(clusters.reference, clusters.cluster);
    try {
      const all = await compareAll(environment);
      printReport('reads', all, requiredDifferences(all));
    } finally {
      await environment.close();
    }
  }
  if (!hasFlag('--reads')) {
    const environment = await writeEnvironment(clusters.reference);
    try {
      printReport('writes', await compareWrites(environment), ACCEPTED_WRITES);
    } finally {
      await environment.close();
    }
  }
}
