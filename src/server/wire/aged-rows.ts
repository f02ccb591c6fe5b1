/**
 * Rows of a Table in one buffer, each with a comma after it, in which only the ages change. Most ages are the same for a minute, an hour or a
 * day. The buffer is made anew when one of them changes: by a copy with other digits, as long as the texts have the same lengths.
 * @module
 */
import { ageChange, humanAge } from './human-age.ts';
import type { EncodedCells, Timestamp } from './table-bytes.ts';

/** A row before it is joined with others. */
export interface AgedRow {
  readonly cells: EncodedCells;
  /** The JSON of `rows[].object`; undefined for null. */
  readonly object: Buffer | undefined;
}

/** An age in the buffer. */
interface Age {
  readonly timestamp: Timestamp;
  at: number;
  text: string;
  /** The time at which the text can change. */
  until: number;
}

const NO_OBJECT = Buffer.from('null');
const ROW_END = Buffer.from('},');
/** The estimated bytes of memory of an {@link Age}. */
const BYTES_OF_AGE = 120;

/** The rows, see the top of this file. */
export class AgedRows {
  #bytes: Buffer;
  /** The end of each row, after its comma. */
  readonly #ends: Uint32Array;
  readonly #ages: Age[] = [];
  /** The times between which the buffer is right. */
  #from: number;
  #until = Number.POSITIVE_INFINITY;

  /** @param now milliseconds since the epoch */
  constructor(rows: readonly AgedRow[], now: number) {
    const parts: Buffer[] = [];
    this.#ends = new Uint32Array(rows.length);
    let length = 0;
    const push = (part: Buffer): void => {
      parts.push(part);
      length += part.length;
    };
    for (const [index, { cells, object }] of rows.entries()) {
      for (const [number, segment] of cells.segments.entries()) {
        push(segment);
        const timestamp = cells.timestamps[number];
        if (timestamp === undefined) continue;
        const text = textOf(timestamp, now);
        this.#ages.push({ timestamp, at: length, text, until: changeOf(timestamp, now) });
        push(Buffer.from(text));
      }
      push(object ?? NO_OBJECT);
      push(ROW_END);
      this.#ends[index] = length;
    }
    this.#bytes = joined(parts, length);
    this.#from = now;
    this.#until = this.#nextChange();
  }

  /** The bytes of memory that the rows take. */
  get size(): number {
    return this.#bytes.length + this.#ends.byteLength + this.#ages.length * BYTES_OF_AGE;
  }

  /** Whether no age has changed since the rows were last read. */
  isCurrent(now: number): boolean {
    return now >= this.#from && now < this.#until;
  }

  /** Returns the rows from `from` to before `to` with their ages at a time. Nothing is copied if no age has changed. */
  slice(from: number, to: number, now: number): Buffer {
    if (!this.isCurrent(now)) this.#renew(now);
    if (from === 0 && to === this.#ends.length) return this.#bytes;
    return this.#bytes.subarray(this.#startOf(from), this.#startOf(to));
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }

  #renew(now: number): void {
    const isBack = now < this.#from;
    const changed: { readonly age: Age; readonly text: string }[] = [];
    for (const age of this.#ages) {
      if (!isBack && now < age.until) continue;
      const text = textOf(age.timestamp, now);
      age.until = changeOf(age.timestamp, now);
      if (text !== age.text) changed.push({ age, text });
    }
    if (changed.some(({ age, text }) => text.length !== age.text.length)) this.#replace(changed);
    else if (changed.length > 0) this.#overwrite(changed);
    this.#from = now;
    this.#until = this.#nextChange();
  }

  /** Writes texts over others of the same lengths, in a copy: responses may still send the old buffer. */
  #overwrite(changed: readonly { readonly age: Age; readonly text: string }[]): void {
    const bytes = Buffer.allocUnsafeSlow(this.#bytes.length);
    bytes.set(this.#bytes);
    for (const { age, text } of changed) {
      bytes.write(text, age.at, 'latin1');
      age.text = text;
    }
    this.#bytes = bytes;
  }

  /** Replaces texts by others of any length, and moves everything after them. */
  #replace(changed: readonly { readonly age: Age; readonly text: string }[]): void {
    const texts = new Map(changed.map(({ age, text }) => [age, text]));
    const parts: Buffer[] = [];
    let [read, moved, row] = [0, 0, 0];
    const moveRows = (before: number): void => {
      for (; row < this.#ends.length && (this.#ends[row] ?? 0) <= before; row += 1) {
        this.#ends[row] = (this.#ends[row] ?? 0) + moved;
      }
    };
    for (const age of this.#ages) {
      const text = texts.get(age);
      const at = age.at;
      moveRows(at);
      age.at += moved;
      if (text === undefined) continue;
      parts.push(this.#bytes.subarray(read, at), Buffer.from(text));
      read = at + age.text.length;
      moved += text.length - age.text.length;
      age.text = text;
    }
    moveRows(this.#bytes.length);
    parts.push(this.#bytes.subarray(read));
    this.#bytes = joined(parts, this.#bytes.length + moved);
  }

  #nextChange(): number {
    return this.#ages.reduce((least, { until }) => Math.min(least, until), Number.POSITIVE_INFINITY);
  }
}

function textOf(timestamp: Timestamp, now: number): string {
  return humanAge(timestamp.time, now, timestamp);
}

function changeOf(timestamp: Timestamp, now: number): number {
  return ageChange(timestamp.time, now, timestamp);
}

/** Joins parts in a buffer that is not from Node's pool, because it would keep the whole pool in memory. */
function joined(parts: readonly Buffer[], length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
