import { forbiddenField, invalidField, unsupportedField } from '../../server/wire/field-error.ts';
import { firstValue, queryBoolean } from '../../server/wire/query.ts';
import { badRequest, invalid } from '../../server/wire/status.ts';
import type { StatusCause } from '../../server/wire/status.ts';
import { at, textAt } from './json-path.ts';
import type { DeleteOptions } from './storage.ts';

const LONGEST_FIELD_MANAGER = 128;

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

const refuse = (kind: OptionsKind, causes: readonly StatusCause[]): void => {
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes);
};

const dryRunCauses = (values: readonly unknown[]): readonly StatusCause[] =>
  values.some((value) => value !== 'All') ? [unsupportedField('dryRun', values, ['All'])] : [];

/** Whether the write is a dry run. Throws the 422 of query parameters a write cannot have (api-semantics 6.1). */
export const parseWriteOptions = (query: URLSearchParams, kind: OptionsKind): { readonly dryRun: boolean } => {
  const dryRun = query.getAll('dryRun');
  const fieldManager = firstValue(query, 'fieldManager') ?? '';
  const fieldValidation = firstValue(query, 'fieldValidation') ?? '';
  const causes = [...dryRunCauses(dryRun)];
  if (fieldManager.length > LONGEST_FIELD_MANAGER) {
    causes.push(invalidField('fieldManager', fieldManager, `may not be more than ${LONGEST_FIELD_MANAGER} bytes`));
  }
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(fieldValidation)) {
    causes.push(unsupportedField('fieldValidation', fieldValidation, ['Ignore', 'Strict', 'Warn']));
  }
  if (kind === 'PatchOptions' && queryBoolean(query, 'force') !== undefined) {
    causes.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  }
  refuse(kind, causes);
  return { dryRun: dryRun.length > 0 };
};

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/**
 * Options of a delete: those of the body if there is one, else those of the query. Which policy dependents are to be treated by
 * is checked and otherwise passed over: nobody collects garbage here.
 */
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
  if (policy !== '' && orphan !== undefined) {
    causes.push(
      invalidField('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'),
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
  };
};
