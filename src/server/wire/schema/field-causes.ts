import type { Json } from '../object.ts';
import type { StatusCause } from '../api-error.ts';
import { quoted } from '../quote.ts';
import { goValue } from './go-text.ts';

// The causes that a check against a schema gives (apimachinery's validation/field), with values shown as Go shows them.

/** The field of a cause that has none, as upstream writes a path that is nil. */
export const NO_FIELD = '<nil>';

const cause = (reason: string, field: string, message: string): StatusCause => ({ reason, message, field });

export function required(field: string, detail = ''): StatusCause {
  return cause('FieldValueRequired', field, detail === '' ? 'Required value' : `Required value: ${detail}`);
}

export function invalidValue(field: string, value: Json, detail: string): StatusCause {
  return cause('FieldValueInvalid', field, `Invalid value: ${goValue(value)}: ${detail}`);
}

export function typeInvalid(field: string, value: Json, detail: string): StatusCause {
  return cause('FieldValueTypeInvalid', field, `Invalid value: ${goValue(value)}: ${detail}`);
}

export function notSupported(field: string, value: Json, supported: readonly string[]): StatusCause {
  return cause(
    'FieldValueNotSupported',
    field,
    `Unsupported value: ${goValue(value)}: supported values: ${supported.map(quoted).join(', ')}`,
  );
}

export function duplicate(field: string, value: Json): StatusCause {
  return cause('FieldValueDuplicate', field, `Duplicate value: ${goValue(value)}`);
}

export function forbidden(field: string, detail: string): StatusCause {
  return cause('FieldValueForbidden', field, `Forbidden: ${detail}`);
}

/** Upstream counts characters and says bytes. */
export function tooLong(field: string, max: number): StatusCause {
  return cause('FieldValueTooLong', field, `Too long: may not be more than ${max} ${max === 1 ? 'byte' : 'bytes'}`);
}

export function tooMany(field: string, actual: number, max: number): StatusCause {
  return cause(
    'FieldValueTooMany',
    field,
    `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`,
  );
}
