/**
 * The headers `Accept` and `Accept-Encoding` of a request, parsed as Kubernetes parses them.
 * @module
 */
import { parseMediaType } from './media-type.ts';

/** One clause of an Accept header. */
export interface AcceptClause {
  /** In lower case, without parameters: `application/json`, `application/*`, or the wildcard for all media types. */
  readonly mediaType: string;
  /** The parameters except `q`. Names are in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** A number from 0 (the client rejects this type) to 1. */
  readonly quality: number;
}

/**
 * Returns the clauses of an Accept header in the order in which Kubernetes tries them: by quality, then concrete types before wildcards,
 * then by position (conformance 3.1). Libraries for media types drop the parameters; Kubernetes negotiates by `as`, `g` and `v`.
 */
export function acceptClauses(header: string): readonly AcceptClause[] {
  return split(header)
    .flatMap(clauseOf)
    .toSorted((a, b) => b.quality - a.quality || breadth(a) - breadth(b));
}

/** Returns whether a clause covers a concrete media type, which must be in lower case. */
export function clauseCovers({ mediaType }: AcceptClause, offered: string): boolean {
  if (mediaType === offered || mediaType === '*/*') return true;
  return mediaType.endsWith('/*') && offered.startsWith(mediaType.slice(0, -1));
}

/**
 * Returns whether the header `Accept-Encoding` names gzip. Like kube-apiserver, it ignores an encoding with a quality (`gzip;q=1`) and the
 * wildcard (conformance 3.5).
 */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '').split(',').some((encoding) => encoding.trim() === 'gzip');
}

/** Splits at commas outside of quotes. A quote without its end runs to the end of the header. The pattern does not backtrack. */
function split(header: string): readonly string[] {
  return header.match(/(?:[^",]|"(?:[^"\\]|\\.?)*(?:"|$))+/gs) ?? [];
}

/** Returns no clause for a text that is not a media type. */
function clauseOf(text: string): readonly AcceptClause[] {
  const parsed = parseMediaType(text);
  if (parsed === undefined) return [];
  const parameters = new Map(parsed.parameters);
  const quality = Number.parseFloat(parameters.get('q') ?? '1');
  parameters.delete('q');
  return [
    {
      mediaType: parsed.essence,
      parameters,
      quality: Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality)),
    },
  ];
}

/** Returns 0 for `a/b`, 1 for `a/*`, 2 for the wildcard for all media types. */
function breadth({ mediaType }: AcceptClause): number {
  return mediaType.split('/').filter((part) => part === '*').length;
}
