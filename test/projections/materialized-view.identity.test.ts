/** The identity of rows in a local view (decision 9 of the plan): rows that are not made from one object each. */
import { expect } from 'chai';
import { ExpiredError } from '../../src/projections/errors.ts';
import type { Collection } from '../../src/informers/collection/index.ts';
import { flatMap } from '../../src/projections/operators/flat-map.ts';
import { join } from '../../src/projections/operators/join.ts';
import { leftJoin } from '../../src/projections/operators/left-join.ts';
import { union } from '../../src/projections/operators/union.ts';
import { map } from '../../src/projections/operators/map.ts';
import { incremental } from '../../src/projections/incremental.ts';
import { rowUid } from '../../src/projections/uid.ts';
import { ScriptedSource, type Thing, thing } from './scripted-source.ts';
import { VIEW, viewOf } from './view-rig.ts';

const uidOf = (key: string, source: string | undefined): string => rowUid(VIEW.group, VIEW.kind, key, source);
const flat = (row: (one: Thing) => object) =>
  flatMap((one: Thing) => [
    { ...row(one), metadata: { namespace: one.metadata.namespace, name: `${one.metadata.name}-row` } },
  ]);

describe('A row of a local view', () => {
  it('has a uid made from the uid of its primary source object', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40, 'uid 1'));
    const view = viewOf(source.pipe(flat(({ n }) => ({ n }))));
    expect(view.get('a/x-row')?.object.metadata.uid).to.equal(uidOf('a/x-row', 'uid 1'));
  });

  it('changes its uid, with an event, when only the uid of its source object changed', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40, 'uid 1'));
    const view = viewOf(source.pipe(flat(({ n }) => ({ n }))));
    const watch = view.watchFrom(view.position);
    source.relist(20, thing('a/x', 15, 40, 'uid 2'));
    expect(watch.next()?.entry.before?.object.metadata.uid).to.equal(uidOf('a/x-row', 'uid 1'));
    expect(watch.next()?.entry.after?.object.metadata.uid).to.equal(uidOf('a/x-row', 'uid 2'));
  });

  describe('of a re-created source object is DELETED and ADDED', () => {
    const keyOnly = (metadata: Thing['metadata']) => ({ namespace: metadata.namespace, name: metadata.name });
    const others = ScriptedSource.at(10, thing('a/x', 5, 7, 'uid of the other'));
    const pipelines: readonly [
      name: string,
      scheme: 'upstream' | 'local',
      of: (source: ScriptedSource) => Collection<unknown>,
    ][] = [
      ['map', 'upstream', (source) => source.pipe(map(({ metadata, n }) => ({ metadata: keyOnly(metadata), n })))],
      ['flatMap', 'local', (source) => source.pipe(flat(({ n }) => ({ n })))],
      [
        'flatMap and map',
        'local',
        (source) =>
          source.pipe(
            flat(({ n }) => ({ n })),
            map((row) => ({ ...row })),
          ),
      ],
      [
        'leftJoin',
        'local',
        (source) =>
          source.pipe(
            leftJoin(
              others,
              () => 'a/x',
              ({ metadata, n }, other) => ({ metadata: keyOnly(metadata), n, other: other?.n }),
            ),
          ),
      ],
      [
        'join',
        'local',
        (source) =>
          source.pipe(
            join(
              others,
              () => 'a/x',
              ({ metadata, n }, other) => ({ metadata: keyOnly(metadata), n, other: other.n }),
            ),
          ),
      ],
      [
        'union',
        'local',
        (source) =>
          source.pipe(
            map(({ metadata, n }) => ({ metadata: keyOnly(metadata), n })),
            union([]),
          ),
      ],
    ];
    const recreations: readonly [name: string, schemes: string, write: (source: ScriptedSource, n: number) => void][] =
      [
        ['a relist', 'local', (source, n) => source.relist(20, thing('a/x', 15, n, 'uid 2'))],
        ['a relist at the same version', 'local', (source, n) => source.relist(10, thing('a/x', 9, n, 'uid 2'))],
        ['an event', 'local', (source, n) => source.put('a/x', 15, n, 'uid 2')],
      ];
    for (const [pipeline, scheme, of] of pipelines) {
      for (const [recreation, schemes, write] of recreations) {
        if (!schemes.includes(scheme)) continue;
        for (const n of [40, 50]) {
          it(`by ${recreation}, through ${pipeline}, with ${n === 40 ? 'equal' : 'other'} content`, () => {
            const source = ScriptedSource.at(10, thing('a/x', 5, 40, 'uid 1'));
            const view = viewOf(of(source));
            expect(view.scheme).to.equal(scheme);
            const before = view.position;
            const [key = ''] = [...view.snapshot().rows.range('')].map((row) => row.key);
            const watch = view.watchFrom(before);
            write(source, n);
            const [deleted, added, end] = [watch.next(), watch.next(), watch.next()];
            expect([deleted?.type, added?.type, end]).to.deep.equal(['DELETED', 'ADDED', undefined]);
            expect(deleted?.row.object.metadata.uid).to.equal(uidOf(key, 'uid 1'));
            expect(added?.row.object.metadata.uid).to.equal(uidOf(key, 'uid 2'));
            expect(added?.row.object.metadata.resourceVersion).to.equal(String(added?.entry.position));
            expect(added?.entry.position).to.equal(view.position);
            // A client whose connection is cut between the two receives the second.
            const cut = view.watchFrom(deleted?.entry.position ?? 0n);
            expect([cut.next()?.type, cut.next()]).to.deep.equal(['ADDED', undefined]);
          });
        }
      }
    }
  });

  for (const [recreation, write] of [
    ['an event', (source: ScriptedSource) => source.put('a/x', 15, 40, 'uid 2')],
    ['a relist at the same version', (source: ScriptedSource) => source.relist(10, thing('a/x', 9, 40, 'uid 2'))],
  ] as const) {
    it(`ends watches in scheme upstream when ${recreation} shows that the DELETED of a re-created object was lost`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 40, 'uid 1'));
      const view = viewOf(
        source.pipe(map(({ metadata: { namespace, name }, n }) => ({ metadata: { namespace, name }, n }))),
      );
      const before = view.position;
      const watch = view.watchFrom(before);
      write(source);
      expect([view.scheme, watch.next(), watch.ended === undefined]).to.deep.equal(['upstream', undefined, false]);
      expect(view.get('a/x')?.object.metadata.uid).to.equal(uidOf('a/x', 'uid 2'));
      expect(() => view.watchFrom(before)).to.throw(ExpiredError);
    });
  }

  it('replaces apiVersion, kind, uid and version that are copied from the source', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 40, 'uid 1'));
    const view = viewOf(
      source.pipe(
        flatMap((one: Thing) => [one]),
        map((one) => ({ ...one })),
      ),
    );
    expect([...view.errors.values()]).to.deep.equal([]);
    expect(view.get('a/x')?.object).to.include({ apiVersion: 'example.com/v1', kind: 'Row' });
    expect(view.get('a/x')?.object.metadata.uid).to.equal(uidOf('a/x', 'uid 1'));
  });

  for (const [what, made, message] of [
    ['apiVersion', { apiVersion: 'apps/v1' }, 'apiVersion is "apps/v1"; the framework sets it to "example.com/v1"'],
    ['kind', { kind: 'Deployment' }, 'kind is "Deployment"; the framework sets it to "Row"'],
  ] as const) {
    it(`is refused with another ${what}, while other rows are served`, () => {
      const source = ScriptedSource.at(10, thing('a/x', 5, 1), thing('a/y', 6, 2));
      const view = viewOf(source.pipe(flat(({ n }) => (n === 1 ? made : {}))));
      expect([...view.errors.values()].map((error) => error.message)).to.deep.equal([
        `things | flatMap: no row for a/x-row: ${message}`,
      ]);
      expect(view.size).to.equal(1);
    });
  }

  it('without a primary source has a uid made from its key, and must not set one', () => {
    const source = ScriptedSource.at(10, thing('a/x', 5, 1));
    const groups = (uid?: string) =>
      incremental<Thing, object>('groups', ({ main, provenance }) => {
        main(() => undefined);
        provenance((input) => ({
          originsOf: () => [{ collection: input, key: 'a/x' }],
          primaryOf: () => undefined,
          rowsOf: () => [],
        }));
        return () => [{ type: 'PUT', key: 'a/all', object: { metadata: { namespace: 'a', name: 'all', uid } } }];
      });
    expect(viewOf(source.pipe(groups())).get('a/all')?.object.metadata.uid).to.equal(uidOf('a/all', undefined));
    expect([...viewOf(source.pipe(groups('mine'))).errors.values()].map(({ message }) => message)).to.deep.equal([
      'things | groups: no row for a/all: metadata.uid is "mine"; the framework sets the uid of a row',
    ]);
  });
});
