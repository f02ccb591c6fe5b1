import type { StatusCause } from './api-error.ts';
import { quoted } from './quote.ts';

// The causes of a 422 (apimachinery's validation/field). Their texts are part of what `invalid` makes its message of.

function shown(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : (JSON.stringify(value) ?? 'null');
}

/** A field that must be there is not. */
export function requiredField(field: string, detail: string): StatusCause {
  return {
    reason: 'FieldValueRequired',
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
    field,
  };
}

/** A field has a value that is well-formed and wrong. */
export function invalidField(field: string, value: unknown, detail: string): StatusCause {
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${shown(value)}: ${detail}`,
    field,
  };
}

/** A field is not allowed here. */
export function forbiddenField(field: string, detail: string): StatusCause {
  return {
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${detail}`,
    field,
  };
}

/** A field has none of the values it may have. */
export function unsupportedField(field: string, value: unknown, supported: readonly string[]): StatusCause {
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}: supported values: ${supported.map(quoted).join(', ')}`,
    field,
  };
}

/** A text, or all texts of a field together, are longer than allowed. */
export function tooLongField(field: string, maxBytes: number): StatusCause {
  return {
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${maxBytes} bytes`,
    field,
  };
}
