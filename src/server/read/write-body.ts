/**
 * Writes a body that consists of buffers, as fast as its client reads. The buffers belong to many responses, so they are neither copied nor
 * queued ahead of the client.
 *
 * Groups of at most 256 KiB were the fastest of the ways that were measured, over HTTP/1.1 and HTTP/2: one system call for each small buffer
 * costs more, and larger groups are copied by TLS when they no longer fit into the cache of the processor.
 * @module
 */
import type { RequestContext } from '../define/request-context.ts';

/** The size of a group of buffers that is written at once. */
export const GROUP_BYTES = 262_144;

/** Writes a body and ends the response. Resolves early, without an error, if the client disconnects or the request times out. */
export async function writeBody({ res, state: { signal } }: RequestContext, parts: readonly Buffer[]): Promise<void> {
  let wake: () => void = () => undefined;
  const onEvent = (): void => wake();
  // The listeners serve the whole body. A wait with its own listeners for each group would cost more than the write of a small one.
  res.on('drain', onEvent);
  signal.addEventListener('abort', onEvent);
  try {
    for (const group of groupsOf(parts)) {
      if (signal.aborted) return;
      if (!writeGroup(res, group)) await new Promise<void>((resolve) => void (wake = resolve));
    }
    if (!signal.aborted) res.end();
  } finally {
    res.off('drain', onEvent);
    signal.removeEventListener('abort', onEvent);
  }
}

/** @returns whether the response has space for more */
function writeGroup(res: RequestContext['res'], group: readonly Buffer[]): boolean {
  let hasSpace = true;
  res.cork();
  for (const part of group) hasSpace = res.write(part);
  res.uncork();
  return hasSpace;
}

/** Returns the parts in groups of at most about twice the size of a group. A part that is larger is cut. */
function* groupsOf(parts: readonly Buffer[]): Iterable<readonly Buffer[]> {
  let group: Buffer[] = [];
  let length = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += GROUP_BYTES) {
      const piece = part.length <= GROUP_BYTES ? part : part.subarray(at, at + GROUP_BYTES);
      group.push(piece);
      length += piece.length;
      if (length < GROUP_BYTES) continue;
      yield group;
      group = [];
      length = 0;
    }
  }
  if (group.length > 0) yield group;
}
