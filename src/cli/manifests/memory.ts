/**
 * The memory that a server needs for a number of rows.
 *
 * ```
 *   memory = (BASE + 2 × rows × ROW) / HEAP_SHARE / GUARD_SHARE, rounded up to 128Mi
 * ```
 *
 * Twice, because the old and the new state of a source are in memory together after a relist. `npm run bench -- served-memory` measures the
 * bytes.
 * @module
 */

/** The heap and buffers of a server without rows. Measured: 74 MB. */
const BASE_BYTES = 72 * 2 ** 20;
/** A row with its object, a pod of 7.1 kB of JSON, after a garbage collection. Measured: 8.9 kB. */
const ROW_BYTES = 9 * 2 ** 10;
/** The share of the memory that the heap may use. Buffers of sockets and of compressed lists are outside of it. */
const HEAP_SHARE = 0.75;
/** Above this share of the heap, new lists and watches are refused: the default of the setting `limits.memoryPercent`. */
const GUARD_SHARE = 0.85;
const STEP_BYTES = 128 * 2 ** 20;

/** Returns the memory for a number of rows, in bytes. */
export function memoryFor(rows: number): number {
  const needed = (BASE_BYTES + 2 * rows * ROW_BYTES) / HEAP_SHARE / GUARD_SHARE;
  return Math.ceil(needed / STEP_BYTES) * STEP_BYTES;
}

/** Returns the maximum size of the heap for a memory limit, in MiB. */
export function heapMegabytes(memory: number): number {
  return Math.floor((memory * HEAP_SHARE) / 2 ** 20);
}
