/** A write of a row that a client holds, through any replica, in steps between which everything else continues (*Writes* of the contract). */
import { expect } from 'chai';
import type { Row } from '../../../src/projections/row.ts';
import { contentOf, type EtcdHistory } from './etcd-history.ts';
import { contentOfRow } from './versioned-client.ts';
import type { VersionedReplica } from './versioned-replica.ts';

export class VersionedWrite {
  readonly #row: Row;
  readonly #replica: VersionedReplica;
  readonly #n: number;
  readonly #starts: number;
  #tries = 5;
  #waits = 8;
  /** The version of the source object that the request is locked at, and the row that was made from it. */
  #locked: { readonly version: string; readonly content: string } | undefined;
  /** The version that upstream rejected. A newer object is on its way to the replica. */
  #rejected: string | undefined;

  constructor(row: Row, replica: VersionedReplica, n: number) {
    this.#row = row;
    this.#replica = replica;
    this.#n = n;
    this.#starts = replica.starts;
  }

  /** @returns whether the write has ended */
  step(history: EtcdHistory): boolean {
    const { key } = this.#row;
    const { view } = this.#replica;
    if (this.#replica.starts !== this.#starts || !view.ready) return true;
    if (this.#locked !== undefined) return this.#send(history, this.#locked);
    if (this.#rejected !== undefined && this.#replica.madeFrom(key) === this.#rejected) return (this.#waits -= 1) === 0;
    this.#rejected = undefined;
    const row = view.get(key);
    if (row === undefined) return true;
    switch (view.stateSince(row, BigInt(this.#row.object.metadata.resourceVersion))) {
      case 'ahead':
        return (this.#waits -= 1) === 0;
      case 'unknown':
        view.resend(key);
        return true;
      case 'unchanged':
        this.#locked = { version: this.#replica.madeFrom(key) ?? '', content: contentOfRow(row) };
        return false;
    }
  }

  /** Upstream writes at once, or rejects the request. */
  #send(history: EtcdHistory, { version, content }: { readonly version: string; readonly content: string }): boolean {
    this.#locked = undefined;
    const object = history.objects.get(this.#row.key);
    if (object?.metadata.resourceVersion !== version) {
      this.#rejected = version;
      return (this.#tries -= 1) === 0;
    }
    const now = contentOf(object);
    // After a restore, an object of another history can have the same version. Upstream cannot distinguish them.
    const isTwin = now !== content;
    if (!isTwin) expect(now, `${this.#row.key} was overwritten`).to.equal(contentOfRow(this.#row));
    history.put(this.#row.key, this.#n);
    return true;
  }
}
