/** A source whose versions the test sets. A fake informer would set them itself. */
import { SourceCollection, type SourceVersions } from '../../src/informers/collection/source-collection.ts';
import { splitKey } from '../../src/key.ts';
import type { SourceStatus } from '../../src/informers/collection/source-status.ts';
import { deepFreeze } from '../../src/testing/informers/index.ts';

/** A version, as a number or as text. */
export type Version = number | bigint | string;

export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly n: number;
}

/** `thing('a/x', 12, 1)`: a thing that was written at version 12. */
export function thing(key: string, version: Version, n: number, uid = `uid of ${key}`): Thing {
  const { namespace, name } = splitKey(key);
  const metadata = { namespace, name, uid, resourceVersion: String(version) };
  return deepFreeze({ apiVersion: 'v1', kind: 'Thing', metadata, n });
}

export class ScriptedSource extends SourceCollection<Thing> {
  message: string | undefined;

  constructor(versions: SourceVersions = 'unique', name = 'things') {
    super(name, versions);
  }

  /** A source that has listed `things` at `version`. */
  static at(version: Version, ...things: Thing[]): ScriptedSource {
    const source = new ScriptedSource();
    source.relist(version, ...things);
    return source;
  }

  /** A list, the first one or a later one. */
  relist(version: Version | undefined, ...things: Thing[]): void {
    this.replaceAll(things, version?.toString());
  }

  /** A list of an upstream that was restored from a backup. Its version may be lower. */
  restore(version: Version, ...things: Thing[]): void {
    this.replaceAll(things, version.toString(), { restored: true });
  }

  put(key: string, version: Version, n: number, uid?: string): void {
    const type = this.store.get(key) === undefined ? 'ADDED' : 'MODIFIED';
    this.applyEvent({ type, object: thing(key, version, n, uid), version: String(version) });
  }

  delete(key: string, version: Version): void {
    const last = this.store.get(key);
    this.applyEvent({
      type: 'DELETED',
      object: thing(key, version, last?.n ?? 0, last?.metadata.uid),
      version: String(version),
    });
  }

  bookmark(version: Version): void {
    this.advance(String(version));
  }

  gone(): void {
    this.removeAll();
  }

  override sources(): SourceStatus[] {
    const { hasSynced, message } = this;
    return [
      { name: this.name, hasSynced, ready: hasSynced, message, lastActivity: undefined, unsyncedSince: undefined },
    ];
  }

  protected override readonly readable: boolean = true;
  protected override start(): void {
    // the test writes
  }
  protected override stop(): void {
    // the test writes
  }
}
