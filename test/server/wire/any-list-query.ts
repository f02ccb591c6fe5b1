/** Queries with the parameters of list and watch, with valid and invalid values. */
import * as fc from 'fast-check';
import { encodeContinueToken } from '../../../src/server/wire/continue-token.ts';

const at7 = { resourceVersion: 7n, start: 'ns/a\0' };

export const token = encodeContinueToken(at7);
export const tokenOfFreshState = encodeContinueToken({ ...at7, resourceVersion: -1n });

const value = fc.oneof(
  fc.constantFrom('', '0', '1', 'true', 'false', 'Exact', 'NotOlderThan', token, tokenOfFreshState, 'a=b'),
  fc.string(),
);
const name = fc.constantFrom(
  'resourceVersion',
  'resourceVersionMatch',
  'limit',
  'continue',
  'sendInitialEvents',
  'allowWatchBookmarks',
  'labelSelector',
  'fieldSelector',
  'timeoutSeconds',
);

export const anyListQuery = fc
  .array(fc.tuple(name, value), { maxLength: 6 })
  .map((pairs) => new URLSearchParams(pairs));
