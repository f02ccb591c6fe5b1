/**
 * Options of a delete, from the body or the query (conformance 6.5).
 * @module
 */
import { invalidField, unsupportedField } from '../field-error.ts';
import { firstValue, queryBoolean, queryInteger } from '../query.ts';
import { badRequest, type StatusCause } from '../status.ts';
import { fieldsRead, goTypeMismatch, type Reader } from '../../../object-meta/go-shapes.ts';
import { dryRunCauses, refuseOptions } from './write-options.ts';

/** The effect of a delete on dependent objects. */
export type PropagationPolicy = 'Foreground' | 'Background' | 'Orphan';

export interface DeleteOptions {
  readonly dryRun?: boolean | undefined;
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
  readonly propagationPolicy?: PropagationPolicy | undefined;
  readonly orphanDependents?: boolean | undefined;
}

/** The options that the client sent. Only their types are checked. */
interface SentOptions {
  readonly kind?: string | undefined;
  readonly dryRun?: readonly string[] | undefined;
  readonly propagationPolicy?: string | undefined;
  readonly orphanDependents?: boolean | undefined;
  readonly ignoreStoreReadErrorWithClusterBreakingPotential?: boolean | undefined;
  readonly preconditions?: DeleteOptions['preconditions'];
}

const POLICIES: readonly string[] = ['Foreground', 'Background', 'Orphan'] satisfies PropagationPolicy[];

const text: Reader = (value, at) => (typeof value === 'string' ? { value } : goTypeMismatch(value, at, 'string'));
const flag: Reader = (value, at) => (typeof value === 'boolean' ? { value } : goTypeMismatch(value, at, 'bool'));
const count: Reader = (value, at) =>
  typeof value === 'number' && Number.isInteger(value) ? { value } : goTypeMismatch(value, at, 'int64');
const texts: Reader = (value, at) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
    ? { value }
    : goTypeMismatch(value, at, '[]string');

const FIELDS: Readonly<Record<string, Reader>> = {
  apiVersion: text,
  kind: text,
  gracePeriodSeconds: count,
  preconditions: (value, _at, path) =>
    fieldsRead(value, { uid: text, resourceVersion: text }, { struct: 'Preconditions', path }),
  orphanDependents: flag,
  propagationPolicy: text,
  dryRun: texts,
  ignoreStoreReadErrorWithClusterBreakingPotential: flag,
};

function inBody(body: unknown): SentOptions {
  const read = fieldsRead(body, FIELDS, { struct: 'DeleteOptions', path: '' });
  if ('problem' in read) throw badRequest(read.problem);
  const options = read.value as SentOptions;
  if (options.kind !== undefined && options.kind !== '' && options.kind !== 'DeleteOptions') {
    throw badRequest('decoded object cannot be converted to DeleteOptions');
  }
  return options;
}

function inQuery(query: URLSearchParams): SentOptions {
  queryInteger(query, 'gracePeriodSeconds');
  const uid = firstValue(query, 'uid') || undefined;
  const resourceVersion = firstValue(query, 'resourceVersion') || undefined;
  return {
    preconditions: uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion },
    dryRun: query.getAll('dryRun'),
    // An empty value counts as missing in a query, and is an error in a body.
    propagationPolicy: firstValue(query, 'propagationPolicy') || undefined,
    orphanDependents: queryBoolean(query, 'orphanDependents'),
    ignoreStoreReadErrorWithClusterBreakingPotential: queryBoolean(
      query,
      'ignoreStoreReadErrorWithClusterBreakingPotential',
    ),
  };
}

function* optionCauses(options: SentOptions): Iterable<StatusCause> {
  const { propagationPolicy: policy, orphanDependents, ignoreStoreReadErrorWithClusterBreakingPotential } = options;
  if (policy !== undefined && !POLICIES.includes(policy)) {
    yield unsupportedField('propagationPolicy', policy, [...POLICIES, 'nil']);
  }
  if (policy !== undefined && orphanDependents !== undefined) {
    yield invalidField('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set');
  }
  yield* dryRunCauses(options.dryRun ?? []);
  if (ignoreStoreReadErrorWithClusterBreakingPotential === true) {
    const detail = 'cannot be set, because the server does not have this feature';
    yield invalidField('ignoreStoreReadErrorWithClusterBreakingPotential', true, detail);
  }
}

/**
 * Parses the options. They come from the body if there is one, otherwise from the query.
 * @throws ApiError 400 or 422
 */
export function parseDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const options = body === undefined ? inQuery(query) : inBody(body);
  refuseOptions('DeleteOptions', [...optionCauses(options)]);
  const { dryRun = [], propagationPolicy, preconditions, orphanDependents } = options;
  return {
    dryRun: dryRun.length > 0,
    preconditions,
    propagationPolicy: propagationPolicy as PropagationPolicy | undefined,
    orphanDependents,
  };
}
