/**
 * Options of a create, update or patch in the query (conformance 6.1).
 * @module
 */
import { forbiddenField, invalidField, requiredField, tooLongField, unsupportedField } from '../field-error.ts';
import { firstValue, queryBoolean } from '../query.ts';
import { invalid, type StatusCause } from '../status.ts';

const MAX_FIELD_MANAGER_BYTES = 128;

/** The kinds of options in error messages. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

/** The handling of unknown fields. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  /** True to run everything except the store. */
  readonly dryRun: boolean;
  /** Empty if the client sent none. */
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** For an apply: true to take over fields of other managers. */
  readonly force: boolean;
}

/**
 * Rejects options if there are causes.
 * @throws ApiError 422
 */
export function refuseOptions(kind: OptionsKind, causes: readonly StatusCause[]): void {
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

/** Returns the causes for invalid values of `dryRun`. */
export function dryRunCauses(values: readonly unknown[]): readonly StatusCause[] {
  return values.some((value) => value !== 'All') ? [unsupportedField('dryRun', values, ['All'])] : [];
}

const VALIDATIONS: readonly string[] = ['', 'Ignore', 'Strict', 'Warn'];

/** The characters that upstream considers unprintable: control and unassigned characters, and line separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

function* managerCauses(fieldManager: string): Iterable<StatusCause> {
  if (Buffer.byteLength(fieldManager) > MAX_FIELD_MANAGER_BYTES)
    yield tooLongField('fieldManager', MAX_FIELD_MANAGER_BYTES);
  const { 0: character, index = 0 } = UNPRINTABLE.exec(fieldManager) ?? {};
  if (character !== undefined) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const position = Buffer.byteLength(fieldManager.slice(0, index));
    yield invalidField('fieldManager', fieldManager, `invalid character U+${code} (at position ${position})`);
  }
}

function* writeCauses(query: URLSearchParams, kind: OptionsKind, isApply: boolean): Iterable<StatusCause> {
  const fieldManager = firstValue(query, 'fieldManager') ?? '';
  if (isApply && fieldManager === '') yield requiredField('fieldManager', 'is required for apply patch');
  if (kind === 'PatchOptions' && !isApply && queryBoolean(query, 'force') !== undefined) {
    yield forbiddenField('force', 'may not be specified for non-apply patch');
  }
  yield* managerCauses(fieldManager);
  yield* dryRunCauses(query.getAll('dryRun'));
  const fieldValidation = firstValue(query, 'fieldValidation') ?? '';
  if (!VALIDATIONS.includes(fieldValidation)) yield unsupportedField('fieldValidation', fieldValidation, VALIDATIONS);
}

/**
 * Parses the options of a query.
 * @throws ApiError 422
 */
export function parseWriteOptions(
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  { isApply = false }: { readonly isApply?: boolean } = {},
): WriteOptions {
  refuseOptions(kind, [...writeCauses(query, kind, isApply)]);
  return {
    dryRun: query.getAll('dryRun').length > 0,
    fieldManager: firstValue(query, 'fieldManager') ?? '',
    fieldValidation: (firstValue(query, 'fieldValidation') || 'Warn') as FieldValidation,
    force: queryBoolean(query, 'force') === true,
  };
}
