/**
 * Finds out in which namespaces a user has the rights to all sources: one review of each source for all namespaces, and one for each namespace
 * only if that is denied.
 * @module
 */

/** The maximum number of reviews of one set at the same time. */
const PARALLEL_REVIEWS = 20;

/** The reviews of one user and verb. */
export interface NamespaceReviewer {
  /** The number of sources on which the user needs the verb. */
  readonly sources: number;
  /** Returns whether the user has the verb on a source, in a namespace or (empty) in all namespaces. */
  readonly review: (source: number, namespace: string) => Promise<boolean>;
}

/**
 * Returns the namespaces in which the user has the rights; undefined if it has them in all namespaces.
 * @param candidates returns the namespaces to review. It is called after the reviews for all namespaces
 * @throws the error of a review
 */
export async function allowedNamespaces(
  reviewer: NamespaceReviewer,
  candidates: () => readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const limited: number[] = [];
  await inParallel(sourcesOf(reviewer), async (source) => {
    if (!(await reviewer.review(source, ''))) limited.push(source);
  });
  return limited.length === 0 ? undefined : allowedAmong(reviewer, candidates(), limited);
}

/** Returns those namespaces in which the user has the rights to all sources, or to some of them. @throws the error of a review */
export async function allowedAmong(
  reviewer: NamespaceReviewer,
  namespaces: readonly string[],
  sources: readonly number[] = sourcesOf(reviewer),
): Promise<ReadonlySet<string>> {
  const allowed = new Set<string>();
  await inParallel(namespaces, async (namespace) => {
    for (const source of sources) if (!(await reviewer.review(source, namespace))) return;
    allowed.add(namespace);
  });
  return allowed;
}

function sourcesOf({ sources }: NamespaceReviewer): number[] {
  return Array.from({ length: sources }, (_, source) => source);
}

/** Works on all items, twenty at once at most. After an error, it begins no further item. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let isOver = false;
  const worker = async (): Promise<void> => {
    try {
      for (const item of iterator) {
        if (isOver) return;
        await work(item);
      }
    } finally {
      isOver = true;
    }
  };
  await Promise.all(Array.from({ length: Math.min(items.length, PARALLEL_REVIEWS) }, worker));
}
