import { ApiError } from '../api-error.ts';
import { quoted } from '../quote.ts';
import type { Manager } from './managers.ts';
import { printedPath } from './path-element.ts';
import type { Conflict } from './take-over.ts';

/** `"name"`, of which subresource, and which version when it did not apply. */
function printedManager({ name, operation, apiVersion, subresource }: Manager): string {
  return `${quoted(name)}${subresource === '' ? '' : ` with subresource ${quoted(subresource)}`}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${printedManager(first.manager)}: ${printedPath(first.path)}`;
  }
  const groups = Map.groupBy(conflicts, ({ manager }) => printedManager(manager));
  const lines = [...groups].flatMap(([manager, theirs]) => [
    `conflicts with ${manager}:`,
    ...theirs.map(({ path }) => `- ${printedPath(path)}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/**
 * 409. An apply would change fields that others own. The causes are in the order of the message, which upstream shuffles.
 *
 * @see api-semantics 6.4
 */
export function applyConflict(conflicts: readonly Conflict[]): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(conflicts),
    reason: 'Conflict',
    details: {
      causes: conflicts.map(({ manager, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${printedManager(manager)}`,
        field: printedPath(path),
      })),
    },
    code: 409,
  });
}
