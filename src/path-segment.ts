/**
 * The rule for a name that is a segment of a path (apimachinery: `path.IsValidPathSegmentName`). Every name that the server serves must
 * follow it.
 * @module
 */

/**
 * Returns the problems of a name, in the words of Kubernetes; empty for a valid name. The rule is wider than those for new objects:
 * upper case and `:` are valid.
 */
export function pathSegmentProblems(name: string): readonly string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}
