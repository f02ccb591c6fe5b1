/**
 * Which paths `selectableFields` takes. It is checked by the compiler: a line under `@ts-expect-error` that compiles fails the build.
 */
import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type Identity, identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import type { FieldPath } from '../../../src/server/define/field-path.ts';
import { partsOf } from '../../../src/server/define/opaque.ts';
import { resource, type ResourceDefinition } from '../../../src/server/define/resource.ts';
import { fakeInformer, pod } from '../../../src/testing/informers/index.ts';

/** Compiles if the two types are the same. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;
const same = <A, B>(yes: Same<A, B>): unknown => yes;

interface Tree {
  readonly metadata: { readonly name: string };
  readonly status: { readonly size: number; readonly twig?: Tree | null };
}

describe('selectableFields of resource()', () => {
  const pods: Collection<V1Pod> = fakeInformer(pod('shop/web', { node: 'n1' }));
  const rows = pods.pipe(
    map((p) => ({
      metadata: identity(p),
      phase: p.status?.phase,
      spec: { node: p.spec?.nodeName, images: p.spec?.containers.map(({ image }) => image) },
      status: { ready: true, restarts: 3, requests: { cpu: '1' } },
    })),
  );
  const names = { kind: 'Row', plural: 'rows', namespaced: true };

  it('are paths of the rows, whose type is still inferred for columns', () => {
    const made = resource(
      {
        ...names,
        columns: [{ name: 'CPU', type: 'string', value: ({ status }) => status.requests.cpu }],
        selectableFields: [
          'spec.node',
          'status.ready',
          'status.restarts',
          'status.requests.cpu',
          'metadata.creationTimestamp',
          'metadata.labels.app',
        ],
      },
      rows,
    );
    expect(partsOf(made).selectableFields).to.have.length(6);
  });

  it('are of a type that says them all', () => {
    type Row = typeof rows extends Collection<infer R> ? R : never;
    type Metadata = 'name' | 'namespace' | 'creationTimestamp' | `labels.${string}`;
    type Expected = `metadata.${Metadata}` | 'spec.node' | 'status.ready' | 'status.restarts' | 'status.requests.cpu';
    same<FieldPath<Row>, Expected>(true);
    same<FieldPath<{ metadata: Identity }>, `metadata.${Metadata}`>(true);
    // A misspelt path is answered with a short message that names the others.
    same<
      FieldPath<{ status: { phase?: 'Running' | 'Failed' | undefined; restarts: number } }>,
      'status.phase' | 'status.restarts'
    >(true);
  });

  it('are no other paths', () => {
    const text: string = 'status.ready';
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: misspelt
      () => resource({ ...names, selectableFields: ['status.redy'] }, rows),
      // @ts-expect-error: an object is not compared
      () => resource({ ...names, selectableFields: ['status.requests'] }, rows),
      // @ts-expect-error: nor is a list
      () => resource({ ...names, selectableFields: ['spec.images'] }, rows),
      // @ts-expect-error: whose places and members have no paths
      () => resource({ ...names, selectableFields: ['spec.images.length'] }, rows),
      // @ts-expect-error: nor have those of a text
      () => resource({ ...names, selectableFields: ['spec.node.length'] }, rows),
      // @ts-expect-error: one name is no path
      () => resource({ ...names, selectableFields: ['phase'] }, rows),
      // @ts-expect-error: it is in the pod, but not in the row
      () => resource({ ...names, selectableFields: ['spec.nodeName'] }, rows),
      // @ts-expect-error: nobody knows what it says
      () => resource({ ...names, selectableFields: [text] }, rows),
    ];
    expect(wrong).to.have.length(8);
  });

  it('go through whole objects of the cluster, and end in types that contain themselves', () => {
    const made = resource({ ...names, selectableFields: ['status.phase', 'spec.securityContext.runAsUser'] }, pods);
    // @ts-expect-error: misspelt
    const misspelt: FieldPath<V1Pod> = 'spec.securityContext.runAsUsr';
    const twig: FieldPath<Tree> = 'status.twig.status.twig.status.size';
    expect([partsOf(made).selectableFields.length, misspelt, twig]).to.have.length(3);
  });

  it('are anything where the type of the rows says nothing', () => {
    same<FieldPath<unknown>, string>(true);
    same<FieldPath<any>, string>(true);
    same<FieldPath<{ spec?: unknown }>, `spec.${string}`>(true);
    same<FieldPath<{ spec: any }>, `spec.${string}`>(true);
    same<FieldPath<{ spec: Record<string, unknown> }>, `spec.${string}`>(true);
    const unknowns: Collection<unknown> = rows;
    expect(
      partsOf(resource({ ...names, selectableFields: ['status.whatever'] }, unknowns)).selectableFields,
    ).to.have.length(1);
  });

  it('are of every member of a union', () => {
    type Either = { status: { phase: string } } | { status: { reason: string } | null };
    same<FieldPath<Either>, 'status.phase' | 'status.reason'>(true);
  });

  it('can be named in a definition that stands alone', () => {
    const definition: ResourceDefinition<Tree> = { ...names, selectableFields: ['status.size'] };
    const trees: Collection<Tree> = pods.pipe(
      map((p) => ({ metadata: { name: p.metadata?.name ?? '' }, status: { size: 1 } })),
    );
    expect(partsOf(resource(definition, trees)).definition.selectableFields).to.deep.equal(['status.size']);
  });
});
