/**
 * The complete state of a range, in pages of one revision.
 * @module
 */
import type { EtcdReader } from './etcd-client.ts';
import { AnswerTooLargeError } from './etcd-failure.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { KeyValue } from './etcd-messages.ts';

/** So many keys are asked for at once, unless told otherwise. */
export const PAGE_SIZE = 500;

/** Some keys of the state at `revision`. */
export interface Page {
  readonly kvs: readonly KeyValue[];
  readonly revision: number;
}

/**
 * Reads a range page by page, all of them at the revision of the first. A page too large to be read is asked for in smaller ones.
 * @throws RevisionCompactedError when that revision is compacted meanwhile, and what `range` of the reader throws
 */
export async function* pages(
  reader: EtcdReader,
  keys: EtcdKeys,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  let key = keys.first;
  let revision: number | undefined;
  let limit = pageSize;
  for (;;) {
    let answer;
    try {
      answer = await reader.range({ key, rangeEnd: keys.end, limit, revision }, signal);
    } catch (error) {
      if (!(error instanceof AnswerTooLargeError) || limit === 1) throw error;
      limit = Math.ceil(limit / 8);
      continue;
    }
    revision ??= answer.header.revision;
    yield { kvs: answer.kvs, revision };
    const last = answer.kvs.at(-1);
    if (!answer.more || last === undefined) return;
    key = Buffer.concat([last.key, Buffer.from([0])]);
  }
}
