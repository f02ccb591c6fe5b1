import { map as rxMap } from 'rxjs';
import type { Collection } from '../../../src/informers/collection/collection.ts';
import type { DeltaOperator } from '../../../src/informers/collection/index.ts';
import type { V1Pod } from '../../../src/informers/wire-type.ts';
import { identity } from '../../../src/projections/identity.ts';
import { type Resource, resource } from '../../../src/server/define/resource.ts';

/** A resource of pods behind an operator without lineage, so that its versions have the scheme `local`. */
export function localRows(pods: Collection<V1Pod>): Resource {
  const rows: DeltaOperator<V1Pod, { metadata: ReturnType<typeof identity> }> = rxMap((batch) =>
    batch.derive(
      batch.changes.map((delta) =>
        delta.type === 'DELETED'
          ? { type: 'REMOVE' as const, key: delta.key }
          : { type: 'PUT' as const, key: delta.key, object: { metadata: identity(delta.object) } },
      ),
    ),
  );
  return resource({ kind: 'AllPod', plural: 'allpods', namespaced: true }, pods.pipe(rows));
}
