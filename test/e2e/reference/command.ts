/**
 * `npm run compare:reference`: prints where we answer otherwise than the reference server, to reads and then to writes. `--all` prints
 * explained differences too; `--reads` or `--writes` compares that part only.
 *
 * REFERENCE_KUBECONFIG names a server of CustomResourceDefinitions on k8s.io/apiserver with the resource flunders of
 * wardle.example.com/v1; KUBECONFIG the cluster whose namespaces it believes in.
 */
import { clustersOfEnvironment } from './clusters.ts';
import { compareAll } from './compare.ts';
import { type Compared, report, summary } from './comparison.ts';
import { ACCEPTED, type AcceptedDifference } from './accepted.ts';
import { Stage } from './stage.ts';
import { ACCEPTED_WRITES } from './writes/accepted-writes.ts';
import { compareWrites } from './writes/compare-writes.ts';
import { writeStage } from './writes/write-stage.ts';

const isWanted = (flag: string): boolean => process.argv.includes(flag);

function tell(what: string, all: readonly Compared[], accepted: readonly AcceptedDifference[]): void {
  const { compared, identical, explained, unexplained, stale, byRow } = summary(all, accepted);
  for (const line of report(all, { withExplained: isWanted('--all') })) console.log(line);
  for (const [row, count] of byRow) console.log(`${String(count).padStart(4)}  ${row}`);
  for (const { requests, at, row } of stale) console.log(`does not occur any more: ${requests} ${at} [${row}]`);
  console.log(
    `${what}: ${compared} requests: ${identical} identical, ${explained} differ as explained, ${unexplained.length} differ without`,
  );
  if (unexplained.length > 0 || stale.length > 0) process.exitCode = 1;
}

const clusters = await clustersOfEnvironment();
if ('missing' in clusters) {
  console.log(`no reference server to compare with: ${clusters.missing}`);
} else {
  if (!isWanted('--writes')) {
    const stage = await Stage.set(clusters.reference, clusters.cluster);
    try {
      tell('reads', await compareAll(stage), ACCEPTED);
    } finally {
      await stage.close();
    }
  }
  if (!isWanted('--reads')) {
    const stage = await writeStage(clusters.reference);
    try {
      tell('writes', await compareWrites(stage), ACCEPTED_WRITES);
    } finally {
      await stage.close();
    }
  }
}
