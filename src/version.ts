/** The version of this package; a test compares it with package.json. Part of the fingerprint of positions. */
export const version = '0.1.0';
