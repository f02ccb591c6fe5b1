import type { Json } from '../object.ts';
import type { StatusCause } from '../api-error.ts';
import { quoted } from '../quote.ts';
import { goValue } from './go-text.ts';

// The causes that a check against a schema gives (apimachinery's validation/field), with values shown as Go shows them.

/** The field of a cause that has none, as upstream writes a path that is nil. */
export const NO_FIELD = '<nil>';

const cause = (reason: string, field: string, message: string): StatusCause => ({ reason, message, field });

export const required = (field: string, detail = ''): StatusCause =>
  cause('FieldValueRequired', field, detail === '' ? 'Required value' : `Required value: ${detail}`);

export const invalidValue = (field: string, value: Json, detail: string): StatusCause =>
  cause('FieldValueInvalid', field, `Invalid value: ${goValue(value)}: ${detail}`);

export const typeInvalid = (field: string, value: Json, detail: string): StatusCause =>
  cause('FieldValueTypeInvalid', field, `Invalid value: ${goValue(value)}: ${detail}`);

export const notSupported = (field: string, value: Json, supported: readonly string[]): StatusCause =>
  cause(
    'FieldValueNotSupported',
    field,
    `Unsupported value: ${goValue(value)}: supported values: ${supported.map(quoted).join(', ')}`,
  );

export const duplicate = (field: string, value: Json): StatusCause =>
  cause('FieldValueDuplicate', field, `Duplicate value: ${goValue(value)}`);

export const forbidden = (field: string, detail: string): StatusCause =>
  cause('FieldValueForbidden', field, `Forbidden: ${detail}`);

/** Upstream counts characters and says bytes. */
export const tooLong = (field: string, max: number): StatusCause =>
  cause('FieldValueTooLong', field, `Too long: may not be more than ${max} ${max === 1 ? 'byte' : 'bytes'}`);

export const tooMany = (field: string, actual: number, max: number): StatusCause =>
  cause('FieldValueTooMany', field, `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`);
