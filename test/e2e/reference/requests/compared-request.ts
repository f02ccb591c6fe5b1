/** A row in the tables of requests. */
export interface ComparedRequest {
  /** The section of the conformance tables. */
  readonly section: string;
  readonly title: string;
  /** Relative to `/apis/G/V/`, or absolute if it begins with a slash. Words in braces stand for versions and tokens. */
  readonly path: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether a successful response is a stream of events. */
  readonly isWatch?: boolean | undefined;
  readonly sendsAuditId?: boolean | undefined;
}

/** Rows of one section, from titles, paths and other fields. */
export function section(
  name: string,
  rows: readonly (readonly [title: string, path: string, more?: Partial<ComparedRequest>])[],
): ComparedRequest[] {
  return rows.map(([title, path, more]) => ({ section: name, title, path, ...more }));
}

/** Rows of watches. They end after a second unless the path has another timeout. */
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
