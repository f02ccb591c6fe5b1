/**
 * Why an object cannot be written, as clients are told.
 * @module
 */
import { alreadyExists, type ApiError, conflict, notFound } from '../wire/status.ts';
import { groupResourceOf, type WrittenKind } from '../wire/writes/written-kind.ts';

/** 404. */
export function missing(kind: WrittenKind, name: string): ApiError {
  return notFound(groupResourceOf(kind), name);
}

/** 409: somebody else was faster. */
export function modified(kind: WrittenKind, name: string): ApiError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return conflict(groupResourceOf(kind), name, why);
}

/** What is needed of an object to say that it is there. */
interface Taken {
  readonly metadata?: { readonly name?: string | undefined; readonly deletionTimestamp?: unknown } | undefined;
}

/** 409: there is one of that name. */
export function taken(kind: WrittenKind, { metadata }: Taken): ApiError {
  const isTerminating = metadata?.deletionTimestamp !== undefined;
  return alreadyExists(groupResourceOf(kind), metadata?.name ?? '', { isTerminating });
}
