/**
 * The causes of a 422 (apimachinery's validation/field). `invalid` builds its message from their texts.
 * @module
 */
import type { StatusCause } from './api-error.ts';
import { quoted } from './quote.ts';

function shown(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : (JSON.stringify(value) ?? 'null');
}

/** Returns the cause for a missing field that is required. */
export function requiredField(field: string, detail: string): StatusCause {
  return {
    reason: 'FieldValueRequired',
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
    field,
  };
}

/** Returns the cause for a value that has the right type but is not valid. */
export function invalidField(field: string, value: unknown, detail: string): StatusCause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${shown(value)}: ${detail}`,
    field,
  };
}

/** Returns the cause for a field that is not allowed. */
export function forbiddenField(field: string, detail: string): StatusCause {
  return {
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${detail}`,
    field,
  };
}

/** Returns the cause for a value that is not one of the supported values. */
export function unsupportedField(field: string, value: unknown, supported: readonly string[]): StatusCause {
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}: supported values: ${supported.map(quoted).join(', ')}`,
    field,
  };
}

/** Returns the cause for a text that is too long, or for a field whose texts are too long together. */
export function tooLongField(field: string, maxBytes: number): StatusCause {
  return {
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${maxBytes} bytes`,
    field,
  };
}
