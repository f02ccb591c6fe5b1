const MATURITY = { alpha: 0, beta: 1, '': 2 } as const;

/** Where a version name stands: GA above beta above alpha, then major, then minor. Undefined for names of another form. */
const rankOf = (version: string): readonly [number, number, number] | undefined => {
  const [, major, maturity = '', minor = '0'] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version) ?? [];
  return major === undefined ? undefined : [MATURITY[maturity as keyof typeof MATURITY], Number(major), Number(minor)];
};

/**
 * Compares version names as Kubernetes does: positive if `a` is to be preferred to `b`. `v2` > `v1` > `v2beta1` >
 * `v1beta2` > `v3alpha1` > names of another form, which are in alphabetical order.
 */
export function compareVersions(a: string, b: string): number {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA === undefined && rankB === undefined) return a === b ? 0 : a < b ? 1 : -1;
  if (rankA === undefined) return -1;
  if (rankB === undefined) return 1;
  return rankA[0] - rankB[0] || rankA[1] - rankB[1] || rankA[2] - rankB[2];
}
