/** Tools for tests of views: rows made by hand, views without randomness, and the events of a watch as short strings. */
import type { Collection } from '../../src/informers/collection/index.ts';
import { map as rxMap } from 'rxjs';
import { filter } from '../../src/projections/operators/filter.ts';
import { map } from '../../src/projections/operators/map.ts';
import { MaterializedView, type ViewOptions } from '../../src/projections/materialized-view.ts';
import { RowEncoder, type Row, type RowObject } from '../../src/projections/row.ts';
import type { WatchCursor } from '../../src/projections/watch-cursor.ts';
import type { ScriptedSource, Thing } from './scripted-source.ts';

export const NOW: number = Date.parse('2026-01-01T00:00:00Z');

export const VIEW: ViewOptions = {
  group: 'example.com',
  version: 'v1',
  kind: 'Row',
  namespaced: true,
  definition: 'rows',
  clock: { now: () => NOW },
  random: () => 0.5,
};

const namespaced = new RowEncoder(VIEW);
const clusterScoped = new RowEncoder({ ...VIEW, namespaced: false });

/** A row with a key: `row('shop/web', 100n, 1)`. */
export function row(key: string, position = 1n, n?: number): Row {
  const [namespace, name] = key.includes('/') ? key.split('/', 2) : [undefined, key];
  const encoder = namespace === undefined ? clusterScoped : namespaced;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return encoder.encode(key, { metadata, ...(n === undefined ? {} : { n }) }, { stamp: undefined, position });
}

export interface Shown {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly n: number;
}

/** Rows of the things with a positive `n`, which show its tens. 13 throws. */
export function tens(things: Collection<Thing>): Collection<Shown> {
  return things.pipe(
    filter(({ n }) => n > 0),
    map(({ metadata: { namespace, name }, n }) => {
      if (n === 13) throw new Error('13 is bad');
      return { metadata: { namespace, name }, n: Math.floor(n / 10) };
    }),
  );
}

/** The same rows from a custom operator, so that their view has scheme `local`. */
export function tensOfOwn(things: Collection<Thing>): Collection<Shown> {
  return tens(things).pipe(
    rxMap((batch) =>
      batch.derive(
        batch.changes.map(({ type, key, object }) =>
          type === 'DELETED' ? ({ type: 'REMOVE', key } as const) : ({ type: 'PUT', key, object } as const),
        ),
      ),
    ),
  );
}

/** A running view of a collection. */
export function viewOf(collection: Collection<unknown>, options: Partial<ViewOptions> = {}): MaterializedView {
  const view = new MaterializedView(collection, { ...VIEW, ...options });
  view.start();
  return view;
}

/** A running view of {@link tens} of a source. */
export function tensView(source: ScriptedSource, options: Partial<ViewOptions> = {}): MaterializedView {
  return viewOf(tens(source), options);
}

/** The source's version in a position of scheme `upstream`. */
export function sourceVersion(position: bigint | string): number {
  return Number(BigInt(position) >> 20n);
}

/** `a/x=4@12`: the row of a/x shows 4, its version is 12. */
export function shown({ object, key }: { readonly object: RowObject; readonly key: string }): string {
  return `${key}=${String(object['n'])}@${sourceVersion(object.metadata.resourceVersion)}`;
}

/** Rows of a view as {@link shown}. */
export function rowsOf(view: MaterializedView): string[] {
  return Array.from(view.snapshot().rows.range(''), shown);
}

/** The events that a watch would send now: `ADDED a/x=4@12`. A DELETED has the last content at the version of the event. */
export function readAll(cursor: WatchCursor): string[] {
  const events: string[] = [];
  for (let entry = cursor.next()?.entry; entry !== undefined; entry = cursor.next()?.entry) {
    const { before, after, position } = entry;
    if (after !== undefined) events.push(`${before === undefined ? 'ADDED' : 'MODIFIED'} ${shown(after)}`);
    else if (before !== undefined) events.push(`DELETED ${shown(namespaced.at(before, position))}`);
  }
  return events;
}
