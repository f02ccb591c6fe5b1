import { MIMEType } from 'node:util';

/** One clause of an Accept header. */
export interface AcceptClause {
  /** Lower case, without parameters: `application/json`, `application/*`, the wildcard of all. */
  readonly mediaType: string;
  /** Names in lower case; `q` is not among them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** From 0 (refused) to 1. */
  readonly quality: number;
}

/** Splits at the commas that are not within quotes; a quote that is not closed runs to the end. Nothing here backtracks. */
const split = (header: string): readonly string[] => header.match(/(?:[^",]|"(?:[^"\\]|\\.?)*(?:"|$))+/gs) ?? [];

const clauseOf = (text: string): readonly AcceptClause[] => {
  try {
    const { essence, params } = new MIMEType(text.trim());
    const parameters = new Map(params);
    const quality = Number.parseFloat(parameters.get('q') ?? '1');
    parameters.delete('q');
    return [{ mediaType: essence, parameters, quality: Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality)) }];
  } catch {
    return []; // Not a media type: as if it were not there.
  }
};

/** 0 for `a/b`, 1 for `a/*`, 2 for the wildcard of all. */
const breadth = ({ mediaType }: AcceptClause): number => mediaType.split('/').filter((part) => part === '*').length;

/**
 * The clauses of an Accept header in the order in which Kubernetes tries them: by quality, then concrete before wildcard, then as
 * they stand (api-semantics 3.1). Parameters are kept, since `as`, `g` and `v` are what Kubernetes negotiates by; that is why this is
 * not left to a library for plain media types.
 */
export const acceptClauses = (header: string): readonly AcceptClause[] =>
  split(header)
    .flatMap(clauseOf)
    .toSorted((a, b) => b.quality - a.quality || breadth(a) - breadth(b));

/** Whether a media type (concrete, in lower case) is one the clause speaks of. */
export const clauseCovers = ({ mediaType }: AcceptClause, offered: string): boolean =>
  mediaType === offered ||
  mediaType === '*/*' ||
  (mediaType.endsWith('/*') && offered.startsWith(mediaType.slice(0, -1)));
