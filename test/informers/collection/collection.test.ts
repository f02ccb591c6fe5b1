import { map as rxMap } from 'rxjs';
import { collectionSuite } from '../../conformance/collection.suite.ts';
import type { Value } from '../../conformance/observed-source.ts';
import type { DeltaOperator } from '../../../src/informers/collection/index.ts';
import { filter } from '../../../src/projections/operators/filter.ts';
import { map } from '../../../src/projections/operators/map.ts';
import { tap } from '../../../src/projections/operators/tap.ts';

const doubled = ({ metadata, n }: Value): Value => ({ metadata, n: 2 * n });

const own: DeltaOperator<Value, Value> = rxMap((batch) =>
  batch.derive(
    batch.changes.map(({ type, key, object }) =>
      type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object },
    ),
  ),
);

collectionSuite({ name: 'a fake informer', over: (source) => source, shows: (n) => n, derived: false });
collectionSuite({ name: 'a map', over: (source) => source.pipe(map(doubled)), shows: (n) => 2 * n, derived: true });
collectionSuite({
  name: 'a filter',
  over: (source) => source.pipe(filter(({ n }) => n > 0)),
  shows: (n) => n,
  derived: true,
});
collectionSuite({
  name: 'an operator of the user',
  over: (source) => source.pipe(own),
  shows: (n) => n,
  derived: true,
});
collectionSuite({
  name: 'a stack of pipelines',
  over: (source) =>
    source
      .pipe(
        filter(({ n }) => n > 0),
        map(doubled),
      )
      .pipe(
        tap(() => {}),
        map(({ metadata, n }) => ({ metadata, n: n + 1 })),
        own,
      ),
  shows: (n) => 2 * n + 1,
  derived: true,
});
