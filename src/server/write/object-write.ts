/**
 * A write of one object: its request, the parts that the writer uses, and its outcome.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { ObjectStore, Versioned } from '../../stores/object-store.ts';
import type { ContentRules } from '../define/content.ts';
import type { User } from '../define/request-context.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';
import type { WritePart } from '../wire/writes/object-writes.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import type { FieldManagement } from './field-management.ts';
import type { Caller } from './handlers/checked-handlers.ts';
import type { ServedStates } from './served-states.ts';

/** A store for one caller. */
export interface CallerStore extends ObjectStore {
  /** Reads all objects in one call, by key. Returns undefined if the store cannot list them. Stores with cheap reads do not have it. */
  readAll?(signal: AbortSignal): Promise<ReadonlyMap<string, Versioned> | undefined>;
}

/** The parts that an {@link ObjectWriter} uses. */
export interface ObjectWriterOptions {
  readonly kind: WrittenKind;
  /** Returns the store for one caller. */
  readonly storeFor: (caller: Caller) => CallerStore;
  /** Whether the store handles dry runs. */
  readonly handlesDryRun: boolean;
  readonly content: ContentRules;
  readonly fields: FieldManagement;
  /** The states of the store, with the versions that the view assigned to them. */
  readonly states: ServedStates;
  /** Checks that objects may be created in a namespace. @throws ApiError 403, 404 */
  readonly requireNamespace: (namespace: string, name: string, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  /** Returns a new uid. */
  readonly uid: () => string;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

/** A request to write one object. */
export interface ObjectWrite {
  readonly namespace: string;
  /** Empty for a create. */
  readonly name: string;
  readonly part: Exclude<WritePart, 'whole'>;
  /** `status` or `scale`; empty for the object itself. */
  readonly subresource: string;
  readonly manager: string;
  readonly user: User | undefined;
  readonly dryRun: boolean;
  /** The id of the request, for the log. */
  readonly requestId?: string | undefined;
  readonly signal: AbortSignal;
  /** Whether the write is a server-side apply, which has already computed the field managers. */
  readonly isApply?: boolean | undefined;
}

/** The result of a write. */
export interface WriteOutcome {
  readonly object: CompleteObject;
  /** Undefined for a dry run. */
  readonly revision: number | undefined;
  /** Whether this write created the object. */
  readonly isNew: boolean;
  /** Whether this write removed the object. */
  readonly isGone: boolean;
}
