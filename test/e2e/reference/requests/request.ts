/** A row of the tables of requests. */
export interface ComparedRequest {
  /** Of api-semantics. */
  readonly section: string;
  readonly title: string;
  /** Below `/apis/G/V/`, or from the root on when it begins with a slash. Versions and tokens stand in braces by name. */
  readonly path: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The answer is a stream of events when it is a success. */
  readonly isWatch?: boolean | undefined;
  readonly sendsAuditId?: boolean | undefined;
}

/** Rows of one section: title and path, and what else there is. */
export function section(
  name: string,
  rows: readonly (readonly [title: string, path: string, more?: Partial<ComparedRequest>])[],
): ComparedRequest[] {
  return rows.map(([title, path, more]) => ({ section: name, title, path, ...more }));
}

/** The same for watches, which end after a second unless they end before. */
export function watches(
  name: string,
  rows: readonly (readonly [title: string, path: string, more?: Partial<ComparedRequest>])[],
): ComparedRequest[] {
  return section(
    name,
    rows.map(([title, path, more]) => [title, endsSoon(path), { isWatch: true, ...more }] as const),
  );
}

function endsSoon(path: string): string {
  return path.includes('timeoutSeconds') ? path : `${path}${path.includes('?') ? '&' : '?'}timeoutSeconds=1`;
}
