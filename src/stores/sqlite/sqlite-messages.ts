/**
 * The messages between the store and its thread. All of them are plain values that can be cloned.
 * @module
 */

/** The bounds of the log of one resource. Positions older than the log expire (410). */
export interface SqliteLogBounds {
  /** The maximum number of writes. @default 20000 */
  readonly entries: number;
  /** The maximum number of bytes: of the JSON before and after each write. @default 64 MiB */
  readonly bytes: number;
  /** The maximum age in milliseconds. It is checked at each write, so a quiet resource expires no position. @default one hour */
  readonly age: number;
}

/** The file to open, and its bounds. */
export interface SqliteFileOptions {
  readonly path: string;
  /** The revision at which a new file begins. */
  readonly firstRevision: number;
  /** The maximum size of the JSON of all objects, in bytes. */
  readonly maxBytes: number;
  readonly log: SqliteLogBounds;
}

/** One conditional write of one key. */
export interface SqliteWrite {
  readonly type: 'create' | 'replace' | 'delete';
  /** The resource: `tasks.example.com`. */
  readonly resource: string;
  readonly key: string;
  /** The revision that the object must have; ignored by `create`. */
  readonly expected: number;
  /** The new content; undefined for `delete`. */
  readonly json: Uint8Array | undefined;
}

/** The JSON of an object, and the revision of its last write. */
export interface SqliteState {
  readonly revision: number;
  readonly json: Uint8Array;
}

/** The outcome of one write of a committed batch. */
export type SqliteWriteResult =
  | { readonly type: 'written'; readonly revision: number; /** The content before. */ readonly last?: Uint8Array }
  | { readonly type: 'exists' }
  | { readonly type: 'not found' }
  | { readonly type: 'conflict'; readonly current: SqliteState }
  | { readonly type: 'full' };

/** One write in the file. */
export interface SqliteRow {
  readonly revision: number;
  readonly key: string;
  /** Null if the write deleted the object. */
  readonly json: Uint8Array | null;
}

/**
 * Some rows of a resource in the order of revisions. The rows up to `compacted` are the complete state at that revision. Each row after it
 * is one write.
 */
export interface SqlitePage {
  readonly rows: readonly SqliteRow[];
  readonly hasMore: boolean;
  readonly compacted: number;
  /** The revision of the last write to any resource. */
  readonly counter: number;
}

/** The calls of the thread: their arguments and results by name. */
export interface SqliteCalls {
  readonly open: { readonly call: SqliteFileOptions; readonly result: { readonly counter: number } };
  readonly commit: {
    readonly call: {
      readonly writes: readonly SqliteWrite[];
      /** Milliseconds since the epoch. */ readonly now: number;
    };
    readonly result: readonly SqliteWriteResult[];
  };
  readonly read: {
    readonly call: { readonly resource: string; readonly key: string };
    readonly result: SqliteState | undefined;
  };
  readonly page: { readonly call: { readonly resource: string; readonly after: number }; readonly result: SqlitePage };
  readonly backup: { readonly call: { readonly file: string }; readonly result: undefined };
  readonly close: { readonly call: undefined; readonly result: undefined };
}

/** A request to the thread. */
export type SqliteRequest = {
  [Name in keyof SqliteCalls]: { readonly name: Name; readonly call: SqliteCalls[Name]['call'] };
}[keyof SqliteCalls];

/** The response of the thread. Responses have the order of requests. */
export type SqliteResponse = { readonly result: unknown } | { readonly failure: SqliteFailure };

/** A failure of the thread, as a plain value. */
export interface SqliteFailure {
  /**
   * - `unavailable`: nothing was written, and a retry may succeed.
   * - `refused`: nothing was written, and a retry will fail.
   * - `full`: nothing was written, because the disk has no space.
   * - `unknown`: the writes of the batch may have been committed.
   */
  readonly kind: 'unavailable' | 'refused' | 'full' | 'unknown';
  readonly message: string;
  /** Whether the file must be opened again. */
  readonly isBroken: boolean;
}
