/** What apiextensions-apiserver 0.36 said to the cases, as ask-reference.ts wrote it down. */
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
  /** The field of the object that was made, when it was made and has it. */
  readonly result?: Json;
  /** Of the 422. */
  readonly causes?: readonly Cause[];
  /** Status and message, of another refusal. */
  readonly refused?: string;
}

interface Answers {
  readonly cases: readonly CaseAnswer[];
  /** By the name of the schema; empty for a definition that was taken. */
  readonly refused: Readonly<Record<string, readonly Cause[]>>;
  /** By the name of the update; empty for one that was taken. */
  readonly updates: Readonly<Record<string, readonly Cause[]>>;
  /** By the name of the update of a status; empty for one that was taken. */
  readonly statuses: Readonly<Record<string, readonly Cause[]>>;
}

export const ANSWERS: Answers = JSON.parse(
  readFileSync(new URL('reference-answers.json', import.meta.url), 'utf8'),
) as Answers;
