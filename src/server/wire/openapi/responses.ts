import type { OpenApiSchema } from './openapi-resource.ts';
import type { Operation } from './operations.ts';

/** What objects are read and written as. */
export const DOCUMENT_TYPES: readonly string[] = ['application/json', 'application/yaml'];

/** Strategic merge patch is not among them: `kubectl apply` would use it (api-semantics 5.7). */
export const PATCH_TYPES: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];

const WORDS = { 200: 'OK', 201: 'Created', 202: 'Accepted' } as const;

/** Responses by code; `content` says what is in those of success. */
export function responses(codes: Operation['codes'], content: () => OpenApiSchema): OpenApiSchema {
  return {
    ...Object.fromEntries(codes.map((code) => [String(code), { description: WORDS[code], ...content() }])),
    401: { description: 'Unauthorized' },
  };
}
