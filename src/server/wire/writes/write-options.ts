import { forbiddenField, invalidField, requiredField, unsupportedField } from '../field-error.ts';
import { at, textAt } from '../json-path.ts';
import { firstValue, queryBoolean } from '../query.ts';
import { badRequest, invalid } from '../status.ts';
import type { StatusCause } from '../status.ts';

const LONGEST_FIELD_MANAGER = 128;

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

/** What is done about fields that nobody knows (api-semantics 6.1). */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Options of a create, update or patch. */
export interface WriteOptions {
  /** Everything but storing. */
  readonly dryRun: boolean;
  /** Empty where the client gave none. */
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Of an apply: take fields over from others. */
  readonly force: boolean;
}

/** What becomes of the dependents of what is deleted. */
export type PropagationPolicy = 'Foreground' | 'Background' | 'Orphan';

/** Options of a delete. */
export interface DeleteOptions {
  readonly dryRun?: boolean | undefined;
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
  readonly propagationPolicy?: PropagationPolicy | undefined;
  readonly orphanDependents?: boolean | undefined;
}

const refuse = (kind: OptionsKind, causes: readonly StatusCause[]): void => {
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes);
};

const dryRunCauses = (values: readonly unknown[]): readonly StatusCause[] =>
  values.some((value) => value !== 'All') ? [unsupportedField('dryRun', values, ['All'])] : [];

const VALIDATIONS: readonly string[] = ['', 'Ignore', 'Warn', 'Strict'];

/** Characters that upstream takes for printable: neither control nor unassigned. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

function* writeCauses(query: URLSearchParams, kind: OptionsKind, isApply: boolean): Iterable<StatusCause> {
  yield* dryRunCauses(query.getAll('dryRun'));
  const fieldManager = firstValue(query, 'fieldManager') ?? '';
  if (fieldManager.length > LONGEST_FIELD_MANAGER) {
    yield invalidField('fieldManager', fieldManager, `may not be more than ${LONGEST_FIELD_MANAGER} bytes`);
  }
  if (UNPRINTABLE.test(fieldManager)) {
    yield invalidField('fieldManager', fieldManager, 'should only contain printable characters');
  }
  if (isApply && fieldManager === '') yield requiredField('fieldManager', 'is required for apply patch');
  if (kind === 'PatchOptions' && !isApply && queryBoolean(query, 'force') !== undefined) {
    yield forbiddenField('force', 'may not be specified for non-apply patch');
  }
  const fieldValidation = firstValue(query, 'fieldValidation') ?? '';
  if (!VALIDATIONS.includes(fieldValidation)) {
    yield unsupportedField('fieldValidation', fieldValidation, ['Ignore', 'Strict', 'Warn']);
  }
}

/** The options in a query. Throws the 422 of parameters that a write cannot have (api-semantics 6.1). */
export const parseWriteOptions = (
  query: URLSearchParams,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  { isApply = false }: { readonly isApply?: boolean } = {},
): WriteOptions => {
  refuse(kind, [...writeCauses(query, kind, isApply)]);
  return {
    dryRun: query.getAll('dryRun').length > 0,
    fieldManager: firstValue(query, 'fieldManager') ?? '',
    fieldValidation: (firstValue(query, 'fieldValidation') || 'Warn') as FieldValidation,
    force: queryBoolean(query, 'force') === true,
  };
};

const POLICIES: readonly string[] = ['Foreground', 'Background', 'Orphan'] satisfies PropagationPolicy[];

/** Options of a delete: those of the body if there is one, else those of the query. Throws a 400 or 422 (api-semantics 6.5). */
export const parseDeleteOptions = (body: unknown, query: URLSearchParams): DeleteOptions => {
  if (body !== undefined && (typeof body !== 'object' || body === null))
    throw badRequest('the body of the request is no DeleteOptions');
  const kind = textAt(body, 'kind');
  if (kind !== '' && kind !== 'DeleteOptions') throw badRequest('decoded object cannot be converted to DeleteOptions');
  const listed = at(body, 'dryRun');
  const dryRun =
    body === undefined ? query.getAll('dryRun') : Array.isArray(listed) ? (listed as readonly unknown[]) : [];
  const policy =
    body === undefined ? (firstValue(query, 'propagationPolicy') ?? '') : textAt(body, 'propagationPolicy');
  const orphan = body === undefined ? queryBoolean(query, 'orphanDependents') : at(body, 'orphanDependents');
  const causes = [...dryRunCauses(dryRun)];
  if (policy !== '' && !POLICIES.includes(policy))
    causes.push(unsupportedField('propagationPolicy', policy, [...POLICIES, 'nil']));
  if (policy !== '' && orphan !== undefined && orphan !== null) {
    causes.push(
      invalidField('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
    );
  }
  const broken =
    body === undefined
      ? queryBoolean(query, 'ignoreStoreReadErrorWithClusterBreakingPotential')
      : at(body, 'ignoreStoreReadErrorWithClusterBreakingPotential');
  if (broken === true) {
    causes.push(
      invalidField('ignoreStoreReadErrorWithClusterBreakingPotential', true, 'cannot be set, the feature is not there'),
    );
  }
  refuse('DeleteOptions', causes);
  const uid = textAt(body, 'preconditions', 'uid');
  const resourceVersion = textAt(body, 'preconditions', 'resourceVersion');
  return {
    dryRun: dryRun.length > 0,
    preconditions: {
      uid: uid === '' ? undefined : uid,
      resourceVersion: resourceVersion === '' ? undefined : resourceVersion,
    },
    propagationPolicy: policy === '' ? undefined : (policy as PropagationPolicy),
    orphanDependents: typeof orphan === 'boolean' ? orphan : undefined,
  };
};
