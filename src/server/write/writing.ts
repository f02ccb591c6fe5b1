/**
 * What a write is, and what comes of it.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { ObjectStore } from '../../stores/object-store.ts';
import type { User } from '../define/request-context.ts';
import type { WritePart } from '../wire/writes/object-writes.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import type { Content } from '../define/content.ts';
import type { Caller } from './handlers/checked-handlers.ts';
import type { FieldManagement } from './field-management.ts';

/** What a writer needs. */
export interface ObjectWriterOptions {
  readonly kind: WrittenKind;
  /** The store, for somebody who asks. */
  readonly storeFor: (caller: Caller) => ObjectStore;
  /** Dry runs are to be sent to the store. */
  readonly handlesDryRun: boolean;
  readonly content: Content;
  readonly fields: FieldManagement;
  /** The served resourceVersion of a revision, and back; undefined for a version that is none. */
  readonly versionOf: (revision: number, key: string) => string;
  readonly revisionOf: (resourceVersion: string) => number | undefined;
  /** Whether objects may be created in a namespace. @throws ApiError 403, 404 */
  readonly requireNamespace: (namespace: string, name: string, signal: AbortSignal) => Promise<void>;
  /** Resolves when the view has seen a revision. */
  readonly seen: (revision: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly clock: Clock;
  readonly uid: () => string;
  /** In [0, 1). */
  readonly random: () => number;
}

/** A request to write. */
export interface Writing {
  readonly namespace: string;
  /** Empty for a create. */
  readonly name: string;
  readonly part: Exclude<WritePart, 'whole'>;
  /** `status` and the like; empty for the object itself. */
  readonly subresource: string;
  readonly manager: string;
  readonly user: User | undefined;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** The managers of its fields are there already. */
  readonly isApply?: boolean | undefined;
}

/** What came of a write. */
export interface WriteOutcome {
  readonly object: CompleteObject;
  /** Undefined of a dry run. */
  readonly revision: number | undefined;
  readonly isNew: boolean;
  /** The object has gone with this write. */
  readonly isGone: boolean;
}
