/**
 * The path as the aggregator asks the backend for it: decoded, and escaped again in one way only. A path that cannot be
 * decoded is passed on as it came.
 */
export function proxiedPath(path: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return path;
  }
  return encodeURIComponent(decoded)
    .replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, (escaped) => decodeURIComponent(escaped))
    .replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The query with its keys in order; values of one key keep theirs. Empty, or with the question mark. */
export function proxiedQuery(query: URLSearchParams): string {
  const sorted = new URLSearchParams([...query].sort(([a], [b]) => (a === b ? 0 : a < b ? -1 : 1)));
  const text = sorted.toString();
  return text === '' ? '' : `?${text}`;
}
