/**
 * The paths that `selectableFields` accepts. The compiler checks them: a line below `@ts-expect-error` that compiles fails the build.
 */
import { expect } from 'chai';
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { type Identity, identity } from '../../../src/projections/identity.ts';
import { map } from '../../../src/projections/operators/map.ts';
import type { FieldPath } from '../../../src/server/define/resource-definition.ts';
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

  it('accepts paths of the rows, whose type columns still infer', () => {
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
          'phase',
        ],
      },
      rows,
    );
    expect(partsOf(made).selectableFields).to.have.length(7);
  });

  it('has a type that lists all paths', () => {
    type Row = typeof rows extends Collection<infer R> ? R : never;
    type Metadata = 'name' | 'namespace' | 'creationTimestamp' | `labels.${string}`;
    type Expected =
      | 'phase'
      | `metadata.${Metadata}`
      | 'spec.node'
      | 'status.ready'
      | 'status.restarts'
      | 'status.requests.cpu';
    same<FieldPath<Row>, Expected>(true);
    same<FieldPath<{ metadata: Identity }>, `metadata.${Metadata}`>(true);
    same<
      FieldPath<{ status: { phase?: 'Running' | 'Failed' | undefined; restarts: number } }>,
      'status.phase' | 'status.restarts'
    >(true);
  });

  it('rejects other paths', () => {
    const text: string = 'status.ready';
    const wrong: (() => unknown)[] = [
      // @ts-expect-error: misspelt
      () => resource({ ...names, selectableFields: ['status.redy'] }, rows),
      // @ts-expect-error: objects cannot be compared
      () => resource({ ...names, selectableFields: ['status.requests'] }, rows),
      // @ts-expect-error: arrays cannot be compared
      () => resource({ ...names, selectableFields: ['spec.images'] }, rows),
      // @ts-expect-error: a path cannot lead into an array
      () => resource({ ...names, selectableFields: ['spec.images.length'] }, rows),
      // @ts-expect-error: a path cannot lead into a string
      () => resource({ ...names, selectableFields: ['spec.node.length'] }, rows),
      // @ts-expect-error: misspelt, at the top level
      () => resource({ ...names, selectableFields: ['fase'] }, rows),
      // @ts-expect-error: an object at the top level cannot be compared
      () => resource({ ...names, selectableFields: ['status'] }, rows),
      // @ts-expect-error: the path exists in the pod, but not in the row
      () => resource({ ...names, selectableFields: ['spec.nodeName'] }, rows),
      // @ts-expect-error: the value of the string is not known
      () => resource({ ...names, selectableFields: [text] }, rows),
    ];
    expect(wrong).to.have.length(9);
  });

  it('accepts paths of Kubernetes objects, and of types that contain themselves', () => {
    const made = resource({ ...names, selectableFields: ['status.phase', 'spec.securityContext.runAsUser'] }, pods);
    // @ts-expect-error: misspelt
    const misspelt: FieldPath<V1Pod> = 'spec.securityContext.runAsUsr';
    const twig: FieldPath<Tree> = 'status.twig.status.twig.status.size';
    expect([partsOf(made).selectableFields.length, misspelt, twig]).to.have.length(3);
  });

  it('accepts any path below a type that is unknown', () => {
    same<FieldPath<unknown>, string>(true);
    same<FieldPath<any>, string>(true);
    same<FieldPath<{ spec?: unknown }>, 'spec' | `spec.${string}`>(true);
    same<FieldPath<{ spec: any }>, 'spec' | `spec.${string}`>(true);
    same<FieldPath<{ spec: Record<string, unknown> }>, `spec.${string}`>(true);
    const unknowns: Collection<unknown> = rows;
    expect(
      partsOf(resource({ ...names, selectableFields: ['status.whatever'] }, unknowns)).selectableFields,
    ).to.have.length(1);
  });

  it('accepts the paths of each member of a union', () => {
    type Either = { status: { phase: string } } | { status: { reason: string } | null };
    same<FieldPath<Either>, 'status.phase' | 'status.reason'>(true);
  });

  it('accepts paths in a definition that is declared separately', () => {
    const definition: ResourceDefinition<Tree> = { ...names, selectableFields: ['status.size'] };
    const trees: Collection<Tree> = pods.pipe(
      map((p) => ({ metadata: { name: p.metadata?.name ?? '' }, status: { size: 1 } })),
    );
    expect(partsOf(resource(definition, trees)).definition.selectableFields).to.deep.equal(['status.size']);
  });
});
