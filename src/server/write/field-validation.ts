/**
 * Field validation: unknown and duplicate fields of a body are ignored, reported as warnings, or refused (conformance 6.1; KEP-2885).
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { badRequest, invalid } from '../wire/status.ts';
import type { FieldValidation } from '../wire/writes/write-options.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';

/** The source of an object: a body, the result of a patch, or a configuration to apply. It determines the status of errors. */
export type ObjectSource = 'body' | 'patch' | 'apply';

/** Fields that a body should not have. */
export interface InvalidFields {
  /** Paths of the fields that the body contains more than once. */
  readonly duplicate: readonly string[];
  /** Paths of the fields that the schema does not have. */
  readonly unknown: readonly string[];
}

/** The object whose fields are validated. */
export interface ValidatedObject {
  /** The reaction to invalid fields that the client requested. */
  readonly fieldValidation: FieldValidation;
  readonly source: ObjectSource;
  readonly object: KubernetesObject;
}

/**
 * Ignores the invalid fields, adds warnings to the response, or refuses the object, as the client requested.
 * @throws ApiError with `Strict`: 400 for the object of a body, 422 for the result of a patch
 */
export function validateFields(
  ctx: RequestContext,
  kind: Pick<WrittenKind, 'group' | 'version' | 'kind'>,
  { duplicate, unknown }: InvalidFields,
  { fieldValidation, source, object }: ValidatedObject,
): void {
  const messages = [
    ...duplicate.map(
      (field) => `${field.startsWith('[') ? 'json patch ' : ''}duplicate field ${JSON.stringify(field)}`,
    ),
    ...unknown.toSorted(byBytes).map((field) => `unknown field ${JSON.stringify(field)}`),
  ];
  if (messages.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Warn') return warn(ctx, messages);
  const error = `strict decoding error: ${messages.join(', ')}`;
  if (source === 'body') {
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${error}`,
    );
  }
  const cause = invalidField('patch', JSON.stringify(object), error);
  throw invalid({ group: kind.group, kind: kind.kind }, object.metadata?.name ?? '', [cause]);
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The maximum length of all warnings of a response together. If they are longer, each is cut, and the last ones are omitted. */
const MAX_WARNINGS_LENGTH = 4096;
/** The length to which a warning is cut. */
const MAX_CUT_WARNING_LENGTH = 256;

/** Adds a `Warning` header for each distinct message. */
export function warn(ctx: RequestContext, messages: readonly string[]): void {
  const distinct = [...new Set(messages)];
  const length = distinct.reduce((sum, message) => sum + message.length, 0);
  const limit = length > MAX_WARNINGS_LENGTH ? MAX_CUT_WARNING_LENGTH : MAX_WARNINGS_LENGTH;
  let sent = 0;
  for (const message of distinct) {
    if (sent >= MAX_WARNINGS_LENGTH) return;
    const text = message.slice(0, limit);
    sent += text.length;
    ctx.append('Warning', `299 - "${quoted(text)}"`);
  }
}

/** Returns the text for a quoted-string of HTTP, without characters that a header cannot contain. */
function quoted(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&');
}
