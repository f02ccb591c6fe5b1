/**
 * The compiler infers the types of the examples from the informer to the columns, without annotations on lambdas. Most of this file is
 * checked by the compiler: a line under `@ts-expect-error` that compiles fails the build.
 */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { combinedPods } from '../../examples/combined-pods.ts';
import type { namespaceLoads } from '../../examples/namespace-loads.ts';
import type { nodeLoads } from '../../examples/node-loads.ts';
import type { workloads } from '../../examples/workloads.ts';
import type { V1Pod } from '../../src/informers/index.ts';
import type { ObjectOf } from '../../src/projections/index.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** Compiles if the two types are the same. */
type Same<A, B> = [A, B] extends [B, A] ? (unknown extends A ? false : true) : false;
const same = <A, B>(yes: Same<A, B>): unknown => yes;
type RowOf<P extends (...sources: never[]) => unknown> = ObjectOf<ReturnType<P>>;

describe('the types of the examples', () => {
  it('are inferred from the fields of the sources', () => {
    type Combined = RowOf<typeof combinedPods>;
    same<Combined['spec'], V1Pod['spec']>(true);
    same<NonNullable<Combined['node']>['zone'], string | undefined>(true);

    type NodeLoad = RowOf<typeof nodeLoads>;
    same<NodeLoad['status']['requested'], { pods: number; cpu: string; memory: string }>(true);
    same<NodeLoad['status']['podsByPhase'], Readonly<Record<string, number>>>(true);

    type NamespaceLoad = RowOf<typeof namespaceLoads>;
    same<NamespaceLoad['status']['restarts'], number>(true);

    type Workload = RowOf<typeof workloads>;
    same<Workload['spec'], { kind: string; name: string }>(true);
    same<Workload['status']['reason'], string | undefined>(true);
    // @ts-expect-error: a row has no such field
    same<Workload['status']['colour'], unknown>(true);
  });

  const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.startsWith('operators'),
  );
  for (const file of files) {
    it(`are not annotated on lambdas in ${file}`, () => {
      const lines = readFileSync(join(EXAMPLES, file), 'utf8').split('\n');
      const lambdas = lines.filter((line) =>
        /[(,] ?([\w=?]+|\{\}|\[\]): [^()]*\)(: \S.*)? =>/.test(withoutBraces(line)),
      );
      expect(lambdas).to.deep.equal([]);
    });
  }
});

/** Removes destructuring patterns, because their colons are not annotations. */
function withoutBraces(line: string): string {
  const without = line.replaceAll(/\{[^{}]+\}/g, '{}');
  return without === line ? line : withoutBraces(without);
}
