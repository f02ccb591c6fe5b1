/**
 * The check of a name in the path of a request.
 * @module
 */
import { pathSegmentNameMessage } from '../../object-meta/names.ts';
import { quoted } from './quote.ts';
import { badRequest } from './status.ts';

/**
 * Checks a name in the path of a request (conformance 8).
 * @throws ApiError 400
 */
export function requirePathSegmentName(name: string): void {
  const problem = pathSegmentNameMessage(name);
  if (problem !== undefined) throw badRequest(`Name parameter invalid: ${quoted(name)}: ${problem}`);
}
