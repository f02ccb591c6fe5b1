/**
 * What is done about fields that nobody knows and fields that are there twice (api-semantics 6.1).
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';
import { invalidField } from '../wire/field-error.ts';
import type { KubernetesObject } from '../wire/object.ts';
import { badRequest, invalid } from '../wire/status.ts';
import type { FieldValidation } from '../wire/writes/write-options.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import type { ObjectSource } from './read-object.ts';

/** All warnings of a response together; above, each is cut, and as many are told as fit. */
const LONGEST_WARNINGS = 4096;
const LONGEST_CUT_WARNING = 256;

/** Fields that a body should not have. */
export interface FieldFaults {
  /** Paths. */
  readonly duplicate: readonly string[];
  readonly unknown: readonly string[];
}

/** What has the faults. */
export interface FaultyObject {
  readonly source: ObjectSource;
  readonly object: KubernetesObject;
}

/**
 * Warns of them, or refuses them, as the client wishes.
 * @throws ApiError with `Strict`: 400 of an object, 422 of what a patch makes
 */
export function treatFaults(
  ctx: RequestContext,
  kind: Pick<WrittenKind, 'group' | 'version' | 'kind'>,
  { duplicate, unknown }: FieldFaults,
  validation: FieldValidation,
  { source, object }: FaultyObject,
): void {
  const messages = [
    ...duplicate.map(
      (field) => `${field.startsWith('[') ? 'json patch ' : ''}duplicate field ${JSON.stringify(field)}`,
    ),
    ...unknown.toSorted(inBytes).map((field) => `unknown field ${JSON.stringify(field)}`),
  ];
  if (messages.length === 0 || validation === 'Ignore') return;
  if (validation === 'Warn') return warn(ctx, messages);
  const error = `strict decoding error: ${messages.join(', ')}`;
  if (source === 'body') {
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${error}`,
    );
  }
  const cause = invalidField('patch', JSON.stringify(object), error);
  throw invalid({ group: kind.group, kind: kind.kind }, object.metadata?.name ?? '', [cause]);
}

const inBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Adds `Warning` headers, each once. */
export function warn(ctx: RequestContext, messages: readonly string[]): void {
  const distinct = [...new Set(messages)];
  const length = distinct.reduce((sum, message) => sum + message.length, 0);
  const bound = length > LONGEST_WARNINGS ? LONGEST_CUT_WARNING : LONGEST_WARNINGS;
  let told = 0;
  for (const message of distinct) {
    if (told >= LONGEST_WARNINGS) return;
    const text = message.slice(0, bound);
    told += text.length;
    ctx.append('Warning', `299 - "${quoted(text)}"`);
  }
}

/** A quoted-string of HTTP, without what headers cannot carry. */
function quoted(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&');
}
