/**
 * The version of this package. A test compares it with package.json, and the fingerprint of positions contains it.
 * @module
 */
export const version = '0.1.0';
