/**
 * The version of this package. A test compares it with package.json, and the fingerprint of positions contains it.
 * @module
 */

/** The version of kubefacet, as in package.json. */
export const version = '0.1.0';
