/** The objects that a client holds, built from its lists and watch events, and the mismatches found in them. */
import { canonical } from '../../system/convergence/pods.ts';
import { type Form, type History, revisionOf, type Rows } from './history.ts';

/** A row as clients receive it. */
export interface Row {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
}

/** Counters and mismatches of a client. */
export interface ClientStatistics {
  /** The number of objects and events received. */
  events: number;
  /** The number of watches opened, as far as the client shows it. */
  watches: number;
  /** The number of times that the client failed and its application restarted it. */
  restarts: number;
  /** The number of comparisons with the expected rows. */
  comparisons: number;
  readonly mismatches: string[];
  /** Counts of restarts by reason. */
  readonly reasons: Map<string, number>;
}

export function statistics(): ClientStatistics {
  return { events: 0, watches: 0, restarts: 0, comparisons: 0, mismatches: [], reasons: new Map() };
}

/** The objects of one run of a client, starting empty. */
export class ClientState {
  readonly rows = new Map<string, string>();
  readonly #statistics: ClientStatistics;
  readonly #client: string;
  #version = '';
  #isExact = false;

  constructor(client: string, to: ClientStatistics) {
    this.#client = client;
    this.#statistics = to;
  }

  /** Replaces all rows by those of a list. */
  replace(items: readonly Row[], version: string): void {
    this.rows.clear();
    for (const row of items) this.rows.set(keyOf(row), canonical(row));
    this.#statistics.events += items.length;
    this.#version = version;
    this.#isExact = true;
  }

  /**
   * Applies a watch event. Checks that the event fits the current rows and that versions rise. kubectl prints its list as events, too, so
   * versions are checked only from the first event on that is not ADDED.
   */
  applyRow(type: string, row: Row): void {
    const { resourceVersion } = row.metadata;
    this.apply(type, keyOf(row), canonical(row));
    const rises = this.#version === '' || BigInt(resourceVersion) > BigInt(this.#version);
    if (this.#isExact && !rises)
      this.#addMismatch(`${type} ${keyOf(row)} at ${resourceVersion} after ${this.#version}`);
    if (type !== 'ADDED') this.#isExact = true;
    if (rises) this.#version = resourceVersion;
  }

  /** Applies an event without a version. */
  apply(type: string, key: string, content: string): void {
    this.#statistics.events += 1;
    if ((type === 'ADDED') === this.rows.has(key))
      this.#addMismatch(`${type} ${key}, which ${type === 'ADDED' ? 'already existed' : 'did not exist'}`);
    if (type === 'DELETED') this.rows.delete(key);
    else this.rows.set(key, content);
  }

  /** Compares the rows with the expected rows at the version of the last event. A version implies all changes up to it. */
  check(history: History): void {
    if (!this.#isExact || this.#version === '') return;
    const expected = history.at(revisionOf(this.#version));
    if (expected === undefined) return;
    this.#statistics.comparisons += 1;
    const problem = difference(this.rows, expected);
    if (problem !== undefined) this.#addMismatch(`at ${this.#version}: ${problem}`);
  }

  #addMismatch(what: string): void {
    this.#statistics.mismatches.push(`${this.#client}: ${what}`);
  }
}

/** A client under test. */
export interface SoakClient {
  readonly name: string;
  readonly statistics: ClientStatistics;
  start(): void;
  /** Compares the rows with the expected rows at the version of the client, if that version is known. */
  check(): void;
  /** The difference from the current rows. Undefined if the client is up to date. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

/** The difference between the rows of an idle client and the current rows. */
export function problemOf(rows: Rows, history: History, form: Form): string | undefined {
  return difference(rows, history.now(form));
}

/** Describes the first difference. */
export function difference(held: Rows, expected: Rows): string | undefined {
  for (const key of new Set([...held.keys(), ...expected.keys()])) {
    const [has, should] = [held.get(key) ?? 'nothing', expected.get(key) ?? 'nothing'];
    if (has !== should)
      return `has ${held.size} rows instead of ${expected.size}; ${key} is ${has} instead of ${should}`;
  }
  return undefined;
}

/** Counts a reason for a restart. Names, numbers and addresses are removed, so that equal reasons are counted together. */
export function noteReason({ reasons }: ClientStatistics, text: string): void {
  const reason = text
    .replaceAll(/0x[0-9a-f]+/g, '0x…')
    .replaceAll(/\d+/g, 'N')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 140);
  // There are a few dozen reasons. The limit keeps messages with random parts from filling the memory.
  const known = reasons.has(reason) || reasons.size < 100 ? reason : 'other reasons';
  reasons.set(known, (reasons.get(known) ?? 0) + 1);
}

export function keyOf({ metadata }: Row): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
