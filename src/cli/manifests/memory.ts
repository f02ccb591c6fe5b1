/**
 * The memory that a server needs for a number of rows, and the heap of Node.js for a memory limit.
 *
 * ```
 *   old    = (BASE + 2 × rows × ROW) / GUARD_SHARE      the old generation of the heap
 *   memory = old × BUFFERS + YOUNG + NATIVE             rounded up to 128Mi
 * ```
 *
 * Twice, because the old and the new state of a source are in memory together after a relist. `npm run bench -- served-memory` measures the
 * bytes of rows, and `npm run test:memory` those outside of the heap, in a storm of lists.
 * @module
 */

/** The heap and buffers of a server without rows. Measured: 74 MB. */
const BASE_BYTES = 72 * 2 ** 20;
/** A row with its object, a pod of 7.1 kB of JSON, after a garbage collection. Measured: 8.9 kB. */
const ROW_BYTES = 9 * 2 ** 10;
/** Above this share of the heap, new lists and watches are refused: the default of the setting `limits.memoryPercent`. */
const GUARD_SHARE = 0.85;
/** The buffers of lists and sockets are outside of the heap: a quarter of its size. */
const BUFFERS = 1.25;
/** The maximum size of a semi-space. The default of Node.js 24 is 64 MiB, so the young generation could have 192 MiB. */
const SEMI_SPACE_MEBIBYTES = 16;
/** The young generation: three semi-spaces. `--max-old-space-size` does not contain it. */
const YOUNG_BYTES = 3 * SEMI_SPACE_MEBIBYTES * 2 ** 20;
/** Node.js itself, and the TLS state and buffers of 500 connections. Measured: 85 MB and 150 MB. */
const NATIVE_BYTES = 256 * 2 ** 20;
const STEP_BYTES = 128 * 2 ** 20;

/** The smallest memory limit with which a server starts, in bytes. */
export const MINIMUM_MEMORY: number = memoryFor(0);

/** Returns the memory for a number of rows, in bytes. */
export function memoryFor(rows: number): number {
  const old = (BASE_BYTES + 2 * rows * ROW_BYTES) / GUARD_SHARE;
  return Math.ceil((old * BUFFERS + YOUNG_BYTES + NATIVE_BYTES) / STEP_BYTES) * STEP_BYTES;
}

/** Returns the flags of Node.js for a memory limit in bytes: the maximum size of the heap. */
export function heapFlags(memory: number): string {
  return `--max-old-space-size=${oldSpaceMebibytes(memory)} --max-semi-space-size=${SEMI_SPACE_MEBIBYTES}`;
}

/** Returns the maximum size of the old generation for a memory limit in bytes, in MiB. */
export function oldSpaceMebibytes(memory: number): number {
  return Math.floor((memory - YOUNG_BYTES - NATIVE_BYTES) / BUFFERS / 2 ** 20);
}
