/** What a client holds, built from what it was told, and what is wrong with that. */
import { canonical } from '../../system/convergence/pods.ts';
import { type Form, type History, revisionOf, type Rows } from './history.ts';

/** A row as clients get it. */
export interface Row {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
}

/** Where a client's complaints and counts go. */
export interface Account {
  /** Objects and events it was given. */
  events: number;
  /** Watches it opened, as far as that can be seen. */
  watches: number;
  /** Times it gave up and was started again by its application. */
  restarts: number;
  /** Times its picture was compared with what it must be. */
  comparisons: number;
  readonly mismatches: string[];
  /** What it gave up for, and how often. */
  readonly reasons: Map<string, number>;
}

export function account(): Account {
  return { events: 0, watches: 0, restarts: 0, comparisons: 0, mismatches: [], reasons: new Map() };
}

/** The picture of one run of a client: what it was told from an empty beginning on. */
export class Picture {
  readonly rows = new Map<string, string>();
  readonly #account: Account;
  readonly #who: string;
  #version = '';
  #isExact = false;

  constructor(who: string, to: Account) {
    this.#who = who;
    this.#account = to;
  }

  /** A whole list takes the place of everything. */
  replace(items: readonly Row[], version: string): void {
    this.rows.clear();
    for (const row of items) this.rows.set(keyOf(row), canonical(row));
    this.#account.events += items.length;
    this.#version = version;
    this.#isExact = true;
  }

  /**
   * An event of a watch. Checked: that it makes sense after what came before, and that versions rise. What kubectl prints of its list looks
   * like events; what came from the watch is known from the first one that is no ADDED on.
   */
  takeRow(type: string, row: Row): void {
    const { resourceVersion } = row.metadata;
    this.take(type, keyOf(row), canonical(row));
    const rises = this.#version === '' || BigInt(resourceVersion) > BigInt(this.#version);
    if (this.#isExact && !rises) this.#complain(`${type} ${keyOf(row)} at ${resourceVersion} after ${this.#version}`);
    if (type !== 'ADDED') this.#isExact = true;
    if (rises) this.#version = resourceVersion;
  }

  /** An event without a version. */
  take(type: string, key: string, content: string): void {
    this.#account.events += 1;
    if ((type === 'ADDED') === this.rows.has(key))
      this.#complain(`${type} ${key}, which was ${type === 'ADDED' ? '' : 'not '}there`);
    if (type === 'DELETED') this.rows.delete(key);
    else this.rows.set(key, content);
  }

  /** Whether this is what was there at the version of the last event: a version claims everything up to it. */
  check(history: History): void {
    if (!this.#isExact || this.#version === '') return;
    const wanted = history.at(revisionOf(this.#version));
    if (wanted === undefined) return;
    this.#account.comparisons += 1;
    const problem = difference(this.rows, wanted);
    if (problem !== undefined) this.#complain(`at ${this.#version}: ${problem}`);
  }

  #complain(what: string): void {
    this.#account.mismatches.push(`${this.#who}: ${what}`);
  }
}

/** A client under test. */
export interface SoakClient {
  readonly name: string;
  readonly account: Account;
  start(): void;
  /** Compares what it holds with what it must hold at the version it is at, if that can be told. */
  check(): void;
  /** Why it does not hold what is there now; undefined when it does. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

/** How a client that is at rest differs from what is there now. */
export function problemOf(rows: Rows, history: History, form: Form): string | undefined {
  return difference(rows, history.now(form));
}

/** The first difference, in words. */
export function difference(held: Rows, wanted: Rows): string | undefined {
  for (const key of new Set([...held.keys(), ...wanted.keys()])) {
    const [has, should] = [held.get(key) ?? 'nothing', wanted.get(key) ?? 'nothing'];
    if (has !== should)
      return `holds ${held.size} rows, ${wanted.size} are right; of ${key} ${has} instead of ${should}`;
  }
  return undefined;
}

/** Counts why a client gave up. Names, numbers and addresses are left out, so that what is the same counts as the same. */
export function noteReason({ reasons }: Account, text: string): void {
  const reason = text
    .replaceAll(/0x[0-9a-f]+/g, '0x…')
    .replaceAll(/\d+/g, 'N')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 140);
  // There are some dozens; should somebody put something random into his messages, that shall not fill the memory.
  const known = reasons.has(reason) || reasons.size < 100 ? reason : 'other reasons';
  reasons.set(known, (reasons.get(known) ?? 0) + 1);
}

export function keyOf({ metadata }: Row): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
