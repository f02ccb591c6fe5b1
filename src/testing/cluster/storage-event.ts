import type { ResourceKind } from './resource-kind.ts';
import type { CompleteObject } from '../../server/wire/writes/complete-object.ts';

/** A change of one object. */
export interface StorageEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: ResourceKind;
  /** `pods`, `deployments.apps` */
  readonly resource: string;
  /** `namespace/name`, or `name` in cluster scope. */
  readonly key: string;
  /** What is stored now; for DELETED the last content with the revision of the deletion. */
  readonly object: CompleteObject;
  /** What was stored before; undefined for ADDED. */
  readonly previous: CompleteObject | undefined;
  /** The revision of the write. Deletions by a lease that ran out share one. */
  readonly revision: number;
}
