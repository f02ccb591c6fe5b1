/** What the fake cluster can do. May be changed while it runs; open watches are not affected. */
export interface Features {
  /**
   * `true`: initial events and their end bookmark, as kube-apiserver from 1.34 on. `false`: 422 to `sendInitialEvents`, as 1.20.
   * `'ignored'`: `sendInitialEvents` is passed over, as by servers that know nothing of it: a stream without the end bookmark.
   */
  watchList: boolean | 'ignored';
  /** Whether there are bookmarks every minute and before the end. The one after initial events is a matter of `watchList`. */
  bookmarks: boolean;
}

export const defaultFeatures: Readonly<Features> = { watchList: true, bookmarks: true };
