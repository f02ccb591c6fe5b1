/**
 * Names that no resource can have.
 * @module
 */

/** After the version, the grammar of request paths takes these for something else (api-semantics 8). */
const RESERVED_PLURALS: ReadonlySet<string> = new Set(['watch', 'proxy', 'namespaces', 'status', 'finalize']);

/** Whether requests for a resource of this name would never reach it. */
export function isReservedPlural(name: string): boolean {
  return RESERVED_PLURALS.has(name);
}
