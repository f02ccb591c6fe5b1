/** The responses of apiextensions-apiserver 0.36 to the cases, which ask-reference.ts recorded. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../../../src/server/wire/object.ts';

export interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface CaseAnswer {
  readonly name: string;
  readonly value: Json;
  /** The paths of the warnings about unknown fields. */
  readonly unknown: readonly string[];
  /** The field of the created object, if it was created and has the field. */
  readonly result?: Json;
  /** The causes of the 422. */
  readonly causes?: readonly Cause[];
  /** Status and message of another rejection. */
  readonly refused?: string;
}

interface Answers {
  readonly cases: readonly CaseAnswer[];
  /** By the name of the schema; empty for a definition that was accepted. */
  readonly refused: Readonly<Record<string, readonly Cause[]>>;
  /** By the name of the update; empty for one that was accepted. */
  readonly updates: Readonly<Record<string, readonly Cause[]>>;
  /** By the name of the update of a status; empty for one that was accepted. */
  readonly statuses: Readonly<Record<string, readonly Cause[]>>;
}

type Row = { readonly part: 'cases' } & CaseAnswer;
type NamedRow = {
  readonly part: 'refused' | 'updates' | 'statuses';
  readonly name: string;
  readonly causes: readonly Cause[];
};

const rows = readFileSync(new URL('reference-answers.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Row | NamedRow);

function named(part: NamedRow['part']): Readonly<Record<string, readonly Cause[]>> {
  return Object.fromEntries(rows.filter((row) => row.part === part).map(({ name, causes = [] }) => [name, causes]));
}

export const ANSWERS: Answers = {
  cases: rows.flatMap((row) => {
    if (row.part !== 'cases') return [];
    const { part: _, ...answer } = row;
    return [answer];
  }),
  refused: named('refused'),
  updates: named('updates'),
  statuses: named('statuses'),
};
